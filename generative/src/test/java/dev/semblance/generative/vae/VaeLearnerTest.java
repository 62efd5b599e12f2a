package dev.semblance.generative.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.StepReport;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Family.Course;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import dev.semblance.generative.autoencoder.Activation;
import dev.semblance.generative.autoencoder.Body;
import dev.semblance.generative.autoencoder.Gradients;
import dev.semblance.generative.autoencoder.Records;
import dev.semblance.generative.autoencoder.Resumption;
import dev.semblance.generative.autoencoder.Toys;
import dev.semblance.generative.vae.VaeFamily.EncoderGradient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class VaeLearnerTest {
  private static final ImageShape SHAPE = new ImageShape(1, 4, 4);

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
        VaeLearner learner = family.learner(vae, preprocessing, Toys.course(5e-3, steps, 0))) {
      for (int step = 0; step < steps; step++) {
        try (Scope scope = Scope.open()) {
          learner.step(Toys.halves(step, 64));
        }
      }
      try (Scope scope = Scope.open()) {
        Batch held = Toys.halves(10_000, 2000);
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

  /** Without binarisation where the pixels are Gaussian. */
  static VaeFamily plain(PixelModel decoder) {
    VaeFamily small = small(2);
    return decoder == PixelModel.BERNOULLI
        ? small
        : Records.with(Records.with(small, "binarisation", Binarisation.NONE), "decoder", decoder);
  }

  private static VaeLearner learner(VaeFamily family, Vae vae, Course course) {
    return family.learner(vae, family.preprocessing(SHAPE), course);
  }

  @Test
  void gradientsAreThoseOfTheLoss() {
    VaeFamily tiny =
        Records.with(
            Records.with(Records.with(small(2), "width", 3), "activation", Activation.TANH),
            "beta",
            0.7);
    VaeFamily learned =
        Records.with(
            Records.with(tiny, "binarisation", Binarisation.NONE),
            "decoder",
            PixelModel.LEARNED_GAUSSIAN);
    List<VaeFamily> families =
        List.of(
            tiny,
            Records.with(tiny, "samples", 4),
            Records.with(tiny, "conditional", true),
            Records.with(learned, "decoder", PixelModel.CONTINUOUS_BERNOULLI),
            Records.with(
                Records.with(learned, "decoder", PixelModel.CONTINUOUS_BERNOULLI), "samples", 3),
            Records.with(learned, "deviation", 0.8),
            Records.with(Records.with(learned, "samples", 3), "deviation", 0.8));
    for (VaeFamily family : families) {
      Gradients.check(
          () -> family.build(SHAPE, 2, 4), vae -> learner(family, vae, Toys.gradient()));
    }
  }

  /** The two estimates of a gradient agree in the mean, and for the decoder in every draw. */
  @Test
  void doublyReparameterisedGradientsHaveTheSameMean() {
    VaeFamily plain =
        Records.with(
            Records.with(Records.with(small(1), "width", 2), "activation", Activation.TANH),
            "samples",
            5);
    VaeFamily doubly = Records.with(plain, "gradient", EncoderGradient.DOUBLY_REPARAMETERISED);
    Map<String, float[]> start;
    try (Vae vae = plain.build(SHAPE, 2, 4)) {
      start = Toys.copy(vae.weights().all());
    }
    Map<String, float[]> one = afterOneStep(plain);
    Map<String, float[]> other = afterOneStep(doubly);
    double apart = 0;
    double length = 0;
    boolean same = true;
    for (String name : start.keySet()) {
      float[] from = Objects.requireNonNull(start.get(name));
      float[] a = Objects.requireNonNull(one.get(name));
      float[] b = Objects.requireNonNull(other.get(name));
      for (int i = 0; i < from.length; i++) {
        if (name.startsWith("decoder")) {
          assertThat(b[i]).as(name).isCloseTo(a[i], offset(1e-5f));
        } else {
          apart += (a[i] - b[i]) * (a[i] - b[i]);
          length += (a[i] - from[i]) * (a[i] - from[i]);
          same &= a[i] == b[i];
        }
      }
    }
    assertThat(same).isFalse();
    assertThat(Math.sqrt(apart / length)).isLessThan(0.1);
  }

  private static Map<String, float[]> afterOneStep(VaeFamily family) {
    try (Scope scope = Scope.open();
        Vae vae = family.build(SHAPE, 2, 4);
        VaeLearner learner = learner(family, vae, Toys.gradient())) {
      learner.step(Toys.halves(0, 20_000));
      return Toys.copy(vae.weights().all());
    }
  }

  @Test
  void everyComponentMatters() {
    VaeFamily plain = Records.with(small(2), "width", 8);
    VaeFamily conditional = Records.with(plain, "conditional", true);
    Map<String, Object> changes =
        Map.ofEntries(
            Map.entry("body", Body.CONVOLUTIONAL),
            Map.entry("width", 9),
            Map.entry("depth", 2),
            Map.entry("activation", Activation.TANH),
            Map.entry("latent", 3),
            Map.entry("decoder", PixelModel.OPTIMAL_GAUSSIAN),
            Map.entry("deviation", 0.3),
            Map.entry("binarisation", Binarisation.STATIC),
            Map.entry("noisy", true),
            Map.entry("conditional", true),
            Map.entry("labelDropout", 0.9),
            Map.entry("samples", 2),
            Map.entry("gradient", EncoderGradient.DOUBLY_REPARAMETERISED),
            Map.entry("beta", 2.0),
            Map.entry("betaWarmup", 0.9),
            Map.entry("freeBits", 0.5));
    for (String component : Records.components(VaeFamily.class)) {
      VaeFamily base =
          switch (component) {
            case "decoder" -> plain(PixelModel.FIXED_GAUSSIAN);
            case "deviation" -> plain(PixelModel.LEARNED_GAUSSIAN);
            case "labelDropout" -> conditional;
            case "gradient" -> Records.with(plain, "samples", 2);
            default -> plain;
          };
      Object value = changes.get(component);
      assertThat(value).as(component).isNotNull();
      assertThat(result(Records.with(base, component, value)))
          .as(component)
          .isNotEqualTo(result(base));
    }
    for (Binarisation rule : List.of(Binarisation.NONE, Binarisation.THRESHOLD)) {
      assertThat(result(Records.with(plain, "binarisation", rule))).isNotEqualTo(result(plain));
    }
  }

  private static List<Float> result(VaeFamily family) {
    try (Scope scope = Scope.open();
        Vae vae = family.build(SHAPE, 2, 0);
        VaeLearner learner = learner(family, vae, Toys.course(0.01, 10, 0))) {
      Toys.run(learner, 0, 3);
      List<Float> values = new ArrayList<>();
      for (float v : Ops.toFloats(vae.sample(Noise.of(1, 0, 3), Condition.none()))) {
        values.add(v);
      }
      return values;
    }
  }

  @Test
  void resumesToTheSameBits() {
    for (VaeFamily family :
        List.of(
            Records.with(Records.with(small(2), "conditional", true), "betaWarmup", 0.5),
            Records.with(plain(PixelModel.OPTIMAL_GAUSSIAN), "samples", 3))) {
      Resumption.check(
          () -> family.build(SHAPE, 2, 0), vae -> learner(family, vae, Toys.course(0.01, 8, 0.9)));
    }
  }

  @Test
  void theFactorOfTheDivergenceRises() {
    VaeFamily family = Records.with(Records.with(small(2), "betaWarmup", 0.5), "beta", 4.0);
    try (Vae vae = family.build(SHAPE, 2, 0);
        VaeLearner learner = learner(family, vae, Toys.course(0.01, 8, 0))) {
      assertThat(learner.beta(0)).isZero();
      assertThat(learner.beta(1)).isEqualTo(1);
      assertThat(learner.beta(4)).isEqualTo(4);
      assertThat(learner.beta(7)).isEqualTo(4);
    }
  }

  @Test
  void freeBitsAreTheLeastThatIsCharged() {
    VaeFamily family = Records.with(small(3), "freeBits", 2.0);
    try (Scope scope = Scope.open();
        Vae vae = family.build(SHAPE, 2, 0);
        VaeLearner learner = learner(family, vae, Toys.gradient())) {
      StepReport report = learner.step(Toys.halves(0, 8));
      double likelihood = report.terms().get(0).value();
      double divergence = report.terms().get(1).value();
      // No value of a code at the start costs 2 nats: three times 2 are charged.
      assertThat(divergence).isLessThan(2);
      assertThat(report.loss()).isCloseTo(6 - likelihood, offset(1e-4));
    }
  }

  @Test
  void theBestDeviationIsTheRootOfTheError() {
    for (PixelModel decoder : List.of(PixelModel.LEARNED_GAUSSIAN, PixelModel.OPTIMAL_GAUSSIAN)) {
      VaeFamily family = Records.with(plain(decoder), "deviation", 0.5);
      int steps = 700;
      try (Vae vae = family.build(SHAPE, 2, 0);
          VaeLearner learner = learner(family, vae, Toys.course(0.05, steps, 0))) {
        for (int step = 0; step < steps; step++) {
          try (Scope scope = Scope.open()) {
            learner.step(noisyGrey(step, 32));
          }
        }
        try (Scope scope = Scope.open()) {
          // log p = -8 (log 2 pi s^2 + e / s^2) over 16 pixels, e the mean squared error.
          double logLikelihood = learner.validate(noisyGrey(9000, 2000)).get(1).value();
          double s = vae.deviation();
          double error = s * s * (-logLikelihood / 8 - Math.log(2 * Math.PI * s * s));
          assertThat(s).as(decoder.name()).isCloseTo(Math.sqrt(error), offset(0.03 * s));
          // Not where it began, and not below the noise that no code of two values holds.
          assertThat(s).isBetween(0.07, 0.085);
        }
      }
    }
  }

  /** Grey images with noise of deviation 0.08. */
  private static Batch noisyGrey(long step, int n) {
    try (Scope scope = Scope.open()) {
      Batch halves = Toys.halves(step, n);
      Tensor noise = new Noise(77, halves.rows()).gaussian(Rng.Purpose.SYNTHETIC, step, 1, 4, 4);
      Tensor images = noise.mul(Ops.scalar(0.08)).add(Ops.scalar(0.5));
      return new Batch(step, halves.rows(), scope.keep(images), scope.keep(halves.labels()));
    }
  }

  @Test
  void validationIsTheBoundAtFullPrice() {
    VaeFamily family = Records.with(small(2), "beta", 5.0);
    try (Scope scope = Scope.open();
        Vae vae = family.build(SHAPE, 2, 0);
        VaeLearner learner = learner(family, vae, Toys.course(0.01, 8, 0))) {
      Batch held = Toys.halves(3, 4000);
      List<StepReport.Term> terms = learner.validate(held);
      assertThat(terms.get(0).value())
          .isCloseTo(terms.get(1).value() - terms.get(2).value(), offset(1e-4));
      assertThat(learner.validate(held)).isEqualTo(terms);
      double bound =
          vae.importanceWeights(
                  family.preprocessing(SHAPE).apply(held.images()),
                  new Noise(3, held.rows()),
                  Condition.none(),
                  1)
              .evidence()
              .mean()
              .item_double();
      assertThat(terms.get(0).value()).isCloseTo(bound, offset(0.05));
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(
            () -> Records.with(small(2), "decoder", PixelModel.FIXED_GAUSSIAN).build(SHAPE, 2, 0))
        .hasMessage(
            "binarisation DYNAMIC needs the BERNOULLI decoder, got FIXED_GAUSSIAN; set"
                + " binarisation to NONE");
    assertThatThrownBy(() -> Records.with(Records.with(small(2), "samples", 2), "freeBits", 0.1))
        .hasMessage(
            "freeBits must be 0 with several samples, got 0.1; their bound has no separate"
                + " divergence");
    assertThatThrownBy(() -> Records.with(small(2), "beta", Double.NaN))
        .hasMessage("beta must be >= 0 and finite, got NaN");
  }
}
