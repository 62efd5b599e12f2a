package dev.semblance.generative.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Architectures;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.tensor.NativeRuntime;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Kind;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Sampler;
import dev.semblance.generative.diffusion.Diffusion.Backbone;
import dev.semblance.generative.diffusion.SamplingPlan.Grid;
import dev.semblance.generative.diffusion.SamplingPlan.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class DiffusionTest {
  private static Diffusion.Config images(Parameterisation parameterisation, int classes) {
    return new Diffusion.Config(
        1,
        6,
        5,
        Backbone.UNET,
        List.of(8, 12),
        1,
        1,
        true,
        0.1,
        classes,
        parameterisation,
        NoiseSchedule.Rule.LINEAR,
        1000,
        0.5,
        1 / 127.5);
  }

  private static Diffusion.Config points(Parameterisation parameterisation) {
    return new Diffusion.Config(
        1,
        1,
        2,
        Backbone.MLP,
        List.of(16, 16),
        1,
        1,
        false,
        0,
        0,
        parameterisation,
        NoiseSchedule.Rule.LINEAR,
        1000,
        0.5,
        0);
  }

  /** Weights that begin at zero get values, so that everything counts. */
  private static Diffusion filled(Diffusion.Config config) {
    Diffusion model = config.build(1);
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      model
          .weights()
          .parameters()
          .forEach(
              (name, weight) -> {
                Rng rng = Rng.of(name.hashCode(), Rng.Purpose.OTHER);
                float[] values = new float[(int) weight.numel()];
                for (int i = 0; i < values.length; i++) {
                  values[i] = (float) (0.1 * rng.gaussian());
                }
                weight.add_(Ops.floats(values, weight.shape()));
              });
    }
    return model;
  }

  private static Tensor random(long... shape) {
    int each = (int) (Arrays.stream(shape).reduce(1, (a, b) -> a * b) / shape[0]);
    return Noise.of(3, 0, (int) shape[0]).gaussian(Rng.Purpose.OTHER, 0, each).view(shape);
  }

  @ParameterizedTest
  @EnumSource(Parameterisation.class)
  void theSameImageComesAloneInABatchAndFromEightThreads(Parameterisation parameterisation)
      throws Exception {
    try (Scope scope = Scope.open();
        Diffusion model = filled(images(parameterisation, 3))) {
      Sampler sampler = model.withPlan(SamplingPlan.of().withSteps(4).withGuidance(2));
      long[] labels = {0, 1, 2, -1, 1, 0, 2, 2};
      Condition condition = new Condition.Labels(labels);
      Noise noise = Noise.of(9, 0, 8);
      float[] together = Ops.toFloats(sampler.sample(noise, condition));
      float most = 1;
      for (float value : together) {
        most = Math.max(most, Math.abs(value));
      }
      ExecutorService pool = Executors.newFixedThreadPool(8);
      try {
        List<Future<float[]>> alone = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          int image = i;
          alone.add(
              pool.submit(
                  () -> {
                    try (Scope own = Scope.open()) {
                      return Ops.toFloats(
                          sampler.sample(
                              noise.part(image, image + 1), condition.part(image, image + 1)));
                    }
                  }));
        }
        for (int i = 0; i < 8; i++) {
          assertThat(alone.get(i).get())
              .containsExactly(
                  Arrays.copyOfRange(together, 30 * i, 30 * (i + 1)), within(1e-5f * most));
        }
      } finally {
        pool.shutdown();
      }
      long[] order = {5, 0, 7, 3, 1, 6, 2, 4};
      long[] permuted = Arrays.stream(order).map(i -> labels[(int) i]).toArray();
      float[] shuffled =
          Ops.toFloats(sampler.sample(new Noise(9, order), new Condition.Labels(permuted)));
      for (int i = 0; i < 8; i++) {
        int from = (int) order[i];
        assertThat(Arrays.copyOfRange(shuffled, 30 * i, 30 * (i + 1)))
            .containsExactly(
                Arrays.copyOfRange(together, 30 * from, 30 * (from + 1)), within(1e-5f * most));
      }
    }
  }

  @Test
  void samplingManyIsSamplingInParts() {
    try (Scope scope = Scope.open();
        Diffusion model = filled(points(Parameterisation.EDM))) {
      float[] many = Ops.toFloats(model.sample(Noise.of(2, 0, 300), Condition.none()));
      float[] some = Ops.toFloats(model.sample(Noise.of(2, 250, 10), Condition.none()));
      assertThat(Arrays.copyOfRange(many, 500, 520)).containsExactly(some, within(1e-4f));
    }
  }

  @Test
  void samplingChangesNothingAndRecordsNothing() {
    try (Scope scope = Scope.open();
        Diffusion model = filled(images(Parameterisation.EPSILON, 0))) {
      float[] before = Ops.toFloats(model.weights().parameters().get("first.weight"));
      Tensor first = model.sample(Noise.of(9, 0, 2), Condition.none());
      assertThat(first.requires_grad()).isFalse();
      assertThat(Ops.toFloats(model.sample(Noise.of(9, 0, 2), Condition.none())))
          .isEqualTo(Ops.toFloats(first));
      assertThat(Ops.toFloats(model.weights().parameters().get("first.weight"))).isEqualTo(before);
    }
  }

  @Test
  void memoryDoesNotGrowWithTheSteps() {
    Diffusion.Config large =
        new Diffusion.Config(
            3,
            64,
            64,
            Backbone.MLP,
            List.of(8),
            1,
            1,
            false,
            0,
            0,
            Parameterisation.EDM,
            NoiseSchedule.Rule.LINEAR,
            1000,
            0.5,
            0);
    try (Scope scope = Scope.open();
        Diffusion model = large.build(1)) {
      for (Method method : List.of(Method.HEUN, Method.DPMPP_2M, Method.DDIM)) {
        Sampler few = model.withPlan(SamplingPlan.of().withMethod(method).withSteps(10));
        Sampler many = model.withPlan(SamplingPlan.of().withMethod(method).withSteps(110));
        // Warm: what a call takes apart from its steps is there.
        kept(few);
        kept(few);
        long before = NativeRuntime.residentBytes();
        kept(many);
        // 128 images are 6 MiB; kept, 100 steps of one such tensor would be 600.
        assertThat(NativeRuntime.residentBytes() - before).isLessThan(150L << 20);
      }
    }
  }

  private static void kept(Sampler sampler) {
    try (Scope scope = Scope.open()) {
      sampler.sample(Noise.of(1, 0, 128), Condition.none());
    }
  }

  @Test
  void conditionsAreHeededAndOthersAreRefused() {
    try (Scope scope = Scope.open();
        Diffusion with = filled(images(Parameterisation.V, 3));
        Diffusion without = filled(images(Parameterisation.V, 0))) {
      Noise noise = Noise.of(1, 0, 2);
      assertThat(with.classes()).isEqualTo(3);
      float[] none = Ops.toFloats(with.sample(noise, Condition.none()));
      assertThat(Ops.toFloats(with.sample(noise, Condition.label(-1, 2)))).isEqualTo(none);
      assertThat(Ops.toFloats(with.sample(noise, Condition.label(1, 2)))).isNotEqualTo(none);
      assertThat(
              Ops.toFloats(
                  with.withPlan(SamplingPlan.of().withGuidance(0))
                      .sample(noise, Condition.label(1, 2))))
          .isEqualTo(none);
      assertThatThrownBy(() -> with.sample(noise, Condition.label(3, 2)))
          .hasMessage("class must be 0..2, got 3");
      assertThatThrownBy(() -> with.sample(noise, Condition.label(1, 3)))
          .hasMessage("labels must be those of 2 images, got 3");
      assertThatThrownBy(() -> without.sample(noise, Condition.label(1, 2)))
          .hasMessageContaining("trained without classes");
      assertThatThrownBy(() -> with.sample(noise, new Condition.Values(random(2, 3))))
          .hasMessage("a diffusion model takes a class as its condition or none, got a vector");
      assertThatThrownBy(() -> with.sample(noise, new Condition.Image(random(2, 1, 6, 5))))
          .hasMessageContaining("got an image");
    }
  }

  @Test
  void everyPartOfAPlanCounts() {
    SamplingPlan usual = new SamplingPlan(Method.DDIM, 6, Grid.KARRAS, 0.5, 2, false);
    List<SamplingPlan> plans = new ArrayList<>();
    for (Method method : Method.values()) {
      plans.add(usual.withMethod(method));
    }
    for (Grid grid : Grid.values()) {
      if (grid != usual.grid()) {
        plans.add(usual.withGrid(grid));
      }
    }
    plans.add(usual.withSteps(7));
    plans.add(new SamplingPlan(Method.DDIM, 6, Grid.KARRAS, 0.2, 2, false));
    plans.add(usual.withGuidance(3));
    plans.add(new SamplingPlan(Method.DDIM, 6, Grid.KARRAS, 0.5, 2, true));
    try (Scope scope = Scope.open();
        Diffusion model = filled(images(Parameterisation.EPSILON, 3))) {
      List<Float> results = new ArrayList<>();
      for (SamplingPlan plan : plans) {
        results.add(
            Ops.toFloats(model.withPlan(plan).sample(Noise.of(1, 0, 1), Condition.label(1, 1)))[3]);
      }
      assertThat(results).doesNotHaveDuplicates().hasSize(6 + 6 + 4);
    }
    assertThatThrownBy(() -> usual.withSteps(0)).hasMessage("steps must be >= 1, got 0");
    assertThatThrownBy(() -> usual.withGuidance(Double.NaN)).hasMessageContaining("guidance");
    assertThatThrownBy(() -> new SamplingPlan(Method.DDIM, 6, Grid.KARRAS, -1, 2, false))
        .hasMessageContaining("eta");
  }

  @Test
  void anUntrainedPreconditionedNetIsTheDenoiserOfANormalDistribution() {
    // The last layer is zero: D = skip x, that of N(0, sigmaData^2), whose density is known.
    try (Scope scope = Scope.open();
        Diffusion model = points(Parameterisation.EDM).build(1)) {
      Tensor x = random(6, 1, 1, 2).mul(Ops.scalar(0.5));
      LogDensity density = model.logDensity(x, Noise.of(1, 0, 6), Condition.none());
      float[] at = Ops.toFloats(x);
      for (int i = 0; i < 6; i++) {
        double square = at[2 * i] * at[2 * i] + at[2 * i + 1] * at[2 * i + 1];
        double expected = -0.5 * square / 0.25 - Math.log(2 * Math.PI * 0.25);
        assertThat(Ops.toDoubles(density.value())[i]).isCloseTo(expected, within(0.02));
      }
      assertThat(density.of()).isEqualTo(LogDensity.Support.POINTS);
      assertThat(density.kind())
          .isEqualTo(new Kind.Estimate("heun ode", Diffusion.DENSITY_STEPS, 0));
      // Samples of it have its deviation.
      Tensor samples = model.sample(Noise.of(1, 0, 2000), Condition.none());
      assertThat(samples.square().mean().item_double()).isCloseTo(0.25, within(0.03));
    }
  }

  @Test
  void pixelsHaveAProbabilityAfterDequantisation() {
    try (Scope scope = Scope.open();
        Diffusion model = images(Parameterisation.EDM, 0).build(1)) {
      Tensor x = random(2, 1, 6, 5).mul(Ops.scalar(0.3));
      LogDensity density = model.logDensity(x, Noise.of(1, 0, 2), Condition.none());
      assertThat(density.of()).isEqualTo(LogDensity.Support.PIXELS);
      Tensor uniform = Noise.of(1, 0, 2).uniform(Rng.Purpose.DEQUANTISE, 0, 1, 6, 5);
      float[] at = Ops.toFloats(x.add(uniform.sub(Ops.scalar(0.5)).div(Ops.scalar(127.5))));
      for (int i = 0; i < 2; i++) {
        double expected = -30 * Math.log(127.5);
        for (int j = 0; j < 30; j++) {
          expected -= 0.5 * at[30 * i + j] * at[30 * i + j] / 0.25;
          expected -= 0.5 * Math.log(2 * Math.PI * 0.25);
        }
        assertThat(Ops.toDoubles(density.value())[i]).isCloseTo(expected, within(0.1));
      }
      assertThatThrownBy(
              () -> model.logDensity(random(2, 1, 5, 6), Noise.of(1, 0, 2), Condition.none()))
          .hasMessage("images must be [2, 1, 6, 5], got [2, 1, 5, 6]");
    }
  }

  @Test
  void featuresAndDenoisedImagesHaveTheirShapes() {
    for (Diffusion.Config config :
        List.of(images(Parameterisation.EDM, 2), points(Parameterisation.VELOCITY))) {
      try (Scope scope = Scope.open();
          Diffusion model = filled(config)) {
        Tensor x = random(3, config.channels(), config.height(), config.width());
        assertThat(model.features(x, Mode.INFERENCE).shape())
            .containsExactly(3, model.featureWidth());
        assertThat(model.forward(x, Mode.INFERENCE).shape()).isEqualTo(x.shape());
        assertThat(Ops.toFloats(model.forward(x, Mode.TRAINING)))
            .isEqualTo(Ops.toFloats(model.forward(x, Mode.INFERENCE)));
        assertThat(Ops.toFloats(model.features(x, Mode.INFERENCE)))
            .isNotEqualTo(Ops.toFloats(model.features(x.neg(), Mode.INFERENCE)));
      }
    }
  }

  @Test
  void aFileRebuildsTheNet() {
    for (Diffusion.Config config :
        List.of(images(Parameterisation.V, 2), points(Parameterisation.X0))) {
      assertThat(Architectures.fromJson(Architectures.toJson(config))).isEqualTo(config);
    }
    assertThatThrownBy(
            () ->
                new Diffusion.Config(
                    1,
                    1,
                    2,
                    Backbone.MLP,
                    List.of(8),
                    2,
                    1,
                    false,
                    0,
                    0,
                    Parameterisation.EDM,
                    NoiseSchedule.Rule.LINEAR,
                    1000,
                    0.5,
                    0))
        .hasMessageContaining("backbone MLP takes patch 1");
  }

  @Test
  void theFamiliesFitImagesAndPoints() {
    ImageShape point = new ImageShape(1, 1, 2);
    assertThat(DiffusionFamily.edm().config(point, 1).backbone()).isEqualTo(Backbone.MLP);
    assertThat(DiffusionFamily.edm().preprocessing(point).deviation()).containsExactly(1);
    ImageShape digits = new ImageShape(1, 28, 28);
    assertThat(DiffusionFamily.ddpm().config(digits, 10).widths()).containsExactly(32, 64);
    assertThat(DiffusionFamily.ddpm().config(digits, 10).classes()).isZero();
    assertThat(DiffusionFamily.flowMatching().preprocessing(digits).mean()).containsExactly(127.5);
  }
}
