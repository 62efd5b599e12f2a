package dev.semblance.similarity.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.Angular;
import dev.semblance.similarity.measure.Cosine;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.Dot;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.Measure;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.similarity.measure.Weighted;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NeighboursTest {
  private static final Measure SQUARED = new SquaredEuclidean();

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** Small integers: many ties, exact distances. */
  private static double[] grid(int n, int d, int side, long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    double[] x = new double[n * d];
    Arrays.setAll(x, k -> 1 + rng.below(side));
    return x;
  }

  private static double squared(double[] x, int i, double[] y, int j, int d) {
    double sum = 0;
    for (int k = 0; k < d; k++) {
      sum += (x[i * d + k] - y[j * d + k]) * (x[i * d + k] - y[j * d + k]);
    }
    return sum;
  }

  private static int[] naive(double[] x, int i, double[] y, int d, int k, boolean self) {
    return IntStream.range(0, y.length / d)
        .filter(j -> !self || j != i)
        .boxed()
        .sorted(Comparator.comparingDouble(j -> squared(x, i, y, j, d)))
        .limit(k)
        .mapToInt(j -> j)
        .toArray();
  }

  @Test
  void agreesWithSortingOfAllDistances() {
    int d = 3;
    double[] x = grid(40, d, 3, 1);
    double[] y = grid(57, d, 3, 2);
    Tensor query = Ops.doubles(x, 40, d);
    Tensor gallery = Ops.doubles(y, 57, d);
    for (int k : new int[] {1, 2, 7, 56, 57}) {
      Neighbours found = Neighbours.of(SQUARED, query, gallery, k);
      Neighbours roots = Neighbours.of(new Euclidean(), query, gallery, k);
      assertThat(found.size()).isEqualTo(40);
      for (int i = 0; i < 40; i++) {
        int[] expected = naive(x, i, y, d, k, false);
        assertThat(found.rows()[i]).isEqualTo(expected);
        assertThat(roots.rows()[i]).isEqualTo(expected);
        for (int r = 0; r < k; r++) {
          double square = squared(x, i, y, expected[r], d);
          assertThat((double) found.distances()[i][r]).isEqualTo(square);
          assertThat(roots.distances()[i][r]).isEqualTo((float) Math.sqrt(square));
        }
      }
    }
  }

  @Test
  void aRowIsLeftOutByIndexNotByDistance() {
    int d = 2;
    double[] x = grid(60, d, 3, 3); // 9 places for 60 rows: every row has equals
    Neighbours found = Neighbours.of(SQUARED, Ops.doubles(x, 60, d), 59);
    for (int i = 0; i < 60; i++) {
      assertThat(found.rows()[i]).isEqualTo(naive(x, i, x, d, 59, true)).doesNotContain(i);
      assertThat(found.distances()[i][0]).isZero();
    }
  }

  @Test
  void manyTilesGiveWhatOneRowAloneGives() {
    int n = 3000; // three tiles
    int d = 8;
    double[] x = grid(n, d, 5, 4);
    float[] narrow = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      narrow[i] = (float) x[i];
    }
    Neighbours found = Neighbours.of(SQUARED, Ops.floats(narrow, n, d), 6);
    for (int i = 0; i < n; i += 97) {
      assertThat(found.rows()[i]).isEqualTo(naive(x, i, x, d, 6, true));
    }
    assertThat(found.rows()[n - 1]).isEqualTo(naive(x, n - 1, x, d, 6, true));
  }

  @Test
  void aMeasureAndItsGeometryAgree() {
    Rng rng = Rng.of(5, Rng.Purpose.OTHER);
    double[] x = new double[80 * 6];
    Arrays.setAll(x, k -> rng.gaussian());
    Tensor rows = Ops.doubles(x, 80, 6);
    Neighbours cosine = Neighbours.of(new CosineDistance(), rows, 9);
    Neighbours similarity = Neighbours.of(new Cosine(), rows, 9);
    assertThat(similarity.rows()).isDeepEqualTo(cosine.rows());
    assertThat(similarity.distances()).isDeepEqualTo(cosine.distances());
    assertThat(Neighbours.of(new Angular(), rows, 9).rows()).isDeepEqualTo(cosine.rows());
    Tensor unit = rows.div(rows.square().sum(1).sqrt().unsqueeze(1));
    Neighbours dot = Neighbours.of(new Dot(), unit, 9);
    assertThat(dot.rows()).isDeepEqualTo(cosine.rows());
    assertThat(dot.distances()[3][8]).isCloseTo(cosine.distances()[3][8] - 1, within(1e-6f));
    Neighbours l2 = Neighbours.of(SQUARED, rows, 9);
    assertThat(l2.rows()).isNotEqualTo(cosine.rows());
    assertThat(Neighbours.of(Weighted.of(1, 1, 1, 1, 1, 1), rows, 9).rows())
        .isDeepEqualTo(l2.rows());
  }

  @Test
  void tenThousandRowsAreSearchedInSeconds() {
    Rng rng = Rng.of(6, Rng.Purpose.OTHER);
    float[] x = new float[10_000 * 64];
    for (int k = 0; k < x.length; k++) {
      x[k] = (float) rng.gaussian();
    }
    Tensor rows = Ops.floats(x, 10_000, 64);
    long start = System.nanoTime();
    Neighbours found = Neighbours.of(SQUARED, rows, 5);
    double seconds = (System.nanoTime() - start) * 1e-9;
    System.out.printf("10,000 x 64, k = 5: %.2f s%n", seconds);
    assertThat(found.rows()[9_999]).hasSize(5).doesNotContain(9_999);
    // Under a second where nothing else runs; a search without matrix products takes longer.
    assertThat(seconds).isLessThan(20);
  }

  @Test
  void refusesWhatItCannotSearch() {
    Tensor rows = Ops.floats(new float[] {1, 2, 3, 4}, 2, 2);
    assertThatThrownBy(() -> Neighbours.of(SQUARED, rows, 2))
        .hasMessageContaining("candidates, 1, got 2");
    assertThatThrownBy(() -> Neighbours.of(SQUARED, rows, 0)).hasMessageContaining("k must be");
    assertThat(Neighbours.of(SQUARED, rows, rows, 2).rows()[1]).containsExactly(1, 0);
    Tensor zero = Ops.floats(new float[] {1, 2, 0, 0}, 2, 2);
    assertThatThrownBy(() -> Neighbours.of(new CosineDistance(), zero, 1))
        .hasMessageContaining("row 1 has length 0");
    Tensor broken = Ops.floats(new float[] {1, Float.NaN, 0, 0}, 2, 2);
    assertThatThrownBy(() -> Neighbours.of(SQUARED, rows, broken, 1))
        .hasMessageContaining("gallery row 0");
  }
}
