package dev.semblance.similarity.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.tensor.Rng;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class StableSortTest {
  @Test
  void sortsByKeyAndThenByRow() {
    Rng rng = Rng.of(1, Rng.Purpose.OTHER);
    for (int size : new int[] {1, 2, 7, 8, 9, 63, 500}) {
      for (int levels : new int[] {1, 3, 1000}) {
        double[] drawn = new double[size];
        Arrays.setAll(drawn, i -> rng.below(levels));
        for (boolean merge : new boolean[] {false, true}) {
          double[] keys = drawn.clone();
          int[] rows = new int[size];
          Arrays.setAll(rows, i -> i);
          if (merge) {
            StableSort.merge(keys, rows, new double[size], new int[size], 0, size);
          } else {
            StableSort.insert(keys, rows, 0, size);
          }
          assertThat(rows).isEqualTo(NaiveRetrieval.order(drawn, j -> true));
          Arrays.setAll(keys, i -> keys[i] - drawn[rows[i]]);
          assertThat(keys).containsOnly(0);
        }
      }
    }
  }
}
