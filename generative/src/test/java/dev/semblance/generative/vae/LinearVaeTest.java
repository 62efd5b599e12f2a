package dev.semblance.generative.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Kind;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import dev.semblance.generative.autoencoder.Activation;
import dev.semblance.generative.autoencoder.Trunk;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/**
 * {@code x = w z + s e} with w = 1.2, s = 0.5: the density of x is known, N(0, w^2 + s^2), and so
 * are the bounds of any Gaussian q.
 */
class LinearVaeTest {
  private static final double W = 1.2;
  private static final double S = 0.5;
  private static final double X = 1;
  private static final double TRUTH = -1.47716;

  private static Vae vae(double mean, double variance) {
    Vae vae =
        new Vae.Config(
                Trunk.mlp(new ImageShape(1, 1, 1), 1, 0, Activation.RELU),
                0,
                1,
                PixelModel.FIXED_GAUSSIAN,
                S,
                Binarisation.NONE,
                true)
            .build(0);
    try (Scope scope = Scope.open()) {
      vae.weights()
          .load(
              Map.of(
                  "encoder.head.weight", Ops.floats(new float[2], 2, 1),
                  "encoder.head.bias",
                      Ops.floats(new float[] {(float) mean, (float) Math.log(variance)}, 2),
                  "decoder.head.weight", Ops.floats(new float[] {(float) W}, 1, 1),
                  "decoder.head.bias", Ops.floats(new float[1], 1)));
    }
    return vae;
  }

  private static ImportanceWeights weights(Vae vae, int n, int samples) {
    Tensor x = torch.full(new long[] {n, 1, 1, 1}, Ops.scalar(X));
    return vae.importanceWeights(x, Noise.of(3, 0, n), Condition.none(), samples);
  }

  @Test
  void truthIsTheNormalDensity() {
    double variance = W * W + S * S;
    assertThat(-0.5 * (Math.log(2 * Math.PI * variance) + X * X / variance))
        .isCloseTo(TRUTH, offset(1e-5));
  }

  @Test
  void boundsRiseWithTheirSamples() {
    try (Scope scope = Scope.open();
        Vae vae = vae(0.3, 0.81)) {
      double[] expected = {-3.43315, -1.61, -1.484};
      int[] samples = {1, 5, 50};
      double before = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < samples.length; i++) {
        int n = i == 0 ? 100_000 : 20_000;
        Tensor bound = weights(vae, n, samples[i]).bound();
        double error = bound.std(true).item_double() / Math.sqrt(n);
        double mean = bound.mean().item_double();
        // The second and third are known to as many places as they are written with.
        assertThat(mean).isCloseTo(expected[i], offset(4 * error + (i == 0 ? 0 : 0.005)));
        assertThat(mean).isGreaterThan(before + 4 * error);
        assertThat(mean).isLessThan(TRUTH);
        before = mean;
      }
    }
  }

  @Test
  void oneSampleIsTheEvidenceBound() {
    try (Scope scope = Scope.open();
        Vae vae = vae(0.3, 0.81)) {
      ImportanceWeights one = weights(vae, 50, 1);
      assertThat(one.bound().sub(one.evidence()).abs().max().item_double()).isZero();
      assertThat(Ops.toDoubles(one.standardError())).containsOnly(Double.NaN);
      assertThat(Ops.toDoubles(one.effectiveSamples())).containsOnly(1);
    }
  }

  @Test
  void theTruePosteriorLeavesNoGap() {
    double variance = 1 / (1 + W * W / (S * S));
    try (Scope scope = Scope.open();
        Vae vae = vae(variance * W * X / (S * S), variance)) {
      ImportanceWeights weights = weights(vae, 20, 7);
      for (double bound : Ops.toDoubles(weights.logs())) {
        assertThat(bound).isCloseTo(TRUTH, offset(1e-5));
      }
      for (double effective : Ops.toDoubles(weights.effectiveSamples())) {
        assertThat(effective).isCloseTo(7, offset(1e-3));
      }
    }
  }

  @Test
  void theErrorIsThatOfTheEstimate() {
    try (Scope scope = Scope.open();
        Vae vae = vae(0.5, 0.4)) {
      int n = 4000;
      LogDensity density =
          vae.density(200)
              .logDensity(
                  torch.full(new long[] {n, 1, 1, 1}, Ops.scalar(X)),
                  Noise.of(3, 0, n),
                  Condition.none());
      assertThat(density.kind()).isEqualTo(new Kind.LowerBound(200));
      assertThat(density.of()).isEqualTo(LogDensity.Support.POINTS);
      double spread = density.value().std(true).item_double();
      // The delta method is right where the error is small.
      assertThat(spread).isLessThan(0.1);
      assertThat(density.standardError().mean().item_double())
          .isCloseTo(spread, offset(0.1 * spread));
      assertThat(density.value().mean().item_double()).isCloseTo(TRUTH, offset(0.01));
    }
  }

  @Test
  void noisySamplesHaveTheDensitysMoments() {
    try (Scope scope = Scope.open();
        Vae vae = vae(0, 1)) {
      int n = 40_000;
      Tensor drawn = vae.sample(Noise.of(9, 0, n), Condition.none());
      double variance = W * W + S * S;
      assertThat(drawn.mean().item_double()).isCloseTo(0, offset(4 * Math.sqrt(variance / n)));
      assertThat(drawn.square().mean().item_double())
          .isCloseTo(variance, offset(4 * variance * Math.sqrt(2.0 / n)));
    }
  }
}
