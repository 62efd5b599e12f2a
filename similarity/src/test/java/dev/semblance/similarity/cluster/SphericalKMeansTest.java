package dev.semblance.similarity.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SphericalKMeansTest {
  private static final int D = 4;

  @Test
  void theResultIsAFixedPointOfTheDefinition() {
    float[] rows = cloud(200, 1);
    SphericalKMeans.Result result = cluster(SphericalKMeans.of(5), rows, 3);
    double total = 0;
    double[] sums = new double[5 * D];
    for (int i = 0; i < 200; i++) {
      int nearest = 0;
      for (int k = 1; k < 5; k++) {
        if (cosine(rows, i, result.centres(), k) > cosine(rows, i, result.centres(), nearest)) {
          nearest = k;
        }
      }
      assertThat(result.labels()[i]).isEqualTo(nearest);
      total += cosine(rows, i, result.centres(), nearest);
      double length = Math.sqrt(dot(rows, i, rows, i));
      for (int j = 0; j < D; j++) {
        sums[nearest * D + j] += rows[i * D + j] / length;
      }
    }
    assertThat(result.meanCosine()).isCloseTo(total / 200, within(1e-5));
    for (int k = 0; k < 5; k++) {
      double length = 0;
      for (int j = 0; j < D; j++) {
        length += sums[k * D + j] * sums[k * D + j];
      }
      for (int j = 0; j < D; j++) {
        float centre = result.centres()[k * D + j];
        assertThat((double) centre).isCloseTo(sums[k * D + j] / Math.sqrt(length), within(1e-5));
      }
    }
  }

  @Test
  void directionsThatAreApartAreFoundWhateverTheLengths() {
    Rng rng = Rng.of(7, Rng.Purpose.OTHER);
    float[] rows = new float[120 * D];
    for (int i = 0; i < 120; i++) {
      double length = rng.uniform(0.01, 100);
      for (int j = 0; j < D; j++) {
        rows[i * D + j] = (float) (length * ((i % D == j ? 1 : 0) + 0.1 * rng.gaussian()));
      }
    }
    int[] labels = cluster(SphericalKMeans.of(D), rows, 1).labels();
    for (int i = 0; i < 120; i++) {
      assertThat(labels[i]).isEqualTo(labels[i % D]);
    }
    assertThat(Arrays.stream(labels).distinct().count()).isEqualTo(D);
  }

  @Test
  void everyOptionMatters() {
    float[] rows = cloud(150, 2);
    SphericalKMeans.Result base = cluster(new SphericalKMeans(6, 8, 100), rows, 1);
    assertThat(cluster(new SphericalKMeans(5, 8, 100), rows, 1).centres()).hasSize(5 * D);
    SphericalKMeans.Result once = cluster(new SphericalKMeans(6, 1, 100), rows, 1);
    assertThat(once.meanCosine()).isLessThan(base.meanCosine());
    SphericalKMeans.Result brief = cluster(new SphericalKMeans(6, 8, 1), rows, 1);
    assertThat(brief.passes()).isEqualTo(1);
    assertThat(brief.meanCosine()).isLessThan(base.meanCosine());
    assertThat(cluster(new SphericalKMeans(6, 1, 1), rows, 2).centres())
        .isNotEqualTo(cluster(new SphericalKMeans(6, 1, 1), rows, 1).centres());
    assertThat(cluster(new SphericalKMeans(6, 8, 100), rows, 1).labels()).isEqualTo(base.labels());
  }

  @Test
  void noClusterStaysEmpty() {
    float[] rows = new float[6 * D];
    Arrays.fill(rows, 1);
    for (int k = 1; k <= 6; k++) {
      int[] labels = cluster(new SphericalKMeans(k, 2, 20), rows, 1).labels();
      assertThat(Arrays.stream(labels).distinct().count()).isEqualTo(k);
    }
  }

  @Test
  void refusesNonsense() {
    assertThatThrownBy(() -> SphericalKMeans.of(0)).hasMessageContaining("clusters");
    assertThatThrownBy(() -> new SphericalKMeans(1, 0, 1)).hasMessageContaining("restarts");
    assertThatThrownBy(() -> new SphericalKMeans(1, 1, 0)).hasMessageContaining("steps");
    assertThatThrownBy(() -> cluster(SphericalKMeans.of(3), new float[2 * D], 1))
        .hasMessageContaining("at least 3 rows");
    assertThatThrownBy(() -> cluster(SphericalKMeans.of(1), new float[2 * D], 1))
        .hasMessage("row 0 must have a direction, got length 0.0");
    float[] broken = cloud(3, 1);
    broken[D] = Float.NaN;
    assertThatThrownBy(() -> cluster(SphericalKMeans.of(1), broken, 1))
        .hasMessageContaining("row 1 must have a direction, got length NaN");
  }

  private static SphericalKMeans.Result cluster(SphericalKMeans means, float[] rows, long seed) {
    try (Scope scope = Scope.open()) {
      return means.cluster(Ops.floats(rows, rows.length / D, D), seed);
    }
  }

  private static float[] cloud(int n, long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    float[] rows = new float[n * D];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) rng.gaussian();
    }
    return rows;
  }

  private static double cosine(float[] a, int i, float[] b, int k) {
    return dot(a, i, b, k) / Math.sqrt(dot(a, i, a, i) * dot(b, k, b, k));
  }

  private static double dot(float[] a, int i, float[] b, int k) {
    double sum = 0;
    for (int j = 0; j < D; j++) {
      sum += (double) a[i * D + j] * b[k * D + j];
    }
    return sum;
  }
}
