package dev.semblance.generative.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.synthetic.Densities;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.StepReport.Term;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Family.Course;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import dev.semblance.generative.autoencoder.Gradients;
import dev.semblance.generative.autoencoder.Records;
import dev.semblance.generative.autoencoder.Toys;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class DiffusionLearnerTest {
  private static final ImageShape IMAGE = new ImageShape(1, 4, 4);
  private static final ImageShape POINT = new ImageShape(1, 1, 2);

  static List<DiffusionFamily> families() {
    return List.of(DiffusionFamily.ddpm(), DiffusionFamily.edm(), DiffusionFamily.flowMatching());
  }

  private static Course course(double rate, double emaDecay, long steps) {
    return new Course(
        new Update.Config(
            Optimizer.Adam.of(rate), new Schedule.Cosine(0), Double.POSITIVE_INFINITY),
        emaDecay,
        Augmentation.none(),
        3,
        steps);
  }

  /** A small family; its names stand in the order of the record's components. */
  private static DiffusionFamily small(DiffusionFamily family) {
    return sized(family, 8, 2, 1);
  }

  private static DiffusionFamily sized(DiffusionFamily f, int width, int levels, int patch) {
    return new DiffusionFamily(
        f.parameterisation(),
        f.draw(),
        f.noiseMean(),
        f.noiseDeviation(),
        f.weighting(),
        f.gamma(),
        f.noiseSchedule(),
        f.chain(),
        f.sigmaData(),
        width,
        levels,
        patch,
        1,
        true,
        0.1,
        true,
        0.3);
  }

  private static Batch points(long step, int n) {
    Tensor points = Densities.EightGaussians.of().sample(n, step).view(n, 1, 1, 2);
    return new Batch(step, LongStream.range(0, n).toArray(), points, Ops.longs(new long[n]));
  }

  private static Batch images(long step, int n) {
    byte[] pixels = new byte[n * 16];
    long[] rows = new long[n];
    long[] labels = new long[n];
    for (int i = 0; i < n; i++) {
      rows[i] = step * n + i;
      Rng rng = Rng.of(11, Rng.Purpose.SYNTHETIC, rows[i], 0);
      labels[i] = rng.below(2);
      for (int p = 0; p < 16; p++) {
        pixels[16 * i + p] = (byte) ((p % 4 < 2) == (labels[i] == 0) ? 230 : 25);
      }
    }
    return new Batch(step, rows, Ops.bytes(pixels, n, 1, 4, 4), Ops.longs(labels));
  }

  @ParameterizedTest
  @MethodSource("families")
  void aResumedRunHasTheBitsOfAnUnbrokenOne(DiffusionFamily full) {
    DiffusionFamily family = small(full);
    try (Scope scope = Scope.open();
        Diffusion whole = family.build(IMAGE, 2, 1);
        Diffusion before = family.build(IMAGE, 2, 1);
        Diffusion after = family.build(IMAGE, 2, 99);
        DiffusionLearner one =
            family.learner(whole, family.preprocessing(IMAGE), course(1e-3, 0.9, 6));
        DiffusionLearner two =
            family.learner(before, family.preprocessing(IMAGE), course(1e-3, 0.9, 6));
        DiffusionLearner three =
            family.learner(after, family.preprocessing(IMAGE), course(1e-3, 0.9, 6))) {
      for (int step = 0; step < 6; step++) {
        one.step(images(step, 8));
      }
      for (int step = 0; step < 3; step++) {
        two.step(images(step, 8));
      }
      try (NoGradGuard guard = new NoGradGuard()) {
        Map<String, Tensor> saved = two.state();
        three.state().forEach((name, tensor) -> tensor.copy_(saved.get(name)));
      }
      for (int step = 3; step < 6; step++) {
        three.step(images(step, 8));
      }
      Map<String, Tensor> expected = one.state();
      three
          .state()
          .forEach(
              (name, tensor) ->
                  assertThat(Ops.toFloats(tensor))
                      .as(name)
                      .isEqualTo(Ops.toFloats(Objects.requireNonNull(expected.get(name)))));
    }
  }

  @Test
  void gradientsAreThoseOfTheLoss() {
    for (Parameterisation parameterisation : Parameterisation.values()) {
      DiffusionFamily like =
          switch (parameterisation) {
            case VELOCITY -> DiffusionFamily.flowMatching();
            case EDM -> DiffusionFamily.edm();
            default -> DiffusionFamily.ddpm();
          };
      DiffusionFamily family =
          Records.with(sized(like, 4, 2, 1), "parameterisation", parameterisation);
      for (ImageShape shape : List.of(IMAGE, POINT)) {
        Gradients.check(
            new Gradients.Subject<>(
                () -> family.build(shape, 3, 4),
                model -> family.learner(model, family.preprocessing(shape), Toys.gradient()),
                () -> shape == IMAGE ? images(0, 6) : points(0, 6),
                StepReport::loss,
                name -> true),
            5e-3f);
      }
    }
  }

  @Test
  void everySettingChangesTheTraining() {
    DiffusionFamily f =
        new DiffusionFamily(
            Parameterisation.EPSILON,
            NoiseDraw.LOG_NORMAL,
            -1.2,
            1.2,
            Weighting.MIN_SNR,
            5,
            NoiseSchedule.Rule.LINEAR,
            1000,
            0.5,
            8,
            2,
            1,
            1,
            true,
            0.1,
            true,
            0.3);
    Map<String, DiffusionFamily> others = new LinkedHashMap<>();
    others.put("usual", f);
    others.put("parameterisation", with(f, Map.of(0, Parameterisation.V)));
    others.put("draw", with(f, Map.of(1, NoiseDraw.CHAIN)));
    others.put("noiseMean", with(f, Map.of(2, 0.0)));
    others.put("noiseDeviation", with(f, Map.of(3, 0.5)));
    others.put("weighting", with(f, Map.of(4, Weighting.OWN)));
    others.put("gamma", with(f, Map.of(5, 2.0)));
    others.put("noiseSchedule", with(f, Map.of(6, NoiseSchedule.Rule.COSINE)));
    others.put("chain", with(f, Map.of(7, 100)));
    others.put("sigmaData", with(f, Map.of(0, Parameterisation.EDM, 8, 0.7)));
    others.put("sigmaData usual", with(f, Map.of(0, Parameterisation.EDM)));
    others.put("width", with(f, Map.of(9, 12)));
    others.put("levels", with(f, Map.of(10, 1)));
    others.put("patch", with(f, Map.of(11, 2)));
    others.put("blocks", with(f, Map.of(12, 2)));
    others.put("attention", with(f, Map.of(13, false)));
    others.put("dropout", with(f, Map.of(14, 0.3)));
    others.put("conditional", with(f, Map.of(15, false)));
    others.put("labelDropout", with(f, Map.of(16, 0.7)));
    Map<Double, String> seen = new LinkedHashMap<>();
    others.forEach(
        (name, family) -> {
          try (Scope scope = Scope.open();
              Diffusion model = family.build(IMAGE, 2, 1);
              DiffusionLearner learner =
                  family.learner(model, family.preprocessing(IMAGE), course(1e-2, 0, 5))) {
            double loss = 0;
            for (int step = 0; step < 5; step++) {
              loss = learner.step(images(step, 8)).loss();
            }
            assertThat(seen.put(loss, name)).as(name).isNull();
          }
        });
  }

  private static DiffusionFamily with(DiffusionFamily family, Map<Integer, Object> changes) {
    try {
      var components = DiffusionFamily.class.getRecordComponents();
      Object[] values = new Object[components.length];
      Class<?>[] types = new Class<?>[components.length];
      for (int i = 0; i < values.length; i++) {
        types[i] = components[i].getType();
        values[i] =
            changes.containsKey(i) ? changes.get(i) : components[i].getAccessor().invoke(family);
      }
      return DiffusionFamily.class.getDeclaredConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theReportNamesTheLossOfEachBand() {
    DiffusionFamily family = small(DiffusionFamily.edm());
    try (Scope scope = Scope.open();
        Diffusion model = family.build(IMAGE, 2, 1);
        DiffusionLearner learner =
            family.learner(model, family.preprocessing(IMAGE), course(1e-3, 0, 3))) {
      StepReport report = learner.step(images(0, 9));
      assertThat(report.terms())
          .extracting(Term::name)
          .containsExactly("low_noise", "middle_noise", "high_noise", "rate");
      double mean =
          report.terms().subList(0, 3).stream().mapToDouble(Term::value).average().orElseThrow();
      assertThat(report.loss()).isCloseTo(mean, within(1e-5 * mean));
      assertThat(learner.step(images(1, 1)).terms()).extracting(Term::value).doesNotContainNull();
    }
  }

  @Test
  void validationDependsOnTheWeightsAlone() {
    DiffusionFamily family = small(DiffusionFamily.ddpm());
    try (Scope scope = Scope.open();
        Diffusion model = family.build(IMAGE, 2, 1);
        DiffusionLearner learner =
            family.learner(model, family.preprocessing(IMAGE), course(1e-2, 0.5, 9))) {
      Batch heldOut = images(1000, 16);
      List<Term> first = learner.validate(heldOut);
      assertThat(learner.validate(heldOut)).isEqualTo(first);
      Batch later = new Batch(7, heldOut.rows(), heldOut.images(), heldOut.labels());
      assertThat(learner.validate(later)).isEqualTo(first);
      for (int step = 0; step < 9; step++) {
        learner.step(images(step, 16));
      }
      assertThat(learner.validate(heldOut).getFirst().value())
          .isGreaterThan(first.getFirst().value());
    }
  }

  @Test
  void aLossThatIsNoNumberIsReportedAndChangesNothing() {
    DiffusionFamily family = small(DiffusionFamily.flowMatching());
    try (Scope scope = Scope.open();
        Diffusion model = family.build(POINT, 1, 1);
        DiffusionLearner learner =
            family.learner(model, family.preprocessing(POINT), course(1e-2, 0, 9))) {
      float[] before = Ops.toFloats(model.weights().parameters().get("layer0.weight"));
      Tensor points = Ops.floats(new float[] {1, Float.NaN}, 1, 1, 1, 2);
      Batch bad = new Batch(0, new long[] {5}, points, Ops.longs(new long[] {0}));
      assertThat(learner.step(bad).loss()).isNaN();
      assertThat(Ops.toFloats(model.weights().parameters().get("layer0.weight"))).isEqualTo(before);
    }
  }

  @Test
  void labelsOutsideTheClassesAreRefused() {
    DiffusionFamily family = small(DiffusionFamily.edm());
    try (Scope scope = Scope.open();
        Diffusion model = family.build(IMAGE, 2, 1);
        DiffusionLearner learner =
            family.learner(model, family.preprocessing(IMAGE), course(1e-2, 0, 9))) {
      Batch good = images(0, 2);
      Batch bad = new Batch(0, good.rows(), good.images(), Ops.longs(new long[] {0, 2}));
      assertThatThrownBy(() -> learner.step(bad)).hasMessage("class must be 0..1, got 2");
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void pointsOfThePlaneAreLearned(DiffusionFamily full) {
    DiffusionFamily family = sized(full, 64, 3, 1);
    family = with(family, Map.of(8, 1.0, 13, false, 14, 0.0, 15, false));
    Densities.Rings rings = new Densities.Rings(1, 1, 0.15);
    int steps = 400;
    try (Scope scope = Scope.open();
        Diffusion model = family.build(POINT, 1, 1);
        DiffusionLearner learner =
            family.learner(model, family.preprocessing(POINT), course(4e-3, 0.98, steps))) {
      for (int step = 0; step < steps; step++) {
        try (Scope inner = Scope.open()) {
          Tensor points = rings.sample(256, step).view(256, 1, 1, 2);
          long[] rows = LongStream.range(256L * step, 256L * (step + 1)).toArray();
          learner.step(new Batch(step, rows, points, Ops.longs(new long[256])));
        }
      }
      model.weights().load(learner.weights());
      Tensor samples =
          model
              .withPlan(SamplingPlan.of().withMethod(SamplingPlan.Method.HEUN))
              .sample(Noise.of(1, 0, 1000), Condition.none());
      Tensor radius = samples.square().sum(3).sqrt();
      assertThat(radius.mean().item_double()).isCloseTo(1, within(0.05));
      assertThat(radius.std().item_double()).isCloseTo(0.15, within(0.06));
      // The mean log-density of the data is the entropy, less the divergence of the model from it.
      Tensor data = rings.sample(200, 77);
      double truth = rings.logDensity(data).mean().item_double();
      LogDensity density =
          model.logDensity(data.view(200, 1, 1, 2), Noise.of(1, 0, 200), Condition.none());
      assertThat(density.value().mean().item_double()).isBetween(truth - 0.25, truth + 0.05);
    }
  }
}
