package dev.semblance.generative.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.synthetic.Densities;
import dev.semblance.core.data.synthetic.ExactDensity;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Family;
import dev.semblance.generative.GenerativeLearner;
import dev.semblance.generative.Noise;
import dev.semblance.generative.autoencoder.Gradients;
import dev.semblance.generative.autoencoder.Records;
import dev.semblance.generative.autoencoder.Toys;
import dev.semblance.generative.flow.Flow.Layout;
import dev.semblance.generative.flow.Flow.Transform;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FlowLearnerTest {
  private static final ImageShape POINT = new ImageShape(1, 1, 2);
  private static final ImageShape IMAGE = new ImageShape(1, 4, 4);
  private static final ExactDensity RING = Densities.EightGaussians.of();

  private static FlowFamily small(Layout layout, Transform transform, int maps) {
    int bins = transform == Transform.SPLINE ? 8 : 0;
    double lambda = layout == Layout.SPLINE ? 0 : 0.01;
    return new FlowFamily(layout, transform, bins, 1, maps, 32, 2, false, lambda, false, 0);
  }

  private static Family.Course course(double rate, double ema, long steps) {
    return new Family.Course(
        new Update.Config(
            Optimizer.Adam.of(rate), new Schedule.Constant(), Double.POSITIVE_INFINITY),
        ema,
        Augmentation.none(),
        3,
        steps);
  }

  private static Batch points(long step, int n) {
    long[] rows = LongStream.range(step * n, (step + 1) * n).toArray();
    return new Batch(
        step, rows, RING.sample(n, 100 + step).view(n, 1, 1, 2), Ops.longs(new long[n]));
  }

  private static Batch images(long step) {
    int n = 6;
    long[] rows = LongStream.range(0, n).map(i -> (step * 5 + i) % 17).toArray();
    Tensor pixels = FlowTesting.uniform(step, n, 1, 4, 4).mul(Ops.scalar(200)).to(ScalarType.Byte);
    return new Batch(step, rows, pixels, Ops.longs(new long[] {0, 1, 2, 0, 1, 2}));
  }

  /** A normal distribution with the right moments is 1.41 nats away. */
  static List<Arguments> planar() {
    return List.of(
        Arguments.of(small(Layout.REALNVP, Transform.AFFINE, 4), 0.8),
        Arguments.of(small(Layout.GLOW, Transform.AFFINE, 4), 0.8),
        Arguments.of(small(Layout.SPLINE, Transform.SPLINE, 2), 0.4),
        Arguments.of(small(Layout.MAF, Transform.SPLINE, 2), 0.4));
  }

  /** KL(p, model) on points of p, whose density is known. */
  private static double divergence(Flow flow) {
    int n = 4000;
    try (Scope scope = Scope.open()) {
      Tensor x = RING.sample(n, 7);
      Tensor log = flow.logDensity(x.view(n, 1, 1, 2), Noise.of(0, 0, n), Condition.none()).value();
      return RING.logDensity(x).to(ScalarType.Double).sub(log).mean().item_double();
    }
  }

  @ParameterizedTest
  @MethodSource("planar")
  void training_brings_the_density_to_the_true_one(FlowFamily family, double bound) {
    int steps = 250;
    try (Flow flow = family.build(POINT, 1, 1);
        GenerativeLearner learner =
            family.learner(flow, family.preprocessing(POINT), course(5e-3, 0, steps))) {
      assertThat(divergence(flow)).isGreaterThan(1);
      for (long step = 0; step < steps; step++) {
        try (Scope scope = Scope.open()) {
          learner.step(points(step, 128));
        }
      }
      assertThat(divergence(flow)).isBetween(-0.02, bound);
      try (Scope scope = Scope.open()) {
        StepReport.Term term = learner.validate(points(1000, 500)).getFirst();
        assertThat(term.name()).isEqualTo("log_density");
        assertThat(term.value()).isBetween(-3.8, -2.6);
      }
    }
  }

  @Test
  void the_loss_is_the_mean_of_the_bits_and_its_terms_add_up() {
    FlowFamily family = small(Layout.REALNVP, Transform.AFFINE, 4);
    Preprocessing preprocessing = family.preprocessing(IMAGE);
    try (Scope scope = Scope.open();
        Flow flow = family.build(IMAGE, 1, 1);
        GenerativeLearner learner = family.learner(flow, preprocessing, course(1e-3, 0, 10))) {
      learner.step(images(0));
      Batch batch = images(1);
      Tensor v =
          flow.dequantised(
              preprocessing.apply(batch.images()), new Noise(3, batch.rows()), batch.step());
      double log = flow.logProbability(v, Condition.none()).mean().item_double();
      StepReport report = learner.step(batch);
      double bits = (-log + 16 * Math.log(256)) / (16 * Math.log(2));
      assertThat(report.loss()).isCloseTo(bits, within(1e-4));
      Map<String, Double> terms = new TreeMap<>();
      report.terms().forEach(term -> terms.put(term.name(), term.value()));
      assertThat(terms.keySet()).containsExactly("log_det", "log_prior", "rate");
      assertThat(of(terms, "log_prior") + of(terms, "log_det")).isCloseTo(log, within(1e-3));
      List<StepReport.Term> first = learner.validate(batch);
      assertThat(first.getFirst().name()).isEqualTo("negative_bits_per_dim");
      assertThat(learner.validate(new Batch(77, batch.rows(), batch.images(), batch.labels())))
          .isEqualTo(first);
    }
  }

  private static double of(Map<String, Double> terms, String name) {
    return Objects.requireNonNull(terms.get(name));
  }

  /** After a step: normalised by its first batch, and no weight is 0 any more. */
  private static Flow begun(FlowFamily family, ImageShape shape) {
    Flow flow = family.build(shape, 1, 4);
    try (Scope scope = Scope.open();
        GenerativeLearner learner =
            family.learner(flow, family.preprocessing(shape), course(1e-2, 0, 9))) {
      learner.step(shape == POINT ? points(0, 6) : images(0));
    }
    return flow;
  }

  @Test
  void gradients_are_those_of_the_loss() {
    for (Layout layout : Layout.values()) {
      Transform transform =
          layout == Layout.SPLINE || layout == Layout.MAF ? Transform.SPLINE : Transform.AFFINE;
      FlowFamily family =
          Records.with(
              Records.with(Records.with(small(layout, transform, 1), "hidden", 4), "depth", 1),
              "levels",
              layout == Layout.MAF ? 0 : 1);
      for (ImageShape shape : List.of(POINT, IMAGE)) {
        Gradients.check(
            new Gradients.Subject<>(
                () -> begun(family, shape),
                flow -> family.learner(flow, family.preprocessing(shape), Toys.gradient()),
                () -> shape == POINT ? points(0, 6) : images(0),
                StepReport::loss,
                name -> true),
            2e-3f);
      }
    }
  }

  @Test
  void a_run_that_was_broken_off_goes_on_to_the_same_bits() {
    FlowFamily family =
        new FlowFamily(Layout.GLOW, Transform.AFFINE, 0, 1, 2, 6, 1, true, 0.01, true, 0.3);
    try (Scope scope = Scope.open();
        Flow whole = family.build(IMAGE, 3, 1);
        Flow first = family.build(IMAGE, 3, 1);
        Flow second = family.build(IMAGE, 3, 2);
        GenerativeLearner unbroken =
            family.learner(whole, family.preprocessing(IMAGE), course(1e-2, 0.9, 6));
        GenerativeLearner before =
            family.learner(first, family.preprocessing(IMAGE), course(1e-2, 0.9, 6));
        GenerativeLearner after =
            family.learner(second, family.preprocessing(IMAGE), course(1e-2, 0.9, 6))) {
      for (long step = 0; step < 6; step++) {
        unbroken.step(images(step));
      }
      for (long step = 0; step < 2; step++) {
        before.step(images(step));
      }
      try (NoGradGuard guard = new NoGradGuard()) {
        after.state().forEach((name, tensor) -> tensor.copy_(at(before, name)));
      }
      for (long step = 2; step < 6; step++) {
        after.step(images(step));
      }
      assertThat(after.state().keySet()).isEqualTo(unbroken.state().keySet());
      unbroken
          .state()
          .forEach(
              (name, tensor) ->
                  assertThat(Ops.toDoubles(at(after, name)))
                      .as(name)
                      .containsExactly(Ops.toDoubles(tensor)));
      assertThat(after.state().keySet())
          .anyMatch(name -> name.endsWith("norm.ready"))
          .anyMatch(name -> name.startsWith("ema."))
          .anyMatch(name -> name.startsWith("update."));
    }
  }

  private static Tensor at(GenerativeLearner learner, String name) {
    return Objects.requireNonNull(learner.state().get(name));
  }

  @Test
  void averages_begin_with_the_actnorms_of_the_first_batch() {
    FlowFamily family = small(Layout.GLOW, Transform.AFFINE, 4);
    try (Scope scope = Scope.open();
        Flow flow = family.build(IMAGE, 1, 1);
        GenerativeLearner learner =
            family.learner(flow, family.preprocessing(IMAGE), course(1e-9, 0.999, 10))) {
      learner.step(images(0));
      learner
          .weights()
          .forEach(
              (name, average) ->
                  assertThat(
                          FlowTesting.distance(
                              average, Objects.requireNonNull(flow.weights().all().get(name))))
                      .as(name)
                      .isLessThan(1e-6));
    }
  }

  @Test
  void a_loss_that_is_no_number_is_reported_and_changes_nothing() {
    FlowFamily family = small(Layout.MAF, Transform.AFFINE, 4);
    try (Scope scope = Scope.open();
        Flow flow = family.build(POINT, 1, 1);
        GenerativeLearner learner =
            family.learner(flow, family.preprocessing(POINT), course(1e-2, 0, 10))) {
      learner.step(points(0, 8));
      Map<String, Tensor> state = learner.state();
      Map<String, double[]> before = new TreeMap<>();
      state.forEach((name, tensor) -> before.put(name, Ops.toDoubles(tensor)));
      Batch good = points(1, 8);
      StepReport report =
          learner.step(
              new Batch(1, good.rows(), good.images().mul(Ops.scalar(Double.NaN)), good.labels()));
      assertThat(report.loss()).isNaN();
      state.forEach(
          (name, tensor) ->
              assertThat(Ops.toDoubles(tensor)).as(name).containsExactly(before.get(name)));
    }
  }

  /** The losses of two steps under a family, after a start of its own seed. */
  private static double after(FlowFamily family) {
    try (Scope scope = Scope.open();
        Flow flow = family.build(IMAGE, 3, 1);
        GenerativeLearner learner =
            family.learner(flow, family.preprocessing(IMAGE), course(0.02, 0, 10))) {
      double loss = 0;
      for (long step = 0; step < 4; step++) {
        loss = learner.step(images(step)).loss();
      }
      return loss;
    }
  }

  @Test
  void every_setting_matters() {
    double base =
        after(new FlowFamily(Layout.GLOW, Transform.SPLINE, 4, 1, 2, 6, 1, true, .01, true, .3));
    for (FlowFamily other :
        List.of(
            new FlowFamily(Layout.REALNVP, Transform.SPLINE, 4, 1, 2, 6, 1, true, .01, true, .3),
            new FlowFamily(Layout.GLOW, Transform.AFFINE, 0, 1, 2, 6, 1, true, .01, true, .3),
            new FlowFamily(Layout.GLOW, Transform.SPLINE, 5, 1, 2, 6, 1, true, .01, true, .3),
            new FlowFamily(Layout.GLOW, Transform.SPLINE, 4, 0, 2, 6, 1, true, .01, true, .3),
            new FlowFamily(Layout.GLOW, Transform.SPLINE, 4, 1, 3, 6, 1, true, .01, true, .3),
            new FlowFamily(Layout.GLOW, Transform.SPLINE, 4, 1, 2, 7, 1, true, .01, true, .3),
            new FlowFamily(Layout.GLOW, Transform.SPLINE, 4, 1, 2, 6, 2, true, .01, true, .3),
            new FlowFamily(Layout.GLOW, Transform.SPLINE, 4, 1, 2, 6, 1, false, .01, true, .3),
            new FlowFamily(Layout.GLOW, Transform.SPLINE, 4, 1, 2, 6, 1, true, .02, true, .3),
            new FlowFamily(Layout.GLOW, Transform.SPLINE, 4, 1, 2, 6, 1, true, .01, false, 0),
            new FlowFamily(Layout.GLOW, Transform.SPLINE, 4, 1, 2, 6, 1, true, .01, true, .9))) {
      assertThat(after(other)).as(other.toString()).isNotEqualTo(base).isFinite();
    }
  }
}
