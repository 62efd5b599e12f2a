package dev.semblance.similarity.retrieve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class KReciprocalTest {
  private static final int D = 4;

  private static float[] values(int n, long seed) {
    return LuceneIndexTest.clustered(n, D, seed);
  }

  /** Dense matrices and full sorts, step by step as the paper's section 3 tells them. */
  private static double[][] oracle(KReciprocal rule, float[] queries, float[] gallery) {
    int n = queries.length / D;
    int all = n + gallery.length / D;
    double[][] distance = new double[all][all];
    Integer[][] rank = new Integer[all][];
    for (int i = 0; i < all; i++) {
      for (int j = 0; j < all; j++) {
        for (int k = 0; k < D; k++) {
          double difference = value(queries, gallery, i, k) - value(queries, gallery, j, k);
          distance[i][j] += difference * difference;
        }
      }
      double largest = Arrays.stream(distance[i]).max().orElseThrow();
      for (int j = 0; j < all; j++) {
        distance[i][j] /= largest;
      }
      double[] row = distance[i];
      rank[i] = IntStream.range(0, all).boxed().toArray(Integer[]::new);
      Arrays.sort(rank[i], (a, b) -> Double.compare(row[a], row[b]));
    }
    double[][] v = new double[all][all];
    for (int i = 0; i < all; i++) {
      List<Integer> mutual = mutual(rank, i, rule.k1());
      List<Integer> expanded = new ArrayList<>(mutual);
      for (int candidate : mutual) {
        List<Integer> theirs = mutual(rank, candidate, (int) Math.rint(rule.k1() / 2.0));
        List<Integer> common = new ArrayList<>(theirs);
        common.retainAll(mutual);
        if (common.size() > 2.0 / 3 * theirs.size()) {
          expanded.addAll(theirs);
        }
      }
      double sum = 0;
      for (int j : expanded.stream().distinct().toList()) {
        v[i][j] = Math.exp(-distance[i][j]);
        sum += v[i][j];
      }
      for (int j = 0; j < all; j++) {
        v[i][j] /= sum;
      }
    }
    double[][] mean = new double[all][all];
    for (int i = 0; i < all; i++) {
      for (int r = 0; r < rule.k2(); r++) {
        for (int j = 0; j < all; j++) {
          mean[i][j] += v[rank[i][r]][j] / rule.k2();
        }
      }
    }
    double[][] result = new double[n][all - n];
    for (int i = 0; i < n; i++) {
      for (int j = n; j < all; j++) {
        double least = 0;
        double most = 0;
        for (int k = 0; k < all; k++) {
          least += Math.min(mean[i][k], mean[j][k]);
          most += Math.max(mean[i][k], mean[j][k]);
        }
        result[i][j - n] =
            (1 - rule.lambda()) * (1 - least / most) + rule.lambda() * distance[i][j];
      }
    }
    return result;
  }

  private static double value(float[] queries, float[] gallery, int row, int k) {
    int n = queries.length / D;
    return row < n ? queries[row * D + k] : gallery[(row - n) * D + k];
  }

  private static List<Integer> mutual(Integer[][] rank, int i, int k) {
    List<Integer> mutual = new ArrayList<>();
    for (int r = 0; r <= k; r++) {
      if (Arrays.asList(rank[rank[i][r]]).indexOf(i) <= k) {
        mutual.add(rank[i][r]);
      }
    }
    return mutual;
  }

  private static float[] rerank(KReciprocal rule, float[] queries, float[] gallery) {
    try (Scope scope = Scope.open()) {
      Tensor distances =
          rule.distances(
              Ops.floats(queries, queries.length / D, D),
              Ops.floats(gallery, gallery.length / D, D));
      return Ops.toFloats(distances);
    }
  }

  @Test
  void isWhatThePaperSays() {
    float[] queries = values(20, 1);
    float[] gallery = values(70, 2);
    for (KReciprocal rule :
        new KReciprocal[] {
          KReciprocal.of(),
          new KReciprocal(7, 3, 0.5),
          new KReciprocal(9, 1, 0),
          new KReciprocal(1, 1, 1)
        }) {
      float[] found = rerank(rule, queries, gallery);
      double[][] expected = oracle(rule, queries, gallery);
      for (int i = 0; i < 20; i++) {
        for (int j = 0; j < 70; j++) {
          assertThat((double) found[i * 70 + j]).isCloseTo(expected[i][j], within(1e-6));
        }
      }
    }
  }

  /** More rows than a tile. */
  @Test
  void tilesAreNotSeen() {
    float[] queries = values(3, 3);
    float[] gallery = values(600, 4);
    double[][] expected = oracle(KReciprocal.of(), queries, gallery);
    float[] found = rerank(KReciprocal.of(), queries, gallery);
    for (int j = 0; j < 600; j += 13) {
      assertThat((double) found[2 * 600 + j]).isCloseTo(expected[2][j], within(1e-6));
    }
  }

  /** Two long strands side by side: neighbours of neighbours know which one an item is on. */
  @Test
  void contextImprovesTheRanking() {
    Random random = new Random(5);
    float[] items = new float[200 * D];
    for (int i = 0; i < 200; i++) {
      items[i * D] = i / 2 * 0.1f;
      items[i * D + 1] = i % 2 * 0.8f + (float) random.nextGaussian() * 0.15f;
      items[i * D + 2] = (float) random.nextGaussian() * 0.15f;
    }
    float[] queries = Arrays.copyOf(items, 60 * D);
    float[] plain = rerank(new KReciprocal(1, 1, 1), queries, items);
    float[] better = rerank(new KReciprocal(15, 5, 0.3), queries, items);
    assertThat(meanPrecision(better)).isGreaterThan(meanPrecision(plain) + 0.02);
  }

  private static double meanPrecision(float[] distances) {
    double sum = 0;
    for (int i = 0; i < 60; i++) {
      int query = i;
      int[] order =
          IntStream.range(0, 200)
              .boxed()
              .sorted(
                  (a, b) -> Float.compare(distances[query * 200 + a], distances[query * 200 + b]))
              .mapToInt(j -> j)
              .toArray();
      int right = 0;
      for (int r = 0; r < 20; r++) {
        right += order[r] % 2 == query % 2 ? 1 : 0;
      }
      sum += right / 20.0;
    }
    return sum / 60;
  }

  @Test
  void everyOptionMatters() {
    float[] queries = values(5, 6);
    float[] gallery = values(60, 7);
    float[] plain = rerank(KReciprocal.of(), queries, gallery);
    assertThat(rerank(new KReciprocal(19, 6, 0.3), queries, gallery)).isNotEqualTo(plain);
    assertThat(rerank(new KReciprocal(20, 5, 0.3), queries, gallery)).isNotEqualTo(plain);
    assertThat(rerank(new KReciprocal(20, 6, 0.31), queries, gallery)).isNotEqualTo(plain);
    assertThatThrownBy(() -> new KReciprocal(0, 1, 0.3)).hasMessageContaining("k1");
    assertThatThrownBy(() -> new KReciprocal(5, 0, 0.3)).hasMessageContaining("k2");
    assertThatThrownBy(() -> new KReciprocal(5, 6, 0.3)).hasMessageContaining("k2 must be <= k1");
    assertThatThrownBy(() -> new KReciprocal(5, 2, Double.NaN)).hasMessageContaining("lambda");
  }

  @Test
  void refusesWhatCannotBeRanked() {
    float[] few = values(8, 8);
    assertThatThrownBy(() -> rerank(KReciprocal.of(), few, few))
        .hasMessageContaining("more than k1 = 20 rows, got 16");
    float[] bad = values(30, 9);
    bad[5] = Float.NaN;
    assertThatThrownBy(() -> rerank(KReciprocal.of(), few, bad)).hasMessageContaining("finite");
  }
}
