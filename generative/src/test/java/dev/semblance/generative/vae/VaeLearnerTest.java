package dev.semblance.generative.vae;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Family.Course;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import dev.semblance.generative.autoencoder.Activation;
import dev.semblance.generative.autoencoder.Body;
import dev.semblance.generative.vae.VaeFamily.EncoderGradient;
import org.junit.jupiter.api.Test;

class VaeLearnerTest {
  private static final ImageShape SHAPE = new ImageShape(1, 4, 4);

  static Course course(int steps, double emaDecay) {
    return new Course(
        new Update.Config(
            Optimizer.Adam.of(5e-3), new Schedule.Cosine(0.02), Double.POSITIVE_INFINITY),
        emaDecay,
        Augmentation.none(),
        3,
        steps);
  }

  /** Images of one bright half, left or right, and its complement's noise: two modes. */
  static Batch halves(long step, int n) {
    byte[] pixels = new byte[n * 16];
    long[] rows = new long[n];
    long[] labels = new long[n];
    for (int i = 0; i < n; i++) {
      rows[i] = step * n + i;
      Rng rng = Rng.of(11, Rng.Purpose.SYNTHETIC, rows[i], 0);
      int side = rng.below(2);
      labels[i] = side;
      for (int p = 0; p < 16; p++) {
        boolean bright = (p % 4 < 2) == (side == 0);
        pixels[16 * i + p] = (byte) (bright ? 230 : 25);
      }
    }
    return new Batch(step, rows, Ops.bytes(pixels, n, 1, 4, 4), Ops.longs(labels));
  }

  static VaeFamily small(int latent) {
    return new VaeFamily(
        Body.MLP,
        64,
        1,
        Activation.RELU,
        latent,
        PixelModel.BERNOULLI,
        0.1,
        Binarisation.DYNAMIC,
        false,
        false,
        0.1,
        1,
        EncoderGradient.PLAIN,
        1,
        0,
        0);
  }

  /** Each pixel is 230 or 25 of 255 by a fair coin's side: their entropy and that coin's. */
  private static double truth() {
    double p = 230.0 / 255;
    double q = 25.0 / 255;
    return 8 * (entropy(p) + entropy(q)) + Math.log(2);
  }

  private static double entropy(double p) {
    return -p * Math.log(p) - (1 - p) * Math.log(1 - p);
  }

  @Test
  void trainingReachesTheEntropyOfTheData() {
    VaeFamily family = small(2);
    Preprocessing preprocessing = family.preprocessing(SHAPE);
    int steps = 1000;
    try (Vae vae = family.build(SHAPE, 2, 1);
        VaeLearner learner = family.learner(vae, preprocessing, course(steps, 0))) {
      for (int step = 0; step < steps; step++) {
        try (Scope scope = Scope.open()) {
          learner.step(halves(step, 64));
        }
      }
      try (Scope scope = Scope.open()) {
        Batch held = halves(10_000, 2000);
        LogDensity density =
            vae.density(50)
                .logDensity(
                    preprocessing.apply(held.images()),
                    new Noise(5, held.rows()),
                    Condition.none());
        double nll = -density.value().mean().item_double();
        // No model is better than the truth, beyond the error of a mean of 2,000 images.
        double error = density.value().std(true).item_double() / Math.sqrt(2000);
        assertThat(nll).isBetween(truth() - 3 * error, truth() + 0.3);
      }
    }
  }
}
