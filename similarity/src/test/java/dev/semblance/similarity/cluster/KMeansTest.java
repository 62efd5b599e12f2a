package dev.semblance.similarity.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.Split;
import dev.semblance.core.data.Table;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.eval.Clustering;
import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KMeansTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static double[] cloud(int n, int d, long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    double[] x = new double[n * d];
    Arrays.setAll(x, k -> rng.gaussian());
    return x;
  }

  private static double inertia(double[] x, int d, int[] labels, int k) {
    double sum = 0;
    for (int c = 0; c < k; c++) {
      double[] mean = new double[d];
      int size = 0;
      for (int i = 0; i < labels.length; i++) {
        if (labels[i] == c) {
          size++;
          for (int j = 0; j < d; j++) {
            mean[j] += x[i * d + j];
          }
        }
      }
      for (int i = 0; i < labels.length; i++) {
        for (int j = 0; j < d && labels[i] == c; j++) {
          sum += Math.pow(x[i * d + j] - mean[j] / size, 2);
        }
      }
    }
    return sum;
  }

  @Test
  void manyRestartsFindTheBestOfAllStarts() {
    int n = 9;
    double[] x = cloud(n, 2, 1);
    double least = Double.POSITIVE_INFINITY;
    for (int a = 0; a < n; a++) {
      for (int b = 0; b < a; b++) {
        for (int c = 0; c < b; c++) {
          least = Math.min(least, inertia(x, 2, naive(x, n, a, b, c), 3));
        }
      }
    }
    KMeans.Result found = new KMeans(3, 2000, 300).cluster(Ops.doubles(x, n, 2), 0);
    assertThat(found.inertia()).isCloseTo(least, within(1e-12));
    assertThat(inertia(x, 2, found.labels(), 3)).isCloseTo(least, within(1e-12));
  }

  /** Plane rows to three centres and back, until nothing moves. */
  private static int[] naive(double[] x, int n, int... starts) {
    double[] centres = new double[6];
    for (int c = 0; c < 3; c++) {
      System.arraycopy(x, 2 * starts[c], centres, 2 * c, 2);
    }
    int[] labels = new int[n];
    for (int pass = 0; pass < 50; pass++) {
      double[] sums = new double[6];
      int[] sizes = new int[3];
      for (int i = 0; i < n; i++) {
        double least = Double.POSITIVE_INFINITY;
        for (int c = 0; c < 3; c++) {
          double square =
              Math.pow(x[2 * i] - centres[2 * c], 2)
                  + Math.pow(x[2 * i + 1] - centres[2 * c + 1], 2);
          if (square < least) {
            least = square;
            labels[i] = c;
          }
        }
        sizes[labels[i]]++;
        sums[2 * labels[i]] += x[2 * i];
        sums[2 * labels[i] + 1] += x[2 * i + 1];
      }
      Arrays.setAll(centres, at -> sums[at] / sizes[at / 2]);
    }
    return labels;
  }

  /** The minimum that is known for k = 3 on the file of the UCI repository (scikit-learn). */
  @NeedsData
  @Test
  void flowers() throws IOException {
    Table iris = Table.open("iris", Split.ALL);
    double[] x = Arrays.stream(iris.features()).flatMapToDouble(Arrays::stream).toArray();
    Tensor rows = Ops.doubles(x, 150, 4);
    KMeans.Result found = KMeans.of(3).cluster(rows, 0);
    assertThat(found.inertia()).isCloseTo(78.94084, within(1e-4));
    Clustering agreement = Clustering.of(found.labels(), iris.labels());
    assertThat(agreement.ari()).isCloseTo(0.7302, within(1e-4));
    assertThat(agreement.ami()).isCloseTo(0.7551, within(1e-4));
    assertThat(agreement.nmi()).isCloseTo(0.7582, within(1e-4));
  }

  @Test
  void aFixedPointWithMeansAsCentres() {
    int n = 300;
    int d = 5;
    int k = 7;
    double[] x = cloud(n, d, 2);
    for (int i = 0; i < x.length; i++) {
      x[i] += 1e4; // far from the origin, where products of rows cancel
    }
    KMeans.Result found = KMeans.of(k).cluster(Ops.doubles(x, n, d), 5);
    double[] sums = new double[k * d];
    int[] sizes = new int[k];
    for (int i = 0; i < n; i++) {
      double own = 0;
      double nearest = Double.POSITIVE_INFINITY;
      for (int c = 0; c < k; c++) {
        double square = 0;
        for (int j = 0; j < d; j++) {
          square += Math.pow(x[i * d + j] - found.centres()[c * d + j], 2);
        }
        nearest = Math.min(nearest, square);
        own = c == found.labels()[i] ? square : own;
      }
      assertThat(own).isLessThanOrEqualTo(nearest + 1e-9);
      sizes[found.labels()[i]]++;
      for (int j = 0; j < d; j++) {
        sums[found.labels()[i] * d + j] += x[i * d + j];
      }
    }
    for (int at = 0; at < sums.length; at++) {
      assertThat(found.centres()[at]).isCloseTo(sums[at] / sizes[at / d], within(1e-9));
    }
    assertThat(found.inertia()).isCloseTo(inertia(x, d, found.labels(), k), within(1e-6));
  }

  @Test
  void noClusterIsEmptyEvenOfEqualRows() {
    Tensor equal = Ops.doubles(new double[] {3, 3, 3, 3}, 4, 1);
    KMeans.Result found = KMeans.of(3).cluster(equal, 1);
    assertThat(Arrays.stream(found.labels()).distinct().count()).isEqualTo(3);
    assertThat(found.inertia()).isZero();
    assertThat(found.centres()).containsExactly(3, 3, 3);
    double[] x = cloud(40, 1, 3);
    for (int i = 0; i < 30; i++) {
      x[i] = 0; // few distinct rows: starts on equal rows leave clusters empty
    }
    KMeans.Result spread = KMeans.of(11).cluster(Ops.doubles(x, 40, 1), 2);
    assertThat(Arrays.stream(spread.labels()).distinct().count()).isEqualTo(11);
    assertThat(spread.inertia()).isCloseTo(0, within(1e-20));
    KMeans.Result each = KMeans.of(4).cluster(Ops.doubles(cloud(4, 3, 4), 4, 3), 0);
    assertThat(each.inertia()).isZero();
  }

  @Test
  void theSeedDecidesEverythingAndEveryOptionMatters() {
    Tensor rows = Ops.doubles(cloud(400, 6, 5), 400, 6);
    KMeans means = KMeans.of(12);
    KMeans.Result one = means.cluster(rows, 1);
    KMeans.Result again = means.cluster(rows, 1);
    assertThat(again.labels()).isEqualTo(one.labels());
    assertThat(again.centres()).isEqualTo(one.centres());
    assertThat(means.cluster(rows, 2).labels()).isNotEqualTo(one.labels());
    assertThat(KMeans.of(11).cluster(rows, 1).inertia()).isGreaterThan(one.inertia());
    double single = 0;
    double ten = 0;
    for (int seed = 0; seed < 5; seed++) {
      single += new KMeans(12, 1, 300).cluster(rows, seed).inertia();
      ten += means.cluster(rows, seed).inertia();
    }
    assertThat(ten).isLessThan(single);
    KMeans.Result hasty = new KMeans(12, 10, 1).cluster(rows, 1);
    assertThat(hasty.passes()).isEqualTo(1);
    assertThat(hasty.inertia()).isGreaterThan(one.inertia());
  }

  @Test
  void refusesWhatHasNoClusters() {
    Tensor rows = Ops.doubles(new double[] {1, Double.NaN}, 2, 1);
    assertThatThrownBy(() -> KMeans.of(1).cluster(rows, 0)).hasMessageContaining("row 1 must be");
    assertThatThrownBy(() -> KMeans.of(3).cluster(rows, 0)).hasMessageContaining("at least 3 rows");
    assertThatThrownBy(() -> KMeans.of(0)).hasMessageContaining("clusters");
    assertThatThrownBy(() -> new KMeans(1, 0, 1)).hasMessageContaining("restarts");
    assertThatThrownBy(() -> new KMeans(1, 1, 0)).hasMessageContaining("steps");
  }
}
