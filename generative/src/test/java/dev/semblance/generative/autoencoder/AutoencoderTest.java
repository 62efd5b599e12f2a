package dev.semblance.generative.autoencoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Noise;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AutoencoderTest {
  private static final ImageShape SHAPE = new ImageShape(1, 4, 4);

  private static Tensor uniform(int n, ImageShape shape) {
    return Noise.of(1, 0, n)
        .uniform(Rng.Purpose.PROBE, 0, shape.channels(), shape.height(), shape.width());
  }

  @Test
  void givesBackTheShapeOfItsImages() {
    for (ImageShape shape :
        List.of(new ImageShape(1, 28, 28), new ImageShape(3, 13, 22), new ImageShape(1, 7, 5))) {
      for (Body body : Body.values()) {
        for (int depth = 0; depth <= 2; depth++) {
          Autoencoder.Config config =
              new Autoencoder.Config(
                  Trunk.of(shape, body, 6, depth, Activation.RELU),
                  3,
                  Code.LINEAR,
                  0,
                  PixelLoss.BERNOULLI);
          try (Scope scope = Scope.open();
              Autoencoder model = config.build(0)) {
            Tensor images = uniform(2, shape);
            Tensor code = model.features(images, Mode.INFERENCE);
            assertThat(code.shape()).containsExactly(2, 3);
            Tensor back = model.forward(images, Mode.INFERENCE);
            assertThat(back.shape()).isEqualTo(images.shape());
            // What is put into each pixel comes from the code: no border stays behind.
            assertThat(back.std(false).item_double()).isPositive();
            assertThat(back.sub(model.decode(code)).abs().max().item_double()).isZero();
          }
        }
      }
    }
  }

  @Test
  void halvingTooOftenIsRefused() {
    assertThatThrownBy(() -> Trunk.convolutional(SHAPE, 8, 3, Activation.RELU))
        .hasMessage(
            "convolutional layers halve the image 3 times, which 4x4 pixels do not allow; set"
                + " fewer layers or body=mlp");
  }

  @Test
  void keepsTheLargestValuesOfACode() {
    Autoencoder.Config config =
        new Autoencoder.Config(
            Trunk.mlp(SHAPE, 8, 1, Activation.RELU), 10, Code.LINEAR, 3, PixelLoss.SQUARED);
    Autoencoder.Config all =
        new Autoencoder.Config(config.trunk(), 10, Code.LINEAR, 0, PixelLoss.SQUARED);
    try (Scope scope = Scope.open();
        Autoencoder sparse = config.build(1);
        Autoencoder dense = all.build(1)) {
      Tensor images = uniform(5, SHAPE);
      float[] kept = Ops.toFloats(sparse.encode(images));
      float[] whole = Ops.toFloats(dense.encode(images));
      for (int i = 0; i < 5; i++) {
        float[] sorted = java.util.Arrays.copyOfRange(whole, 10 * i, 10 * i + 10);
        java.util.Arrays.sort(sorted);
        for (int j = 10 * i; j < 10 * i + 10; j++) {
          assertThat(kept[j]).isEqualTo(whole[j] >= sorted[7] ? whole[j] : 0);
        }
      }
    }
  }

  @Test
  void codeL1KeepsTheColumnsAtUnitLength() {
    AutoencoderFamily family = with("codeL1", 0.1);
    try (Autoencoder model = family.build(SHAPE, 1, 0);
        AutoencoderLearner learner =
            family.learner(model, family.preprocessing(SHAPE), Toys.course(0.01, 10, 0))) {
      Toys.run(learner, 0, 3);
      try (Scope scope = Scope.open()) {
        float[] lengths = Ops.toFloats(model.dictionary().square().sum(new long[] {0}));
        for (float length : lengths) {
          assertThat(length).isCloseTo(1f, offset(1e-5f));
        }
      }
    }
  }

  /** Small, with one component set. */
  static AutoencoderFamily with(String component, Object value) {
    AutoencoderFamily f =
        new AutoencoderFamily(
            Body.MLP,
            8,
            1,
            Activation.RELU,
            4,
            Code.LINEAR,
            0,
            PixelLoss.SQUARED,
            Corruption.Kind.NONE,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0.05);
    return Records.with(f, component, value);
  }

  @Test
  void everyComponentMatters() {
    AutoencoderFamily plain = with("width", 8);
    AutoencoderFamily noisy =
        Records.with(Records.with(plain, "noise", 0.3), "corruption", Corruption.Kind.MASKING);
    AutoencoderFamily sparse =
        Records.with(Records.with(plain, "code", Code.SIGMOID), "sparsity", 1.0);
    Map<String, Object> changes =
        Map.ofEntries(
            Map.entry("body", Body.CONVOLUTIONAL),
            Map.entry("width", 9),
            Map.entry("depth", 2),
            Map.entry("activation", Activation.TANH),
            Map.entry("latent", 5),
            Map.entry("code", Code.SIGMOID),
            Map.entry("active", 2),
            Map.entry("loss", PixelLoss.BERNOULLI),
            Map.entry("corruption", Corruption.Kind.SALT_AND_PEPPER),
            Map.entry("noise", 0.4),
            Map.entry("weightL1", 0.1),
            Map.entry("weightL2", 0.1),
            Map.entry("biasL1", 0.1),
            Map.entry("biasL2", 0.1),
            Map.entry("codeL1", 0.1),
            Map.entry("codeL2", 0.1),
            Map.entry("sparsity", 2.0),
            Map.entry("target", 0.1));
    for (String component : Records.components(AutoencoderFamily.class)) {
      AutoencoderFamily base =
          switch (component) {
            case "corruption", "noise" -> noisy;
            case "sparsity", "target" -> sparse;
            default -> plain;
          };
      Object value = changes.get(component);
      assertThat(value).as(component).isNotNull();
      assertThat(result(Records.with(base, component, value)))
          .as(component)
          .isNotEqualTo(result(base));
    }
  }

  private static List<Float> result(AutoencoderFamily family) {
    try (Autoencoder model = family.build(SHAPE, 1, 0);
        AutoencoderLearner learner =
            family.learner(model, family.preprocessing(SHAPE), Toys.course(0.01, 10, 0))) {
      Toys.run(learner, 0, 3);
      try (Scope scope = Scope.open()) {
        Batch batch = Toys.halves(50, 4);
        Tensor images = family.preprocessing(SHAPE).apply(batch.images());
        return floats(model.decode(model.encode(images)));
      }
    }
  }

  static List<Float> floats(Tensor tensor) {
    List<Float> list = new java.util.ArrayList<>();
    for (float v : Ops.toFloats(tensor)) {
      list.add(v);
    }
    return list;
  }

  @Test
  void gradientsAreThoseOfTheLoss() {
    AutoencoderFamily family =
        new AutoencoderFamily(
            Body.MLP,
            3,
            1,
            Activation.TANH,
            2,
            Code.SIGMOID,
            0,
            PixelLoss.BERNOULLI,
            Corruption.Kind.MASKING,
            0.2,
            0.01,
            0.02,
            0.01,
            0.03,
            0,
            0.05,
            0.5,
            0.2);
    Gradients.check(
        () -> family.build(SHAPE, 1, 4),
        model -> family.learner(model, family.preprocessing(SHAPE), Toys.gradient()));
  }

  @Test
  void resumesToTheSameBits() {
    AutoencoderFamily family =
        Records.with(with("corruption", Corruption.Kind.MASKING), "noise", 0.3);
    Resumption.check(
        () -> family.build(SHAPE, 1, 0),
        model -> family.learner(model, family.preprocessing(SHAPE), Toys.course(0.01, 8, 0.9)));
  }

  @Test
  void samplesHaveTheMomentsOfTheCodes(@TempDir Path folder) throws IOException {
    // A linear decoder, so that the moments of the images follow from those of the codes.
    Autoencoder.Config config =
        new Autoencoder.Config(
            Trunk.mlp(new ImageShape(1, 1, 2), 1, 0, Activation.RELU),
            2,
            Code.LINEAR,
            0,
            PixelLoss.SQUARED);
    double[][] points = Toys.gaussian(500, 2, 0.5);
    try (Scope scope = Scope.open();
        Autoencoder model = config.build(0);
        SamplingAutoencoder fitted =
            SamplingAutoencoder.fit(model, model.encode(Toys.batch(0, points).images()))) {
      Tensor drawn = fitted.sample(Noise.of(1, 0, 20_000), Condition.none());
      Tensor wanted = model.decode(model.encode(Toys.batch(0, points).images()));
      for (int j = 0; j < 2; j++) {
        Tensor a = drawn.select(3, j);
        Tensor b = wanted.select(3, j);
        double deviation = b.std(true).item_double();
        assertThat(a.mean().item_double())
            .isCloseTo(b.mean().item_double(), offset(4 * deviation / Math.sqrt(20_000)));
        assertThat(a.std(true).item_double())
            .isCloseTo(deviation, offset(4 * deviation / Math.sqrt(40_000)));
      }
      Tensor alone = fitted.sample(Noise.of(1, 7, 1), Condition.none());
      assertThat(alone.sub(drawn.narrow(0, 7, 1)).abs().max().item_double()).isLessThan(1e-5);
      assertThatThrownBy(() -> fitted.sample(Noise.of(1, 0, 1), Condition.label(0, 1)))
          .hasMessage(
              "an autoencoder takes no condition, got labels; train a conditional VAE for that");

      Path file = folder.resolve("model.safetensors");
      ModelFile.save(file, fitted, Toys.plain(new ImageShape(1, 1, 2)), List.of(), Map.of());
      try (Model read = ModelFile.load(file)) {
        SamplingAutoencoder again = (SamplingAutoencoder) read.net();
        Tensor same = again.sample(Noise.of(1, 7, 1), Condition.none());
        assertThat(Ops.toFloats(same)).isEqualTo(Ops.toFloats(alone));
      }
    }
  }

  @Test
  void refusesImagesOfAnotherShape() {
    try (Scope scope = Scope.open();
        Autoencoder model = with("width", 8).build(SHAPE, 1, 0)) {
      assertThatThrownBy(() -> model.encode(uniform(2, new ImageShape(1, 4, 5))))
          .hasMessage("images must be [n, 1, 4, 4], got [2, 1, 4, 5]");
    }
    assertThatThrownBy(() -> with("sparsity", 1.0))
        .hasMessage("sparsity needs code SIGMOID, whose mean is a share, got LINEAR");
  }
}
