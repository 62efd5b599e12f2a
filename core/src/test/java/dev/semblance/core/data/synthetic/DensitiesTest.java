package dev.semblance.core.data.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.synthetic.Densities.Checkerboard;
import dev.semblance.core.data.synthetic.Densities.EightGaussians;
import dev.semblance.core.data.synthetic.Densities.Moons;
import dev.semblance.core.data.synthetic.Densities.Rings;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DensitiesTest {
  private static final double EXTENT = 4.5;

  static Stream<ExactDensity> exact() {
    return Stream.of(
        Rings.of(),
        new Rings(2, 0.5, 0.3),
        EightGaussians.of(),
        Checkerboard.of(),
        new Checkerboard(6, 3));
  }

  static Stream<PlaneDensity> all() {
    return Stream.concat(exact(), Stream.of(Moons.of()));
  }

  @ParameterizedTest
  @MethodSource("exact")
  void samplesFollowTheDensity(ExactDensity density) {
    int bins = 18;
    int fine = 30;
    double width = 2 * EXTENT / bins;
    double[] expected = new double[bins * bins];
    double total = 0;
    try (Scope scope = Scope.open()) {
      double[] points = new double[2 * bins * bins * fine * fine];
      int at = 0;
      for (int i = 0; i < bins * fine; i++) {
        for (int j = 0; j < bins * fine; j++) {
          points[at++] = -EXTENT + (j + 0.5) * width / fine;
          points[at++] = -EXTENT + (i + 0.5) * width / fine;
        }
      }
      double[] log = Ops.toDoubles(density.logDensity(Ops.doubles(points, points.length / 2, 2)));
      for (int k = 0; k < log.length; k++) {
        double mass = Math.exp(log[k]) * width * width / fine / fine;
        expected[k / (bins * fine) / fine * bins + k % (bins * fine) / fine] += mass;
        total += mass;
      }
    }
    // The density is 1 / r near the middle of rings: the midpoint rule errs a little there.
    assertThat(total).isCloseTo(1, within(2e-3));

    int n = 40_000;
    int[] counts = new int[bins * bins];
    float[] drawn = points(density, n, 3);
    int outside = 0;
    for (int i = 0; i < n; i++) {
      int column = (int) Math.floor((drawn[2 * i] + EXTENT) / width);
      int row = (int) Math.floor((drawn[2 * i + 1] + EXTENT) / width);
      if (row < 0 || column < 0 || row >= bins || column >= bins) {
        outside++;
      } else {
        counts[row * bins + column]++;
      }
    }
    assertThat(outside).isLessThan(100);
    double chiSquare = 0;
    int used = 0;
    for (int k = 0; k < counts.length; k++) {
      double e = expected[k] * n;
      if (e >= 5) {
        chiSquare += (counts[k] - e) * (counts[k] - e) / e;
        used++;
      } else {
        assertThat(counts[k]).isLessThan(30);
      }
    }
    assertThat(used).isGreaterThan(20);
    // Mean of the statistic: used; deviation: sqrt(2 used). The draws are fixed by their seed.
    assertThat(chiSquare).isBetween(used - 4 * Math.sqrt(2 * used), used + 4 * Math.sqrt(2 * used));
  }

  @ParameterizedTest
  @MethodSource("all")
  void drawsAreKeyed(PlaneDensity density) {
    float[] few = points(density, 10, 5);
    assertThat(Arrays.copyOf(points(density, 30, 5), 20)).isEqualTo(few);
    assertThat(points(density, 10, 6)).isNotEqualTo(few);
    assertThat(points(density, 0, 6)).isEmpty();
  }

  @Test
  void everyOptionMatters() {
    List<PlaneDensity> variants =
        List.of(
            new Moons(0.1),
            new Moons(0.2),
            new Rings(4, 0.75, 0.08),
            new Rings(3, 0.75, 0.08),
            new Rings(4, 0.7, 0.08),
            new Rings(4, 0.75, 0.1),
            new EightGaussians(2, 0.3),
            new EightGaussians(2.5, 0.3),
            new EightGaussians(2, 0.2),
            new Checkerboard(4, 4),
            new Checkerboard(6, 4),
            new Checkerboard(4, 3));
    assertThat(variants.stream().map(d -> Arrays.hashCode(points(d, 8, 1))).distinct())
        .hasSize(variants.size());
    assertThat(
            variants.stream()
                .filter(ExactDensity.class::isInstance)
                .map(d -> Arrays.toString(log((ExactDensity) d, 0.3, -1.4, 2.2, 2.1, 1.7, -2.9)))
                .distinct())
        .hasSize(variants.size() - 2);
  }

  @Test
  void moonsAreHalfCirclesThatMirrorEachOther() {
    int n = 20_000;
    float[] drawn = points(new Moons(0), n, 2);
    double[] sums = new double[4];
    int upper = 0;
    for (int i = 0; i < n; i++) {
      double x = drawn[2 * i];
      double y = drawn[2 * i + 1];
      double first = Math.hypot(x, y) - 1;
      double second = Math.hypot(x - 1, y - 0.5) - 1;
      boolean onFirst = Math.abs(first) < 1e-6 && y > -1e-6;
      assertThat(onFirst || Math.abs(second) < 1e-6 && y < 0.5 + 1e-6).isTrue();
      upper += onFirst ? 1 : 0;
      sums[0] += x / n;
      sums[1] += y / n;
      sums[2] += (x - 0.5) * (x - 0.5) / n;
      sums[3] += Math.pow(y - 0.25, 3) / n;
    }
    assertThat(upper / (double) n).isCloseTo(0.5, within(0.015));
    // Mirrored in the point (0.5, 0.25), hence that mean and no third moment about it.
    assertThat(sums[0]).isCloseTo(0.5, within(0.03));
    assertThat(sums[1]).isCloseTo(0.25, within(0.02));
    assertThat(sums[3]).isCloseTo(0, within(0.01));
    // Var x = E cos^2 + (1/2)^2 = 3/4.
    assertThat(sums[2]).isCloseTo(0.75, within(0.03));
  }

  @Test
  void moonsAreBlurredByTheirNoise() {
    int n = 10_000;
    float[] sharp = points(new Moons(0), n, 2);
    float[] blurred = points(new Moons(0.3), n, 2);
    double squares = 0;
    for (int i = 0; i < 2 * n; i++) {
      squares += Math.pow(blurred[i] - sharp[i], 2);
    }
    assertThat(Math.sqrt(squares / (2 * n))).isCloseTo(0.3, within(0.01));
  }

  @Test
  void closedFormsByHand() {
    EightGaussians gaussians = new EightGaussians(20, 0.5);
    // The others are too far away to add anything.
    double peak = Math.log(1 / (8 * 2 * Math.PI * 0.25));
    assertThat(log(gaussians, 20, 0)[0]).isCloseTo(peak, within(1e-9));
    assertThat(log(gaussians, 20, 0.5)[0]).isCloseTo(peak - 0.5, within(1e-9));
    Rings ring = new Rings(1, 10, 0.1);
    double crest = Math.log(1 / (Math.sqrt(2 * Math.PI) * 0.1 * 2 * Math.PI * 10));
    assertThat(log(ring, 6, -8)[0]).isCloseTo(crest, within(1e-9));
    Checkerboard board = Checkerboard.of();
    assertThat(log(board, -3.9, -3.9, -1.9, -3.9, -1.9, -1.9, 4.1, 0.1))
        .containsExactly(
            -Math.log(32), Double.NEGATIVE_INFINITY, -Math.log(32), Double.NEGATIVE_INFINITY);
  }

  @ParameterizedTest
  @MethodSource("exact")
  void densitiesAreSymmetric(ExactDensity density) {
    for (int i = 0; i < 50; i++) {
      double x = -3.9 + 0.157 * i;
      double y = 3.7 - 0.131 * i;
      double[] values = log(density, x, y, -x, -y, y, x);
      assertThat(values[1]).isCloseTo(values[0], within(1e-9));
      assertThat(values[2]).isCloseTo(values[0], within(1e-9));
    }
  }

  @Test
  void theScoreIsTheGradient() {
    for (ExactDensity density : List.of(EightGaussians.of(), Rings.of())) {
      try (Scope scope = Scope.open()) {
        Tensor point = Ops.doubles(new double[] {1.3, -0.7}, 1, 2);
        point.set_requires_grad(true);
        density.logDensity(point).sum().backward();
        double[] gradient = Ops.toDoubles(point.grad());
        double h = 1e-5;
        double[] around = log(density, 1.3 + h, -0.7, 1.3 - h, -0.7, 1.3, -0.7 + h, 1.3, -0.7 - h);
        assertThat(gradient[0]).isCloseTo((around[0] - around[1]) / (2 * h), within(1e-5));
        assertThat(gradient[1]).isCloseTo((around[2] - around[3]) / (2 * h), within(1e-5));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("exact")
  void theTypeOfThePointsIsKept(ExactDensity density) {
    try (Scope scope = Scope.open()) {
      Tensor points = density.sample(5, 1);
      assertThat(points.shape()).containsExactly(5, 2);
      assertThat(density.logDensity(points).scalar_type().intern()).isEqualTo(ScalarType.Float);
      // Finite where points were drawn.
      for (double value : Ops.toDoubles(density.logDensity(points))) {
        assertThat(value).isBetween(-15.0, 10.0);
      }
      assertThatThrownBy(() -> density.logDensity(points.t().contiguous()))
          .hasMessage("points must be [n, 2], got [2, 5]");
    }
  }

  @Test
  void refusesNonsense() {
    assertThatThrownBy(() -> new Moons(Double.NaN)).hasMessageContaining("noise");
    assertThatThrownBy(() -> new Rings(0, 1, 1)).hasMessageContaining("count");
    assertThatThrownBy(() -> new Rings(1, 0, 1)).hasMessageContaining("spacing");
    assertThatThrownBy(() -> new Rings(1, 1, Double.NaN)).hasMessageContaining("noise");
    assertThatThrownBy(() -> new EightGaussians(-1, 1)).hasMessageContaining("radius");
    assertThatThrownBy(() -> new EightGaussians(1, 0)).hasMessageContaining("deviation");
    assertThatThrownBy(() -> new Checkerboard(3, 1)).hasMessage("cells must be even, got 3");
    assertThatThrownBy(() -> new Checkerboard(2, Double.NaN)).hasMessageContaining("halfWidth");
    assertThatThrownBy(() -> Moons.of().sample(-1, 1)).hasMessageContaining("n must be >= 0");
  }

  private static float[] points(PlaneDensity density, int n, long seed) {
    try (Scope scope = Scope.open()) {
      return Ops.toFloats(density.sample(n, seed));
    }
  }

  private static double[] log(ExactDensity density, double... points) {
    try (Scope scope = Scope.open()) {
      return Ops.toDoubles(density.logDensity(Ops.doubles(points, points.length / 2, 2)));
    }
  }
}
