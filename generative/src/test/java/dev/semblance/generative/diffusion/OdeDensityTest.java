package dev.semblance.generative.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Kind;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

final class OdeDensityTest {
  // So high that the means, which the normal distribution at the top lacks, count for nothing.
  private static final NoiseGrid GRID = NoiseGrid.uniformLambda(401, 1e-4, 20_000);

  /** The denoiser of independent normal values. */
  private static Denoiser normal(double[] means, double[] variances) {
    return (x, sigma) -> {
      Tensor mean = Ops.doubles(means, 1, means.length);
      Tensor variance = Ops.doubles(variances, 1, means.length);
      Tensor share = variance.div(sigma.square().view(-1, 1).add(variance));
      return x.sub(mean).mul(share).add(mean);
    };
  }

  private static double logNormal(double[] x, int from, double[] means, double[] variances) {
    double sum = 0;
    for (int j = 0; j < means.length; j++) {
      double apart = x[from + j] - means[j];
      sum -= 0.5 * (apart * apart / variances[j] + Math.log(2 * Math.PI * variances[j]));
    }
    return sum;
  }

  private static Tensor points(int n, int each) {
    Rng rng = Rng.of(4, Rng.Purpose.OTHER);
    double[] values = new double[n * each];
    for (int i = 0; i < values.length; i++) {
      values[i] = rng.gaussian();
    }
    return Ops.doubles(values, n, each);
  }

  @Test
  void aNormalDistributionsIntegralIsItsDensity() {
    double[] means = {0.4, -1};
    double[] variances = {0.25, 1.5};
    try (Scope scope = Scope.open()) {
      Tensor x = points(12, 2);
      LogDensity density =
          OdeDensity.of().of(normal(means, variances), x, GRID, Noise.of(1, 0, 12));
      double[] values = Ops.toDoubles(density.value());
      double[] at = Ops.toDoubles(x);
      for (int i = 0; i < 12; i++) {
        double expected = logNormal(at, 2 * i, means, variances);
        // The path, hence its square, is followed to order 2.
        assertThat(values[i]).isCloseTo(expected, within(1e-3 * Math.abs(expected)));
      }
      assertThat(Ops.toDoubles(density.standardError())).containsOnly(0);
      assertThat(density.kind()).isEqualTo(new Kind.Estimate("heun ode", 400, 0));
      assertThat(density.of()).isEqualTo(LogDensity.Support.POINTS);
    }
  }

  @Test
  void aDiagonalFieldNeedsOneProbeOfSigns() {
    double[] means = {0.4, -1, 0, 2};
    double[] variances = {0.25, 1.5, 0.7, 1};
    try (Scope scope = Scope.open()) {
      Tensor x = points(5, 4);
      LogDensity density =
          new OdeDensity(2).of(normal(means, variances), x, GRID, Noise.of(1, 0, 5));
      double[] at = Ops.toDoubles(x);
      for (int i = 0; i < 5; i++) {
        assertThat(Ops.toDoubles(density.value())[i])
            .isCloseTo(logNormal(at, 4 * i, means, variances), within(8e-3));
        assertThat(Ops.toDoubles(density.standardError())[i]).isLessThan(1e-9);
      }
      assertThat(density.kind()).isEqualTo(new Kind.Estimate("heun ode", 400, 2));
      LogDensity single = OdeDensity.of().of(normal(means, variances), x, GRID, Noise.of(1, 0, 5));
      assertThat(Ops.toDoubles(single.standardError())).containsOnly(Double.NaN);
    }
  }

  @Test
  void probesAreUnbiasedAndTheirErrorIsTold() {
    // D = A x with correlations: the trace of A is what counts, its other values are the spread.
    double[] matrix = {0.5, 0.3, -0.2, 0.1, 0.4, 0.25, 0.3, -0.1, 0.6};
    double trace = 1.5;
    NoiseGrid grid = new NoiseGrid(new double[] {1.0002, 1.0001, 1, 0});
    try (Scope scope = Scope.open()) {
      Tensor a = Ops.doubles(matrix, 3, 3);
      Tensor x = Ops.zeros(ScalarType.Double, 2500, 3);
      LogDensity density =
          new OdeDensity(4).of((at, s) -> at.matmul(a.t()), x, grid, Noise.of(1, 0, 2500));
      double prior = -1.5 * Math.log(2 * Math.PI * 1.0002 * 1.0002);
      // The integral of (3 - tr A) / sigma over a short way.
      double expected = prior + (3 - trace) * Math.log(1.0002);
      // Spread of v^T A v over signs: sqrt(sum_{i<j} (a_ij + a_ji)^2).
      double spread = Math.sqrt(0.4 * 0.4 + 0.1 * 0.1 + 0.15 * 0.15) * Math.log(1.0002);
      assertThat(density.value().mean().item_double())
          .isCloseTo(expected, within(4 * spread / 100));
      // The squared error of a mean of four is a quarter of the variance, in expectation.
      assertThat(density.standardError().square().mean().item_double())
          .isCloseTo(spread * spread / 4, within(0.1 * spread * spread / 4));
    }
  }

  @Test
  void aPointDoesNotDependOnItsNeighbours() {
    double[] means = {0.4, -1, 3};
    double[] variances = {0.25, 1.5, 0.3};
    NoiseGrid grid = NoiseGrid.uniformLambda(9, 1e-2, 50);
    try (Scope scope = Scope.open()) {
      Tensor x = points(4, 3);
      Denoiser each =
          (at, sigma) -> {
            Tensor rolled = at.index_select(1, Ops.longs(new long[] {2, 0, 1}));
            return normal(means, variances).denoise(at, sigma).add(rolled.sin());
          };
      double[] together =
          Ops.toDoubles(OdeDensity.of().of(each, x, grid, Noise.of(7, 0, 4)).value());
      for (int i = 0; i < 4; i++) {
        double[] alone =
            Ops.toDoubles(
                OdeDensity.of().of(each, x.narrow(0, i, 1), grid, Noise.of(7, i, 1)).value());
        assertThat(alone[0]).isCloseTo(together[i], within(1e-9));
      }
    }
  }

  @Test
  void limitsAreChecked() {
    assertThatThrownBy(() -> new OdeDensity(0)).hasMessage("probes must be >= 1, got 0");
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(
              () ->
                  OdeDensity.of()
                      .of(
                          (x, s) -> x,
                          points(1, 2),
                          new NoiseGrid(new double[] {1, 0}),
                          Noise.of(1, 0, 1)))
          .hasMessage("steps must be >= 2, got 1");
    }
  }
}
