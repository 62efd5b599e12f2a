package dev.semblance.similarity.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.DataHome;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class PcaTest {
  private static double[] random(int n, int d, long seed) {
    Random random = new Random(seed);
    double[] values = new double[n * d];
    for (int i = 0; i < values.length; i++) {
      // Columns of different spread, correlated with their neighbour.
      values[i] = random.nextGaussian() * (1 + i % d) + (i % d > 0 ? 0.7 * values[i - 1] : 5);
    }
    return values;
  }

  private static double covariance(double[] x, int n, int d, int a, int b) {
    double meanA = 0;
    double meanB = 0;
    for (int i = 0; i < n; i++) {
      meanA += x[i * d + a] / n;
      meanB += x[i * d + b] / n;
    }
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += (x[i * d + a] - meanA) * (x[i * d + b] - meanB);
    }
    return sum / (n - 1);
  }

  /** {@code C v = lambda v} with C by loops, v orthonormal, lambda falling; both ways in. */
  @Test
  void componentsAreEigenvectorsOfTheCovariance() {
    for (int[] shape : new int[][] {{40, 6}, {5, 9}, {6, 6}}) {
      int n = shape[0];
      int d = shape[1];
      double[] x = random(n, d, 1);
      int count = Math.min(n - 1, d);
      try (Scope scope = Scope.open()) {
        Pca pca = Pca.fit(Ops.doubles(x, n, d), count);
        for (int c = 0; c < count; c++) {
          double[] v = pca.component(c);
          for (int a = 0; a < d; a++) {
            double product = 0;
            for (int b = 0; b < d; b++) {
              product += covariance(x, n, d, a, b) * v[b];
            }
            assertThat(product).isCloseTo(pca.variances()[c] * v[a], within(1e-9));
          }
          for (int other = 0; other < count; other++) {
            double dot = 0;
            for (int a = 0; a < d; a++) {
              dot += v[a] * pca.component(other)[a];
            }
            assertThat(dot).isCloseTo(other == c ? 1 : 0, within(1e-12));
          }
          assertThat(c == 0 || pca.variances()[c] <= pca.variances()[c - 1]).isTrue();
        }
        double sum = 0;
        for (double share : pca.varianceShares()) {
          sum += share;
        }
        assertThat(sum).isCloseTo(1, within(1e-12));
      }
    }
  }

  @Test
  void projectionsAreCentredUncorrelatedAndInvariantToShifts() {
    int n = 50;
    double[] x = random(n, 5, 2);
    double[] shifted = x.clone();
    for (int i = 0; i < x.length; i++) {
      shifted[i] += 100 * (i % 5);
    }
    try (Scope scope = Scope.open()) {
      Tensor sample = Ops.doubles(x, n, 5);
      double[] projected = Ops.toDoubles(Pca.fit(sample, 3).project(sample));
      Tensor moved = Ops.doubles(shifted, n, 5);
      double[] again = Ops.toDoubles(Pca.fit(moved, 3).project(moved));
      for (int i = 0; i < projected.length; i++) {
        assertThat(again[i]).isCloseTo(projected[i], within(1e-9));
      }
      double[] variances = Pca.fit(sample, 3).variances();
      for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 3; b++) {
          assertThat(covariance(projected, n, 3, a, b))
              .isCloseTo(a == b ? variances[a] : 0, within(1e-9));
        }
      }
    }
  }

  @Test
  void theLargestEntryIsPositive() {
    for (int seed = 0; seed < 10; seed++) {
      try (Scope scope = Scope.open()) {
        double[] x = random(12, 4, seed);
        double[] mirrored = x.clone();
        for (int i = 0; i < x.length; i++) {
          mirrored[i] = -x[i];
        }
        Pca pca = Pca.fit(Ops.doubles(x, 12, 4), 4);
        Pca mirror = Pca.fit(Ops.doubles(mirrored, 12, 4), 4);
        for (int c = 0; c < 4; c++) {
          double largest = 0;
          for (double entry : pca.component(c)) {
            largest = Math.abs(entry) > Math.abs(largest) ? entry : largest;
          }
          assertThat(largest).isPositive();
          assertThat(mirror.component(c)).containsExactly(pca.component(c), within(1e-9));
        }
      }
    }
  }

  /**
   * Iris as the UCI has it: the variances that scikit-learn printed while its copy was that file
   * (before 0.20).
   */
  @NeedsData
  @Test
  void variancesOfIris() throws IOException {
    List<String> lines =
        Files.readAllLines(DataHome.current().require("uci").resolve("iris.data")).stream()
            .filter(l -> l.contains(","))
            .toList();
    double[] x = new double[lines.size() * 4];
    for (int i = 0; i < lines.size(); i++) {
      String[] fields = lines.get(i).split(",", -1);
      for (int j = 0; j < 4; j++) {
        x[4 * i + j] = Double.parseDouble(fields[j]);
      }
    }
    try (Scope scope = Scope.open()) {
      Pca pca = Pca.fit(Ops.doubles(x, lines.size(), 4), 4);
      assertThat(pca.variances())
          .containsExactly(
              new double[] {4.22484077, 0.24224357, 0.07852391, 0.02368303}, within(1e-8));
      assertThat(pca.varianceShares())
          .containsExactly(
              new double[] {0.92461621, 0.05301557, 0.01718514, 0.00518309}, within(1e-8));
    }
  }

  @Test
  void aConstantSampleHasNoVariance() {
    try (Scope scope = Scope.open()) {
      Tensor constant = Ops.floats(new float[] {1, 2, 1, 2, 1, 2}, 3, 2);
      Pca pca = Pca.fit(constant, 2);
      assertThat(pca.variances()).containsExactly(0, 0);
      assertThat(pca.varianceShares()).containsExactly(0, 0);
      assertThat(pca.map(constant)).isDeepEqualTo(new double[3][2]);
    }
  }

  @Test
  void aMapHasTwoColumnsWhateverWasFitted() {
    try (Scope scope = Scope.open()) {
      Tensor line = Ops.floats(new float[] {1, 3, 5}, 3, 1);
      assertThat(Pca.fit(line, 1).map(line))
          .isDeepEqualTo(new double[][] {{-2, 0}, {0, 0}, {2, 0}});
      Tensor sample = Ops.doubles(random(9, 3, 3), 9, 3);
      double[][] map = Pca.fit(sample, 3).map(sample);
      double[] projected = Ops.toDoubles(Pca.fit(sample, 2).project(sample));
      for (int i = 0; i < 9; i++) {
        assertThat(map[i])
            .containsExactly(new double[] {projected[2 * i], projected[2 * i + 1]}, within(1e-12));
      }
    }
  }

  @Test
  void refusesWhatHasNoComponents() {
    try (Scope scope = Scope.open()) {
      Tensor sample = Ops.doubles(random(4, 3, 4), 4, 3);
      assertThatThrownBy(() -> Pca.fit(sample, 4))
          .hasMessageContaining("1..3")
          .hasMessageContaining("got 4");
      assertThatThrownBy(() -> Pca.fit(sample, 0)).hasMessageContaining("got 0");
      assertThatThrownBy(() -> Pca.fit(Ops.floats(new float[3], 1, 3), 1))
          .hasMessageContaining(">= 2 rows");
      assertThatThrownBy(() -> Pca.fit(Ops.floats(new float[] {1, Float.NaN}, 2, 1), 1))
          .hasMessageContaining("finite");
      assertThatThrownBy(() -> Pca.fit(Ops.floats(new float[8], 2, 2, 2), 1))
          .hasMessageContaining("flatten first");
      assertThatThrownBy(() -> Pca.fit(sample, 1).project(Ops.floats(new float[4], 2, 2)))
          .hasMessageContaining("[m, 3]");
    }
  }
}
