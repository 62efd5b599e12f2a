package dev.semblance.similarity.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class TsneTest {
  private static float[] clusters(int n, int d, int classes, double spread, long seed) {
    Random random = new Random(seed);
    float[] centres = new float[classes * d];
    for (int i = 0; i < centres.length; i++) {
      centres[i] = (float) random.nextGaussian();
    }
    float[] values = new float[n * d];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (centres[i / d % classes * d + i % d] + spread * random.nextGaussian());
    }
    return values;
  }

  private static double[] distances(int n, long seed) {
    Random random = new Random(seed);
    double[][] x = new double[n][3];
    for (double[] point : x) {
      Arrays.setAll(point, i -> random.nextGaussian() * 10);
    }
    double[] distances = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        for (int k = 0; k < 3; k++) {
          distances[i * n + j] += (x[i][k] - x[j][k]) * (x[i][k] - x[j][k]);
        }
      }
    }
    return distances;
  }

  private static double perplexity(double[] p) {
    double bits = 0;
    for (double value : p) {
      bits -= value > 0 ? value * Math.log(value) / Math.log(2) : 0;
    }
    return Math.pow(2, bits);
  }

  @Test
  void everyPointHasThePerplexityAskedFor() {
    int n = 120;
    for (double scale : new double[] {1e-12, 1, 1e12}) {
      double[] distances = distances(n, 1);
      for (double perplexity : new double[] {1.5, 5, 30, 39}) {
        for (int i = 0; i < n; i += 7) {
          double[] row = Arrays.copyOfRange(distances, i * n, (i + 1) * n);
          for (int j = 0; j < n; j++) {
            row[j] *= scale;
          }
          double[] p = Affinities.conditional(row, i, perplexity);
          assertThat(perplexity(p)).isCloseTo(perplexity, within(1e-6));
          assertThat(Arrays.stream(p).sum()).isCloseTo(1, within(1e-12));
          assertThat(p[i]).isZero();
        }
      }
    }
  }

  @Test
  void coincidingPointsAttendToEachOther() {
    double[] row = new double[20];
    Arrays.fill(row, 12, 20, 1);
    double[] p = Affinities.conditional(row, 0, 5); // eleven points where this one is
    for (int j = 1; j < 12; j++) {
      assertThat(p[j]).isCloseTo(1 / 11.0, within(1e-6));
    }
    double[] same = Affinities.conditional(new double[20], 3, 5);
    assertThat(same[3]).isZero();
    assertThat(same[4]).isCloseTo(1 / 19.0, within(1e-12));
  }

  @Test
  void jointAffinitiesAreASymmetricDistribution() {
    int n = 40;
    double[] distances = distances(n, 2);
    float[][] p = Affinities.joint(distances, n, 7);
    double sum = 0;
    for (int i = 0; i < n; i++) {
      assertThat(p[i][i]).isZero();
      double[] row =
          Affinities.conditional(Arrays.copyOfRange(distances, i * n, (i + 1) * n), i, 7);
      for (int j = 0; j < n; j++) {
        assertThat(p[i][j]).isEqualTo(p[j][i]);
        double[] column =
            Affinities.conditional(Arrays.copyOfRange(distances, j * n, (j + 1) * n), j, 7);
        assertThat((double) p[i][j]).isCloseTo((row[j] + column[i]) / 2 / n, within(1e-9));
        sum += p[i][j];
      }
    }
    assertThat(sum).isCloseTo(1, within(1e-6));
  }

  /** Divergence and gradient against the definitions, and the gradient against differences. */
  @Test
  void theGradientIsThatOfTheDivergence() {
    int n = 25;
    float[][] p = Affinities.joint(distances(n, 3), n, 5);
    Random random = new Random(4);
    double[][] y = new double[2][n];
    for (double[] axis : y) {
      Arrays.setAll(axis, i -> random.nextGaussian());
    }
    Tsne.Gravity gravity = new Tsne.Gravity(p);
    assertThat(gravity.divergence(y[0], y[1])).isCloseTo(naiveDivergence(p, y), within(1e-6));
    double[][] gradient = new double[2][n];
    gravity.gradient(y[0], y[1], 1, gradient[0], gradient[1]);
    double step = 1e-5;
    for (int axis = 0; axis < 2; axis++) {
      for (int i = 0; i < n; i++) {
        double at = y[axis][i];
        y[axis][i] = at + step;
        double after = gravity.divergence(y[0], y[1]);
        y[axis][i] = at - step;
        double before = gravity.divergence(y[0], y[1]);
        y[axis][i] = at;
        // P is rounded to float32, so that its sum is 1 to 1e-7 only.
        assertThat(gradient[axis][i]).isCloseTo((after - before) / (2 * step), within(2e-7));
      }
    }
    double[][] exaggerated = new double[2][n];
    gravity.gradient(y[0], y[1], 3, exaggerated[0], exaggerated[1]);
    double[][] naive = naiveGradient(p, y, 3);
    for (int axis = 0; axis < 2; axis++) {
      assertThat(exaggerated[axis]).containsExactly(naive[axis], within(1e-12));
    }
  }

  private static double naiveDivergence(float[][] p, double[][] y) {
    double z = 0;
    for (int i = 0; i < p.length; i++) {
      for (int j = 0; j < p.length; j++) {
        z += i == j ? 0 : near(y, i, j);
      }
    }
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      for (int j = 0; j < p.length; j++) {
        sum += p[i][j] > 0 ? p[i][j] * Math.log(p[i][j] / (near(y, i, j) / z)) : 0;
      }
    }
    return sum;
  }

  private static double[][] naiveGradient(float[][] p, double[][] y, double exaggeration) {
    int n = p.length;
    double z = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        z += i == j ? 0 : near(y, i, j);
      }
    }
    double[][] gradient = new double[2][n];
    for (int axis = 0; axis < 2; axis++) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          double near = near(y, i, j);
          gradient[axis][i] +=
              4 * (exaggeration * p[i][j] - near / z) * near * (y[axis][i] - y[axis][j]);
        }
      }
    }
    return gradient;
  }

  private static double near(double[][] y, int i, int j) {
    return 1 / (1 + Math.pow(y[0][i] - y[0][j], 2) + Math.pow(y[1][i] - y[1][j], 2));
  }

  @Test
  void clustersStayApartAndTheDivergenceFalls() {
    int n = 300;
    try (Scope scope = Scope.open()) {
      Tensor vectors = Ops.floats(clusters(n, 16, 6, 0.5, 5), n, 16);
      Tsne.Result result = Tsne.of(n).withIterations(500).map(vectors);
      assertThat(agreement(result.points(), 6)).isGreaterThan(0.98);
      // The plane by principal components cannot do that: the test can fail.
      assertThat(agreement(Pca.fit(vectors, 2).map(vectors), 6)).isLessThan(0.9);
      List<Double> history = result.history();
      assertThat(history).hasSize(11);
      assertThat(result.divergence()).isEqualTo(history.get(10)).isLessThan(history.get(0) / 2);
      for (int i = 6; i < 11; i++) {
        assertThat(history.get(i)).isLessThan(history.get(i - 1));
      }
      double[] mean = new double[2];
      for (double[] point : result.points()) {
        mean[0] += point[0] / n;
        mean[1] += point[1] / n;
      }
      assertThat(mean).containsExactly(new double[2], within(1e-9));
    }
  }

  private static double agreement(double[][] points, int classes) {
    int right = 0;
    for (int i = 0; i < points.length; i++) {
      int nearest = -1;
      double least = Double.POSITIVE_INFINITY;
      for (int j = 0; j < points.length; j++) {
        double distance = Math.hypot(points[i][0] - points[j][0], points[i][1] - points[j][1]);
        if (j != i && distance < least) {
          least = distance;
          nearest = j;
        }
      }
      right += i % classes == nearest % classes ? 1 : 0;
    }
    return (double) right / points.length;
  }

  @Test
  void theSameBitsForAnyNumberOfThreads() {
    int n = 90;
    try (Scope scope = Scope.open()) {
      Tensor vectors = Ops.floats(clusters(n, 8, 3, 0.5, 6), n, 8);
      Tsne tsne = Tsne.of(n).withIterations(120);
      double[][] here = tsne.map(vectors).points();
      for (int threads : new int[] {1, 3}) {
        try (ForkJoinPool pool = new ForkJoinPool(threads)) {
          double[][] there = pool.submit(() -> tsne.map(vectors).points()).join();
          assertThat(there).isDeepEqualTo(here);
        }
      }
    }
  }

  @Test
  void equalVectorsComeApartAndStayNeighbours() {
    int n = 60;
    float[] values = clusters(n, 4, 2, 0, 7); // two places, thirty times each
    try (Scope scope = Scope.open()) {
      // After 300 steps a few points may still be on their way: which ones, the last bits decide.
      double[][] points = Tsne.of(n).withIterations(500).map(Ops.floats(values, n, 4)).points();
      assertThat(agreement(points, 2)).isEqualTo(1);
      assertThat(Arrays.stream(points).map(Arrays::toString).distinct()).hasSize(n);
      double[][] same =
          Tsne.of(20).withIterations(50).map(Ops.floats(new float[40], 20, 2)).points();
      assertThat(Arrays.stream(same).flatMapToDouble(Arrays::stream))
          .allMatch(value -> Double.isFinite(value));
    }
  }

  @Test
  void everyOptionMatters() {
    int n = 40;
    try (Scope scope = Scope.open()) {
      Tensor vectors = Ops.floats(clusters(n, 5, 4, 0.6, 8), n, 5);
      Tsne plain = new Tsne(6, 4, 20, 60, 20, 0.5, 0.8);
      Map<String, Tsne> others = new LinkedHashMap<>();
      others.put("perplexity", plain.withPerplexity(7));
      others.put("earlyExaggeration", new Tsne(6, 5, 20, 60, 20, 0.5, 0.8));
      others.put("earlyIterations", new Tsne(6, 4, 21, 60, 20, 0.5, 0.8));
      others.put("iterations", plain.withIterations(61));
      others.put("learningRate", new Tsne(6, 4, 20, 60, 21, 0.5, 0.8));
      others.put("earlyMomentum", new Tsne(6, 4, 20, 60, 20, 0.6, 0.8));
      others.put("momentum", new Tsne(6, 4, 20, 60, 20, 0.5, 0.7));
      double[][] points = plain.map(vectors).points();
      others.forEach(
          (name, other) ->
              assertThat(Arrays.deepEquals(other.map(vectors).points(), points))
                  .as(name)
                  .isFalse());
    }
  }

  @Test
  void refusesWhatCannotBeMapped() {
    try (Scope scope = Scope.open()) {
      Tensor ten = Ops.floats(clusters(10, 2, 2, 1, 9), 10, 2);
      assertThatThrownBy(() -> Tsne.of(100).map(ten))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("perplexity must be < (n - 1) / 3 = 3.0");
      assertThatThrownBy(
              () ->
                  Tsne.of(5)
                      .map(Ops.zeros(org.bytedeco.pytorch.global.torch.ScalarType.Float, 5001, 1)))
          .hasMessageContaining("at most 5000 rows");
      float[] bad = new float[20];
      bad[3] = Float.NaN;
      assertThatThrownBy(() -> Tsne.of(10).map(Ops.floats(bad, 10, 2)))
          .hasMessageContaining("finite");
      assertThatThrownBy(() -> new Tsne(2, 12, 5, 20, 1e300, 0.5, 0.8).map(ten))
          .hasMessageContaining("learningRate");
    }
    assertThatThrownBy(() -> Tsne.of(4)).hasMessageContaining("n must be >= 5");
    for (double bad : new double[] {1, 0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> Tsne.of(9).withPerplexity(bad)).hasMessageContaining("perplexity");
    }
    assertThatThrownBy(() -> new Tsne(5, Double.NaN, 1, 2, 1, 0, 0))
        .hasMessageContaining("earlyExaggeration");
    assertThatThrownBy(() -> new Tsne(5, 4, -1, 2, 1, 0, 0))
        .hasMessageContaining("earlyIterations");
    assertThatThrownBy(() -> new Tsne(5, 4, 3, 2, 1, 0, 0)).hasMessageContaining("iterations");
    assertThatThrownBy(() -> new Tsne(5, 4, 1, 2, Double.NaN, 0, 0))
        .hasMessageContaining("learningRate");
    assertThatThrownBy(() -> new Tsne(5, 4, 1, 2, 1, 1, 0)).hasMessageContaining("earlyMomentum");
    assertThatThrownBy(() -> new Tsne(5, 4, 1, 2, 1, 0, Double.NaN))
        .hasMessageContaining("momentum");
  }
}
