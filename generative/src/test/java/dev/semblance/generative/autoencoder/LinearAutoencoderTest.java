package dev.semblance.generative.autoencoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Objects;
import java.util.function.Supplier;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** What linear autoencoders converge to is known in closed form. */
class LinearAutoencoderTest {
  private static AutoencoderFamily linear(int latent, Corruption.Kind corruption, double noise) {
    AutoencoderFamily f = AutoencoderFamily.of();
    return new AutoencoderFamily(
        f.body(),
        1,
        0,
        f.activation(),
        latent,
        Code.LINEAR,
        0,
        PixelLoss.SQUARED,
        corruption,
        noise,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0.05);
  }

  /** Trains on all points at every step. */
  private static Autoencoder trained(
      double[][] points, AutoencoderFamily family, int steps, double rate) {
    ImageShape shape = new ImageShape(1, 1, points[0].length);
    Autoencoder model = family.build(shape, 1, 2);
    try (AutoencoderLearner learner =
        family.learner(model, Toys.plain(shape), Toys.course(rate, steps, 0))) {
      for (int step = 0; step < steps; step++) {
        try (Scope scope = Scope.open()) {
          learner.step(Toys.batch(step, points));
        }
      }
    }
    return model;
  }

  private static Tensor weight(Autoencoder model, String name) {
    return Objects.requireNonNull(model.weights().parameters().get(name)).to(ScalarType.Double);
  }

  private static double[] map(Autoencoder model) {
    return Ops.toDoubles(
        weight(model, "decoder.head.weight").matmul(weight(model, "encoder.head.weight")));
  }

  @Test
  void spansTheFirstPrincipalComponents() {
    double[][] points = Toys.gaussian(400, 2, 1.4, 0.6, 0.4, 0.2);
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard();
        Autoencoder model =
            enabled(() -> trained(points, linear(2, Corruption.Kind.NONE, 0), 1500, 0.05))) {
      Tensor principal = torch.linalg_eigh(Toys.moments(points)).get1().narrow(1, 3, 2);
      Tensor spanned = torch.linalg_qr(weight(model, "decoder.head.weight")).get0();
      // The largest principal angle: what of the one is outside the other.
      Tensor outside = spanned.sub(principal.matmul(principal.t().matmul(spanned)));
      double sine =
          Math.sqrt(torch.linalg_eigh(outside.t().matmul(outside)).get0().max().item_double());
      assertThat(Math.asin(sine)).isLessThan(1e-3);
    }
  }

  private static Autoencoder enabled(Supplier<Autoencoder> body) {
    try (AutoGradMode on = new AutoGradMode(true)) {
      return body.get();
    }
  }

  @Test
  void ofMaskedPointsIsTheBestLinearMap() {
    double[][] points = Toys.gaussian(800, 1.5, 1, 0.7);
    double p = 0.6;
    double q = 1 - p;
    try (Scope scope = Scope.open();
        Autoencoder model = trained(points, linear(3, Corruption.Kind.MASKING, p), 1000, 0.02)) {
      Tensor s = Toys.moments(points);
      Tensor diagonal = torch.diag(torch.diag(s));
      Tensor inner = s.mul(Ops.scalar(q * q)).add(diagonal.mul(Ops.scalar(p * q)));
      double[] best = Ops.toDoubles(s.mul(Ops.scalar(q)).matmul(torch.linalg_inv(inner)));
      close(map(model), best);
    }
  }

  @Test
  void ofNoisyPointsPointsAlongTheScore() {
    double[][] points = Toys.gaussian(800, 1.5, 1, 0.7);
    double sigma = 0.8;
    try (Scope scope = Scope.open();
        Autoencoder model =
            trained(points, linear(3, Corruption.Kind.GAUSSIAN, sigma), 1000, 0.02)) {
      Tensor c = Toys.moments(points);
      Tensor unit = torch.eye(3, c.options());
      Tensor noisy = torch.linalg_inv(c.add(unit.mul(Ops.scalar(sigma * sigma))));
      double[] best = Ops.toDoubles(c.matmul(noisy));
      double[] map = map(model);
      close(map, best);
      // (r(x) - x) / sigma^2 is the gradient of log N(x; 0, C + sigma^2 I).
      double[] score = Ops.toDoubles(noisy.neg());
      for (int i = 0; i < 9; i++) {
        double slope = (map[i] - (i % 4 == 0 ? 1 : 0)) / (sigma * sigma);
        assertThat(slope).isCloseTo(score[i], offset(0.03));
      }
    }
  }

  private static void close(double[] actual, double[] expected) {
    double apart = 0;
    double changed = 0;
    for (int i = 0; i < actual.length; i++) {
      apart = Math.max(apart, Math.abs(actual[i] - expected[i]));
      changed = Math.max(changed, Math.abs((i % 4 == 0 ? 1 : 0) - expected[i]));
    }
    assertThat(apart).isLessThan(0.02);
    // What is expected is far from giving everything back.
    assertThat(changed).isGreaterThan(0.15);
  }
}
