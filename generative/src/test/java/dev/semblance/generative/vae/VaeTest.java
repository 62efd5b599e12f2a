package dev.semblance.generative.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import dev.semblance.generative.autoencoder.Body;
import dev.semblance.generative.autoencoder.Records;
import dev.semblance.generative.autoencoder.Toys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaeTest {
  private static final ImageShape SHAPE = new ImageShape(1, 4, 4);

  @Test
  void imagesDependOnSeedAndNumberOnly() {
    for (boolean noisy : new boolean[] {false, true}) {
      for (PixelModel decoder : PixelModel.values()) {
        VaeFamily family = Records.with(VaeLearnerTest.plain(decoder), "noisy", noisy);
        try (Scope scope = Scope.open();
            Vae vae = family.build(SHAPE, 2, 1)) {
          Tensor nine = vae.sample(Noise.of(4, 0, 9), Condition.none());
          assertThat(nine.shape()).containsExactly(9, 1, 4, 4);
          Tensor seventh = vae.sample(Noise.of(4, 7, 1), Condition.none());
          assertThat(apart(nine.narrow(0, 7, 1), seventh)).isLessThan(1e-5);
          assertThat(apart(nine.narrow(0, 6, 1), seventh)).isGreaterThan(1e-5);
          Tensor otherSeed = vae.sample(Noise.of(5, 7, 1), Condition.none());
          assertThat(apart(otherSeed, seventh)).isGreaterThan(1e-5);
        }
      }
    }
  }

  @Test
  void densitiesDoNotDependOnTheBatch() {
    for (PixelModel decoder : PixelModel.values()) {
      VaeFamily family = VaeLearnerTest.plain(decoder);
      try (Scope scope = Scope.open();
          Vae vae = family.build(SHAPE, 2, 1)) {
        Tensor images = family.preprocessing(SHAPE).apply(Toys.halves(0, 40).images());
        for (int samples : new int[] {3, 200, 5000}) {
          LogDensity all =
              vae.density(samples).logDensity(images, Noise.of(1, 0, 40), Condition.none());
          LogDensity alone =
              vae.density(samples)
                  .logDensity(images.narrow(0, 31, 1), Noise.of(1, 31, 1), Condition.none());
          assertThat(apart(all.value().narrow(0, 31, 1), alone.value())).isLessThan(1e-3);
          assertThat(all.value().scalar_type().intern()).isEqualTo(torch.ScalarType.Double);
        }
      }
    }
  }

  @Test
  void moreSamplesBeginWithTheSame() {
    VaeFamily family = VaeLearnerTest.small(2);
    try (Scope scope = Scope.open();
        Vae vae = family.build(SHAPE, 2, 1)) {
      Tensor images = family.preprocessing(SHAPE).apply(Toys.halves(0, 3).images());
      Tensor few = vae.importanceWeights(images, Noise.of(1, 0, 3), Condition.none(), 5).logs();
      Tensor many = vae.importanceWeights(images, Noise.of(1, 0, 3), Condition.none(), 3000).logs();
      assertThat(apart(few, many.narrow(1, 0, 5))).isLessThan(1e-4);
    }
  }

  @Test
  void labelsGuideWhatIsDecoded() {
    VaeFamily family = Records.with(VaeLearnerTest.small(2), "conditional", true);
    for (Body body : Body.values()) {
      try (Scope scope = Scope.open();
          Vae vae = Records.with(family, "body", body).build(SHAPE, 3, 1)) {
        Noise noise = Noise.of(4, 0, 1);
        Tensor none = vae.sample(noise, Condition.none());
        Tensor one = vae.sample(noise, Condition.label(1, 1));
        assertThat(apart(one, vae.sample(noise, Condition.label(2, 1)))).isGreaterThan(1e-4);
        assertThat(apart(one, none)).isGreaterThan(1e-4);
        assertThat(apart(none, vae.sample(noise, Condition.label(Condition.NO_CLASS, 1)))).isZero();
        Tensor bits = torch.zeros(1, 1, 4, 4);
        assertThat(
                apart(
                    vae.logDensity(bits, noise, Condition.label(0, 1)).value(),
                    vae.logDensity(bits, noise, Condition.label(1, 1)).value()))
            .isGreaterThan(1e-4);
        assertThatThrownBy(() -> vae.sample(noise, Condition.label(3, 1)))
            .hasMessage("class must be 0..2, got 3");
        assertThatThrownBy(() -> vae.sample(noise, new Condition.Values(torch.zeros(1, 2))))
            .hasMessage("condition of this VAE must be labels or none, got values");
        assertThatThrownBy(() -> vae.sample(noise, Condition.label(0, 2)))
            .hasMessage("labels must be 1, got 2");
      }
    }
    try (Scope scope = Scope.open();
        Vae vae = VaeLearnerTest.small(2).build(SHAPE, 3, 1)) {
      assertThatThrownBy(() -> vae.sample(Noise.of(4, 0, 1), Condition.label(0, 1)))
          .hasMessage("this VAE takes no condition, got labels; train one with conditional=true");
    }
  }

  @Test
  void greyPixelsHaveNoBernoulliDensity() {
    VaeFamily family = Records.with(VaeLearnerTest.small(2), "binarisation", Binarisation.NONE);
    try (Scope scope = Scope.open();
        Vae vae = family.build(SHAPE, 2, 1)) {
      Noise noise = Noise.of(0, 0, 1);
      assertThatThrownBy(
              () ->
                  vae.logDensity(
                      torch.full(new long[] {1, 1, 4, 4}, Ops.scalar(0.5)),
                      noise,
                      Condition.none()))
          .hasMessage(
              "this VAE has Bernoulli pixels and no binarisation: on grey pixels its loss is no"
                  + " probability; train with binarisation static, dynamic or threshold, or with"
                  + " the CONTINUOUS_BERNOULLI or a Gaussian decoder");
      // Bits they may be all the same.
      LogDensity bits = vae.logDensity(torch.ones(1, 1, 4, 4), noise, Condition.none());
      assertThat(bits.of()).isEqualTo(LogDensity.Support.BITS);
      assertThatThrownBy(
              () ->
                  vae.logDensity(
                      torch.full(new long[] {1, 1, 4, 4}, Ops.scalar(255)),
                      noise,
                      Condition.none()))
          .hasMessage("pixels must be in 0..1, got 255.0..255.0; apply the model's preprocessing");
    }
  }

  /** Over all 2^4 images of a tiny model the probabilities sum to 1, but for the bound's bias. */
  @Test
  void probabilitiesOfAllImagesSumToOne() {
    ImageShape tiny = new ImageShape(1, 2, 2);
    VaeFamily family = Records.with(VaeLearnerTest.small(2), "binarisation", Binarisation.NONE);
    try (Scope scope = Scope.open();
        Vae vae = family.build(tiny, 2, 3)) {
      float[] bits = new float[64];
      for (int i = 0; i < 64; i++) {
        bits[i] = (i / 4 >> i % 4) & 1;
      }
      LogDensity density =
          vae.density(20_000)
              .logDensity(Ops.floats(bits, 16, 1, 2, 2), Noise.of(0, 0, 16), Condition.none());
      double sum = density.value().exp().sum().item_double();
      double error =
          density.value().exp().mul(density.standardError()).square().sum().sqrt().item_double();
      assertThat(sum).isCloseTo(1, org.assertj.core.data.Offset.offset(4 * error));
      assertThat(error).isLessThan(0.01);
    }
  }

  @Test
  void aFileRebuildsIt(@TempDir Path folder) throws IOException {
    VaeFamily family = VaeLearnerTest.plain(PixelModel.LEARNED_GAUSSIAN);
    try (Scope scope = Scope.open();
        Vae vae = Records.with(family, "body", Body.CONVOLUTIONAL).build(SHAPE, 2, 1)) {
      Path file = folder.resolve("model.safetensors");
      ModelFile.save(file, vae, family.preprocessing(SHAPE), List.of(), Map.of());
      try (Model read = ModelFile.load(file)) {
        assertThat(read.net().architecture()).isEqualTo(vae.architecture());
        Tensor images = Noise.of(1, 0, 3).uniform(Rng.Purpose.PROBE, 0, 1, 4, 4);
        assertThat(
                apart(
                    vae.forward(images, Mode.INFERENCE),
                    read.net().forward(images, Mode.INFERENCE)))
            .isZero();
      }
    }
  }

  @Test
  void codesOutliveTheStepThatMadeThem() {
    try (Scope scope = Scope.open();
        Vae vae = VaeLearnerTest.small(2).build(SHAPE, 2, 1)) {
      Tensor images = Noise.of(1, 0, 3).uniform(Rng.Purpose.PROBE, 0, 1, 4, 4);
      Tensor kept;
      try (Scope inner = Scope.open()) {
        kept = inner.keep(vae.encode(images));
      }
      assertThat(apart(kept, vae.encode(images))).isZero();
    }
  }

  @Test
  void activeUnitsAreThoseWhoseMeansVary() {
    try (Scope scope = Scope.open()) {
      // Variances 1/3, 0.0075 and 0.
      Tensor means = Ops.floats(new float[] {0, 0, 5, 1, 0.15f, 5, 0, 0, 5}, 3, 3);
      assertThat(Vae.activeUnits(means)).isEqualTo(1);
    }
  }

  private static double apart(Tensor a, Tensor b) {
    return a.sub(b).abs().max().item_double();
  }
}
