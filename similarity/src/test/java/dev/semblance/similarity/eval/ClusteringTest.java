package dev.semblance.similarity.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Rng;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ClusteringTest {
  /** The mean over all orders of one partition is what AMI and ARI call chance. */
  @Test
  void adjustedForChanceByAllPermutations() {
    int[] u = {0, 0, 0, 1, 1, 2, 2};
    int[] v = {0, 0, 1, 1, 1, 1, 2};
    double entropy = (entropy(u) + entropy(v)) / 2;
    double[] sums = new double[4];
    permute(
        v.clone(),
        0,
        order -> {
          sums[0]++;
          sums[1] += information(u, order);
          sums[2] += together(u, order);
          sums[3] += Clustering.of(u, order).ami();
        });
    assertThat(sums[0]).isEqualTo(5040);
    double expected = sums[1] / sums[0];
    double most = (together(u, u) + together(v, v)) / 2;
    double byChance = sums[2] / sums[0];
    Clustering found = Clustering.of(u, v);
    double information = information(u, v);
    assertThat(found.nmi()).isCloseTo(information / entropy, within(1e-12));
    assertThat(found.nmiGeometric())
        .isCloseTo(information / Math.sqrt(entropy(u) * entropy(v)), within(1e-12));
    assertThat(found.ami())
        .isCloseTo((information - expected) / (entropy - expected), within(1e-10));
    assertThat(found.ari())
        .isCloseTo((together(u, v) - byChance) / (most - byChance), within(1e-12));
    assertThat(sums[3] / sums[0]).isCloseTo(0, within(1e-12));
  }

  /** Values of scikit-learn's own tests of adjusted_mutual_info_score. */
  @Test
  void knownValues() {
    int[] u = {1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3};
    int[] v = {1, 1, 1, 1, 2, 1, 2, 2, 2, 2, 3, 1, 3, 3, 3, 2, 2};
    assertThat(Clustering.of(u, v).ami()).isCloseTo(0.27821, within(5e-6));
    int[] manyU = new int[17 * 110];
    int[] manyV = new int[17 * 110];
    Arrays.setAll(manyU, i -> u[i % 17]);
    Arrays.setAll(manyV, i -> v[i % 17]);
    assertThat(Clustering.of(manyU, manyV).ami()).isCloseTo(0.38, within(5e-3));
    assertThat(Clustering.of(new int[] {0, 0, 1, 1}, new int[] {0, 0, 1, 2}).ari())
        .isCloseTo(4 / 7.0, within(1e-12));
  }

  @Test
  void trivialPartitions() {
    int[] one = new int[6];
    int[] single = {0, 1, 2, 3, 4, 5};
    int[] halves = {0, 0, 0, 1, 1, 1};
    Clustering perfect = new Clustering(1, 1, 1, 1);
    assertThat(Clustering.of(one, new int[] {7, 7, 7, 7, 7, 7})).isEqualTo(perfect);
    assertThat(Clustering.of(single, new int[] {9, -3, 2, 1, 5, 0})).isEqualTo(perfect);
    assertThat(Clustering.of(halves, new int[] {4, 4, 4, -1, -1, -1})).isEqualTo(perfect);
    assertThat(Clustering.of(new int[1], new int[1])).isEqualTo(perfect);
    assertThat(Clustering.of(one, halves)).isEqualTo(new Clustering(0, 0, 0, 0));
    assertThat(Clustering.of(one, single)).isEqualTo(new Clustering(0, 0, 0, 0));
    Clustering split = Clustering.of(single, halves);
    assertThat(split.ami()).isZero();
    assertThat(split.ari()).isZero();
    double ln2 = Math.log(2);
    assertThat(split.nmi()).isCloseTo(2 * ln2 / (ln2 + Math.log(6)), within(1e-12));
  }

  @Test
  void symmetricAndBlindToNames() {
    Rng rng = Rng.of(1, Rng.Purpose.OTHER);
    int[] u = new int[500];
    int[] v = new int[500];
    Arrays.setAll(u, i -> rng.below(7));
    Arrays.setAll(v, i -> rng.below(3) == 0 ? u[i] / 2 : rng.below(40));
    Clustering found = Clustering.of(u, v);
    Clustering turned = Clustering.of(v, Arrays.stream(u).map(x -> 5 - 2 * x).toArray());
    assertThat(turned.nmi()).isCloseTo(found.nmi(), within(1e-12));
    assertThat(turned.nmiGeometric()).isCloseTo(found.nmiGeometric(), within(1e-12));
    assertThat(turned.ami()).isCloseTo(found.ami(), within(1e-12));
    assertThat(turned.ari()).isCloseTo(found.ari(), within(1e-12));
    assertThat(found.ami()).isStrictlyBetween(0.02, found.nmi());
  }

  @Test
  void manyItemsStayExact() {
    int n = 60_000; // independent partitions: AMI vanishes only if E[I] is exact to I's size, 7e-4
    int[] u = new int[n];
    int[] v = new int[n];
    Rng rng = Rng.of(2, Rng.Purpose.OTHER);
    Arrays.setAll(u, i -> rng.below(10));
    Arrays.setAll(v, i -> rng.below(10));
    // I has standard deviation sqrt(2 * 81) / 2n = 1.1e-4, and H is ln 10.
    assertThat(Clustering.of(u, v).ami()).isCloseTo(0, within(5 * 1.1e-4 / Math.log(10)));
    assertThat(Clustering.of(u, v).nmi()).isGreaterThan(2e-4);
  }

  @Test
  void refusesOtherLengths() {
    assertThatThrownBy(() -> Clustering.of(new int[2], new int[3]))
        .hasMessageContaining("each of 2");
    assertThatThrownBy(() -> Clustering.of(new int[0], new int[0]))
        .hasMessageContaining("number of items");
  }

  private static void permute(int[] values, int from, Consumer<int[]> visit) {
    if (from == values.length) {
      visit.accept(values);
      return;
    }
    for (int i = from; i < values.length; i++) {
      swap(values, from, i);
      permute(values, from + 1, visit);
      swap(values, from, i);
    }
  }

  private static void swap(int[] values, int i, int j) {
    int value = values[i];
    values[i] = values[j];
    values[j] = value;
  }

  private static double share(int[] u, int a, int[] v, int b) {
    double count = 0;
    for (int i = 0; i < u.length; i++) {
      count += u[i] == a && v[i] == b ? 1 : 0;
    }
    return count / u.length;
  }

  private static double information(int[] u, int[] v) {
    double sum = 0;
    for (int a = 0; a < 3; a++) {
      for (int b = 0; b < 3; b++) {
        double p = share(u, a, v, b);
        sum += p > 0 ? p * Math.log(p / (share(u, a, u, a) * share(v, b, v, b))) : 0;
      }
    }
    return sum;
  }

  private static double entropy(int[] u) {
    return information(u, u);
  }

  /** Pairs of items that are together in both. */
  private static double together(int[] u, int[] v) {
    int count = 0;
    for (int i = 0; i < u.length; i++) {
      for (int j = 0; j < i; j++) {
        count += u[i] == u[j] && v[i] == v[j] ? 1 : 0;
      }
    }
    return count;
  }
}
