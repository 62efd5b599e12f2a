package dev.semblance.generative.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Kind;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import dev.semblance.generative.diffusion.VariationalBound.Chain;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

final class VariationalBoundTest {
  private static final double VARIANCE = 0.25;
  private static final int N = 2000;

  /** The denoiser of normal values of variance {@link #VARIANCE}. */
  private static final Denoiser NORMAL =
      (x, sigma) -> {
        Tensor level = sigma.square().view(-1, 1);
        return x.mul(level.add(Ops.scalar(VARIANCE)).reciprocal().mul(Ops.scalar(VARIANCE)));
      };

  private static Chain chain(int steps, double pixelWidth) {
    return Chain.of(NoiseGrid.uniformLambda(steps, 0.05, 20), 1, pixelWidth);
  }

  private static double share(double sigma) {
    return VARIANCE / (VARIANCE + sigma * sigma);
  }

  /** The expected bound of a point, from the moments of the noise. */
  private static double expected(double x, Chain chain) {
    double level = chain.grid().most() * chain.grid().most();
    double prior = level + 1;
    double bound = -0.5 * (Math.log(prior / level) + (level + x * x) / prior - 1);
    for (int t = 2; t <= chain.levels(); t++) {
      bound -= chain.weight(t) * squaredError(x, chain.sigma(t));
    }
    double last = chain.lastVariance();
    return bound
        - 0.5 * Math.log(2 * Math.PI * last)
        - squaredError(x, chain.sigma(1)) / (2 * last);
  }

  private static double squaredError(double x, double sigma) {
    double c = share(sigma);
    return x * x * (1 - c) * (1 - c) + c * c * sigma * sigma;
  }

  /** The variance of what the walk down the chain ends with: it is linear and normal throughout. */
  private static double walked(Chain chain) {
    double variance = chain.grid().most() * chain.grid().most() + 1;
    for (int t = chain.levels(); t > 1; t--) {
      double ratio = Math.pow(chain.sigma(t - 1) / chain.sigma(t), 2);
      double factor = ratio + (1 - ratio) * share(chain.sigma(t));
      variance = variance * factor * factor + chain.sigma(t - 1) * chain.sigma(t - 1) * (1 - ratio);
    }
    double c = share(chain.sigma(1));
    return variance * c * c + chain.lastVariance();
  }

  private static double logNormal(double x, double variance) {
    return -0.5 * (x * x / variance + Math.log(2 * Math.PI * variance));
  }

  private static double[] values(VariationalBound bound, double x, Chain chain) {
    try (Scope scope = Scope.open()) {
      Tensor points = Ops.zeros(ScalarType.Double, N, 1).add(Ops.scalar(x));
      return Ops.toDoubles(bound.of(NORMAL, points, chain, Noise.of(3, 0, N)).value());
    }
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double errorOfMean(double[] values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(squares / (values.length - 1.0) / values.length);
  }

  @Test
  void allLevelsOrSomeHaveTheExpectedBoundInTheMean() {
    Chain chain = chain(40, 0);
    for (double x : new double[] {0, 0.4, -1.3}) {
      for (int strata : new int[] {39, 8, 1}) {
        double[] values = values(new VariationalBound(strata, 1), x, chain);
        assertThat(mean(values))
            .as("x %s, strata %s", x, strata)
            .isCloseTo(expected(x, chain), within(4 * errorOfMean(values)));
      }
    }
  }

  @Test
  void itBoundsWhatTheChainMakesAndTightensWithItsLength() {
    for (double x : new double[] {0, 0.2, 0.5, -1, 2}) {
      double gap = Double.POSITIVE_INFINITY;
      for (int steps : new int[] {5, 20, 80, 320}) {
        Chain chain = chain(steps, 0);
        double below = logNormal(x, walked(chain)) - expected(x, chain);
        assertThat(below).as("x %s, steps %s", x, steps).isBetween(0.0, gap);
        gap = below;
      }
      // What is left is of the last step, whose variance is a little above the best.
      assertThat(gap).isLessThan(0.08);
    }
  }

  @Test
  void theLastStepOfAScheduleHasTheVarianceOfTheOneBefore() {
    NoiseSchedule schedule = NoiseSchedule.of(NoiseSchedule.Rule.LINEAR, 1000);
    Chain chain = Chain.of(schedule, 1, 0);
    assertThat(chain.levels()).isEqualTo(1000);
    assertThat(chain.sigma(1)).isEqualTo(schedule.leastSigma());
    double beta = schedule.beta(1);
    assertThat(chain.lastVariance())
        .isCloseTo(beta * schedule.beta(0) / (schedule.beta(0) + beta), within(1e-8));
    // Ho et al. 2020, Eq. (8), written for the image: mean's factor squared over twice the
    // variance.
    double before = schedule.alphaBar(499);
    double here = schedule.alphaBar(500);
    double factor = Math.sqrt(before) * schedule.beta(500) / (1 - here);
    double variance = schedule.beta(500) * (1 - before) / (1 - here);
    assertThat(chain.weight(501)).isCloseTo(factor * factor / (2 * variance), within(1e-12));
  }

  @Test
  void strataGiveLessSpread() {
    Chain chain = chain(40, 0);
    double one = errorOfMean(values(new VariationalBound(1, 1), 0.4, chain));
    double all = errorOfMean(values(new VariationalBound(39, 1), 0.4, chain));
    assertThat(all).isLessThan(one / 2);
  }

  @Test
  void theErrorIsThatOfRepeats() {
    Chain chain = chain(40, 0);
    try (Scope scope = Scope.open()) {
      Tensor points = Ops.zeros(ScalarType.Double, N, 1).add(Ops.scalar(0.4));
      LogDensity found = new VariationalBound(8, 4).of(NORMAL, points, chain, Noise.of(5, 0, N));
      double[] errors = Ops.toDoubles(found.standardError());
      double told = Math.sqrt(Arrays.stream(errors).map(e -> e * e).average().orElseThrow());
      double seen = errorOfMean(Ops.toDoubles(found.value())) * Math.sqrt(N);
      assertThat(told).isCloseTo(seen, within(0.1 * seen));
      assertThat(found.kind()).isEqualTo(new Kind.LowerBound(4));
      assertThat(found.of()).isEqualTo(LogDensity.Support.POINTS);
      assertThat(
              Ops.toDoubles(
                  VariationalBound.of()
                      .of(NORMAL, points, chain, Noise.of(5, 0, N))
                      .standardError()))
          .containsOnly(Double.NaN);
    }
  }

  @Test
  void greyValuesShareTheWholeMass() {
    double width = 2 / 255.0;
    try (Scope scope = Scope.open()) {
      float[] grey = new float[256];
      for (int i = 0; i < grey.length; i++) {
        grey[i] = (float) (i * width - 1);
      }
      for (double mean : new double[] {-1.02, -1, 0.123, 0.99, 1.5}) {
        for (double deviation : new double[] {1e-3, 0.0074, 0.5}) {
          Tensor logs =
              VariationalBound.logMass(
                  Ops.floats(grey, 256),
                  Ops.floats(new float[] {(float) mean}, 1),
                  deviation,
                  width);
          assertThat(logs.exp().sum().item_double()).isCloseTo(1, within(1e-9));
          // In the far tail a mass is tiny, not none.
          assertThat(logs.min().item_double()).isNegative().isGreaterThan(-1e7);
        }
      }
    }
  }

  @Test
  void aPointDoesNotDependOnItsNeighbours() {
    Chain chain = chain(10, 2 / 255.0);
    try (Scope scope = Scope.open()) {
      Rng rng = Rng.of(1, Rng.Purpose.OTHER);
      double[] values = new double[6];
      Arrays.setAll(values, i -> rng.below(256) * 2 / 255.0 - 1);
      Tensor x = Ops.doubles(values, 6, 1);
      VariationalBound bound = new VariationalBound(3, 2);
      double[] together = Ops.toDoubles(bound.of(NORMAL, x, chain, Noise.of(2, 0, 6)).value());
      double[] alone =
          Ops.toDoubles(bound.of(NORMAL, x.narrow(0, 4, 1), chain, Noise.of(2, 4, 1)).value());
      assertThat(alone[0]).isEqualTo(together[4]);
    }
  }

  @Test
  void modelsOfImagesAndPointsAreBounded() {
    try (Scope scope = Scope.open()) {
      for (DiffusionFamily family :
          new DiffusionFamily[] {
            DiffusionFamily.ddpm(), DiffusionFamily.edm(), DiffusionFamily.flowMatching()
          }) {
        ImageShape shape = new ImageShape(1, 8, 8);
        try (Diffusion model = family.build(shape, 1, 1)) {
          Tensor x = Ops.zeros(ScalarType.Float, 3, 1, 8, 8);
          LogDensity found =
              model
                  .withBound(new VariationalBound(4, 2))
                  .logDensity(x, Noise.of(1, 0, 3), Condition.none());
          assertThat(found.of()).isEqualTo(LogDensity.Support.PIXELS);
          assertThat(found.kind()).isEqualTo(new Kind.LowerBound(2));
          // A probability, and of a net that has learnt nothing a small one.
          assertThat(Arrays.stream(Ops.toDoubles(found.value()))).allMatch(v -> v < 0 && v > -1e6);
        }
      }
    }
  }

  @Test
  void limitsAreChecked() {
    assertThatThrownBy(() -> new VariationalBound(0, 1)).hasMessage("strata must be >= 1, got 0");
    assertThatThrownBy(() -> new VariationalBound(1, 0)).hasMessage("repeats must be >= 1, got 0");
    assertThatThrownBy(() -> values(new VariationalBound(5, 1), 0, chain(5, 0)))
        .hasMessage("strata must be <= 4, the levels of the sum, got 5");
  }
}
