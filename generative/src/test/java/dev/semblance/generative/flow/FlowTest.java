package dev.semblance.generative.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Architectures;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Kind;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.LogDensity.Support;
import dev.semblance.generative.Noise;
import dev.semblance.generative.flow.Flow.Layout;
import dev.semblance.generative.flow.Flow.Transform;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FlowTest {
  private static final Condition NONE = Condition.none();

  private static Flow.Config plane(Layout layout, Transform transform) {
    int bins = transform == Transform.SPLINE ? 6 : 0;
    return new Flow.Config(
        layout, transform, bins, Support.POINTS, 1, 1, 2, 0, 0, 3, 8, 1, true, 0);
  }

  private static Flow.Config image(
      Layout layout, Transform transform, int channels, int side, int levels, int classes) {
    int bins = transform == Transform.SPLINE ? 4 : 0;
    double lambda = layout == Layout.SPLINE ? 0 : 0.01;
    return new Flow.Config(
        layout,
        transform,
        bins,
        Support.PIXELS,
        channels,
        side,
        side,
        classes,
        levels,
        2,
        6,
        1,
        true,
        lambda);
  }

  static List<Flow.Config> planes() {
    List<Flow.Config> all = new ArrayList<>();
    for (Layout layout : Layout.values()) {
      for (Transform transform : Transform.values()) {
        all.add(plane(layout, transform));
      }
    }
    return all;
  }

  static List<Flow.Config> images() {
    return List.of(
        image(Layout.REALNVP, Transform.AFFINE, 1, 8, 2, 3),
        image(Layout.REALNVP, Transform.AFFINE, 3, 8, 1, 3),
        image(Layout.REALNVP, Transform.SPLINE, 1, 4, 0, 3),
        image(Layout.GLOW, Transform.AFFINE, 1, 28, 2, 3),
        image(Layout.GLOW, Transform.AFFINE, 3, 8, 3, 3),
        image(Layout.GLOW, Transform.ADDITIVE, 1, 4, 0, 3),
        image(Layout.SPLINE, Transform.SPLINE, 1, 28, 2, 3),
        image(Layout.SPLINE, Transform.SPLINE, 3, 8, 2, 3),
        image(Layout.SPLINE, Transform.SPLINE, 1, 4, 0, 3),
        image(Layout.MAF, Transform.AFFINE, 1, 4, 0, 3),
        image(Layout.MAF, Transform.SPLINE, 1, 4, 0, 3));
  }

  private static Tensor pixels(Flow.Config config, int n) {
    return FlowTesting.uniform(3, n, config.channels(), config.height(), config.width())
        .mul(Ops.scalar(256))
        .floor()
        .to(ScalarType.Float);
  }

  @ParameterizedTest
  @MethodSource("planes")
  void the_density_of_points_integrates_to_one(Flow.Config config) {
    try (Scope scope = Scope.open();
        Flow flow = config.build(1)) {
      FlowTesting.shake(flow.weights(), 0.15);
      int side = 240;
      double reach = 12;
      double step = 2 * reach / side;
      float[] points = new float[2 * side * side];
      for (int i = 0; i < side * side; i++) {
        points[2 * i] = (float) (-reach + (i / side + 0.5) * step);
        points[2 * i + 1] = (float) (-reach + (i % side + 0.5) * step);
      }
      LogDensity density =
          flow.logDensity(
              Ops.floats(points, (long) side * side, 1, 1, 2), Noise.of(0, 0, side * side), NONE);
      assertThat(density.kind()).isEqualTo(new Kind.Exact());
      assertThat(density.of()).isEqualTo(Support.POINTS);
      assertThat(density.standardError().abs().sum().item_double()).isZero();
      double mass = density.value().exp().sum().item_double() * step * step;
      assertThat(mass).isCloseTo(1, within(2e-3));
    }
  }

  @ParameterizedTest
  @MethodSource("images")
  void latent_values_of_images_lead_back_to_them(Flow.Config config) {
    try (Scope scope = Scope.open();
        Flow flow = config.build(1)) {
      FlowTesting.shake(flow.weights(), 0.02);
      Tensor images = pixels(config, 3);
      Tensor values = flow.dequantised(images, Noise.of(1, 0, 3), 0);
      Condition labels = new Condition.Labels(new long[] {0, 1, 2});
      Bijection.Mapped there = flow.map().forward(values, labels);
      assertThat(there.value().shape()).containsExactly(3, config.size());
      assertThat(flow.features(images, Mode.INFERENCE).shape())
          .containsExactly(3, flow.featureWidth());
      Tensor back = flow.map().inverse(there.value(), labels).value();
      assertThat(FlowTesting.distance(back, values)).isLessThan(2e-4);
    }
  }

  @ParameterizedTest
  @MethodSource("images")
  void an_image_is_drawn_alone_as_among_others_and_drawing_changes_nothing(Flow.Config config) {
    try (Scope scope = Scope.open();
        Flow flow = config.build(1)) {
      FlowTesting.shake(flow.weights(), 0.02);
      double[] before = all(flow);
      Condition labels = new Condition.Labels(new long[] {0, 1, 2, 0});
      Noise noise = Noise.of(5, 10, 4);
      Tensor drawn = flow.sample(noise, labels);
      assertThat(drawn.shape())
          .containsExactly(4, config.channels(), config.height(), config.width());
      assertThat(drawn.requires_grad()).isFalse();
      assertThat(Ops.toDoubles(drawn.sub(drawn.floor()))).containsOnly(0);
      assertThat(drawn.amin().item_double()).isBetween(0.0, 255.0);
      assertThat(drawn.amax().item_double()).isBetween(0.0, 255.0);
      for (int i = 0; i < 4; i++) {
        Tensor alone = flow.sample(noise.part(i, i + 1), labels.part(i, i + 1));
        // A value at the edge of a cell may round to the next one.
        double differing =
            alone.ne(drawn.narrow(0, i, 1)).to(ScalarType.Float).mean().item_double();
        assertThat(differing).isLessThan(0.01);
        assertThat(FlowTesting.distance(alone, drawn.narrow(0, i, 1))).isLessThanOrEqualTo(1);
      }
      assertThat(all(flow)).containsExactly(before);
      Tensor z = noise.gaussian(Rng.Purpose.LATENT, 0, config.size());
      Tensor asked = flow.map().inverse(z, labels).value();
      assertThat(FlowTesting.distance(flow.map().inverse(z, NONE).value(), asked)).isPositive();
    }
  }

  private static double[] all(Flow flow) {
    return flow.weights().all().values().stream()
        .flatMapToDouble(tensor -> java.util.stream.DoubleStream.of(Ops.toDoubles(tensor)))
        .toArray();
  }

  @Test
  void a_uniform_density_costs_eight_bits() {
    // A spline flow begins as the identity on the unit box.
    try (Scope scope = Scope.open();
        Flow flow = image(Layout.SPLINE, Transform.SPLINE, 1, 8, 1, 0).build(1)) {
      LogDensity density = flow.logDensity(pixels(flow.architecture(), 5), Noise.of(0, 0, 5), NONE);
      for (double nats : Ops.toDoubles(density.value())) {
        assertThat(LogDensity.bitsPerDimension(nats, 64, Support.PIXELS))
            .isCloseTo(8, within(1e-4));
      }
      assertThat(density.kind()).isEqualTo(new Kind.LowerBound(1));
      assertThat(Ops.toDoubles(density.standardError())).containsOnly(Double.NaN);
    }
  }

  /** Papamakarios et al. 2017, appendix D, with log p_Y of a standard normal. */
  @Test
  void bits_of_a_normal_on_logits_are_those_of_the_papers_formula() {
    double lambda = 0.05;
    Flow.Config config =
        new Flow.Config(
            Layout.MAF,
            Transform.ADDITIVE,
            0,
            Support.PIXELS,
            1,
            2,
            2,
            0,
            0,
            1,
            4,
            1,
            true,
            lambda);
    try (Scope scope = Scope.open();
        Flow flow = config.build(1)) {
      Tensor images = Ops.floats(new float[] {0, 17, 200, 255}, 1, 1, 2, 2);
      Noise noise = Noise.of(3, 0, 1);
      double[] v = Ops.toDoubles(flow.dequantised(images, noise, -1));
      double bits = 0;
      for (double each : v) {
        double share = lambda + (1 - 2 * lambda) * each;
        double y = Math.log(share / (1 - share));
        double logP = -0.5 * y * y - 0.5 * Math.log(2 * Math.PI);
        bits += -logP / (4 * Math.log(2)) - Math.log(1 - 2 * lambda) / (4 * Math.log(2)) + 2;
        bits += (Math.log(share) + Math.log(1 - share)) / (4 * Math.log(2));
      }
      double nats = flow.logDensity(images, noise, NONE).value().item_double();
      assertThat(LogDensity.bitsPerDimension(nats, 4, Support.PIXELS))
          .isCloseTo(bits, within(1e-5));
    }
  }

  @Test
  void the_logits_constant_does_not_change_a_density_that_is_fixed_on_pixels() {
    try (Scope scope = Scope.open()) {
      Tensor v = FlowTesting.uniform(2, 3, 1, 2, 2);
      double[] expected = null;
      for (double lambda : new double[] {1e-6, 0.05, 0.3}) {
        // To logits, back to the box by the same constant, and a density on the box.
        Bijection map =
            new Chain(
                List.of(
                    new Logit(lambda),
                    new Inverted(new Logit(lambda)),
                    new Flatten(1, 2, 2),
                    new Probit()));
        Bijection.Mapped mapped = map.forward(v, NONE);
        double[] log = Ops.toDoubles(Flow.logNormal(mapped.value()).add(mapped.logDet()));
        expected = expected == null ? log : expected;
        assertThat(log).containsExactly(expected, within(1e-8));
        assertThat(log[0]).isCloseTo(0, within(1e-8));
      }
    }
  }

  @Test
  void more_draws_tell_their_error_and_averaging_densities_tightens_the_bound() {
    Flow.Config config = image(Layout.REALNVP, Transform.AFFINE, 1, 4, 0, 0);
    try (Scope scope = Scope.open();
        Flow flow = config.build(1)) {
      Tensor images = pixels(config, 3);
      images.select(0, 0).fill_(new Scalar(0.0));
      Noise noise = Noise.of(1, 0, 3);
      int draws = 20;
      LogDensity mean = flow.withDraws(draws, false).logDensity(images, noise, NONE);
      LogDensity tight = flow.withDraws(draws, true).logDensity(images, noise, NONE);
      assertThat(mean.kind()).isEqualTo(new Kind.LowerBound(draws));
      double[][] each = new double[draws][];
      for (int s = 0; s < draws; s++) {
        Tensor v = flow.dequantised(images, noise, -1 - s);
        each[s] = Ops.toDoubles(flow.logProbability(v, NONE));
      }
      for (int i = 0; i < 3; i++) {
        double sum = 0;
        double weights = 0;
        for (double[] of : each) {
          sum += of[i] / draws;
          weights += Math.exp(of[i] - each[0][i]) / draws;
        }
        double squares = 0;
        double weightSquares = 0;
        for (double[] of : each) {
          squares += Math.pow(of[i] - sum, 2);
          weightSquares += Math.pow(Math.exp(of[i] - each[0][i]) - weights, 2);
        }
        double cells = 16 * Math.log(256);
        double factor = 1 / Math.sqrt((draws - 1.0) * draws);
        assertThat(Ops.toDoubles(mean.value())[i]).isCloseTo(sum - cells, within(1e-6));
        assertThat(Ops.toDoubles(mean.standardError())[i])
            .isCloseTo(Math.sqrt(squares) * factor, within(1e-6));
        assertThat(Ops.toDoubles(tight.value())[i])
            .isCloseTo(each[0][i] + Math.log(weights) - cells, within(1e-6));
        assertThat(Ops.toDoubles(tight.standardError())[i])
            .isCloseTo(Math.sqrt(weightSquares) * factor / weights, within(1e-6));
        assertThat(Ops.toDoubles(tight.value())[i]).isGreaterThan(Ops.toDoubles(mean.value())[i]);
      }
    }
  }

  @Test
  void dequantisation_is_keyed_by_row_and_step_and_stays_in_its_cell() {
    Flow.Config config = image(Layout.REALNVP, Transform.AFFINE, 1, 4, 0, 0);
    try (Scope scope = Scope.open();
        Flow flow = config.build(1)) {
      Tensor images = pixels(config, 2);
      Tensor v = flow.dequantised(images, Noise.of(1, 4, 2), 7);
      Tensor second = flow.dequantised(images.narrow(0, 1, 1), Noise.of(1, 5, 1), 7);
      assertThat(FlowTesting.distance(second, v.narrow(0, 1, 1))).isZero();
      assertThat(FlowTesting.distance(flow.dequantised(images, Noise.of(1, 4, 2), 8), v))
          .isPositive();
      Tensor cell = v.mul(Ops.scalar(256)).sub(images);
      assertThat(cell.amin().item_double()).isGreaterThanOrEqualTo(0);
      assertThat(cell.amax().item_double()).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void temperature_scales_what_is_drawn() {
    try (Scope scope = Scope.open();
        Flow flow = plane(Layout.REALNVP, Transform.AFFINE).build(1)) {
      Noise noise = Noise.of(2, 0, 5);
      // At its start the flow is the identity.
      Tensor full = flow.sample(noise, NONE);
      assertThat(FlowTesting.distance(full, noise.gaussian(Rng.Purpose.LATENT, 0, 1, 1, 2)))
          .isLessThan(1e-6);
      Tensor half = flow.tempered(0.5).sample(noise, NONE);
      assertThat(FlowTesting.distance(half, full.mul(Ops.scalar(0.5)))).isLessThan(1e-6);
      assertThatThrownBy(() -> flow.tempered(Double.NaN)).hasMessageContaining("temperature");
    }
  }

  @Test
  void configurations_survive_their_files() {
    for (Flow.Config config : images()) {
      assertThat(Architectures.fromJson(Architectures.toJson(config))).isEqualTo(config);
    }
  }

  @Test
  void wrong_input_gets_one_line() {
    Flow.Config config = image(Layout.REALNVP, Transform.AFFINE, 1, 4, 1, 0);
    try (Scope scope = Scope.open();
        Flow flow = config.build(1);
        Flow told = image(Layout.REALNVP, Transform.AFFINE, 1, 4, 1, 3).build(1)) {
      Noise noise = Noise.of(0, 0, 2);
      Tensor good = pixels(config, 2);
      assertThatThrownBy(() -> flow.logDensity(good.add(new Scalar(300.0)), noise, NONE))
          .hasMessageStartingWith("pixels must be in 0..255, got 3");
      assertThatThrownBy(() -> flow.logDensity(good.mul(new Scalar(Double.NaN)), noise, NONE))
          .hasMessageStartingWith("pixels must be in 0..255, got NaN");
      assertThatThrownBy(() -> flow.logDensity(good.div(new Scalar(255.5)), noise, NONE))
          .hasMessageContaining("whole numbers");
      assertThatThrownBy(() -> flow.logDensity(good.narrow(3, 0, 3), noise, NONE))
          .hasMessageContaining("[n, 1, 4, 4], got Float [2, 1, 4, 3]");
      assertThatThrownBy(() -> flow.logDensity(good, noise, Condition.label(1, 2)))
          .hasMessageContaining("takes no condition, got labels");
      assertThatThrownBy(() -> told.logDensity(good, noise, Condition.label(3, 2)))
          .hasMessage("class must be 0..2, got 3");
      assertThatThrownBy(() -> told.logDensity(good, noise, Condition.label(1, 3)))
          .hasMessage("labels must be 2, got 3");
      assertThatThrownBy(() -> told.sample(noise, new Condition.Values(good)))
          .hasMessage("this flow takes labels, got values");
    }
    assertThatThrownBy(() -> FlowFamily.glow().build(new ImageShape(1, 27, 30), 10, 1))
        .hasMessage(
            "sides must be multiples of 4 for levels 2, got 27x30; fit the images to 28x32 or take"
                + " fewer levels");
    assertThatThrownBy(() -> image(Layout.MAF, Transform.AFFINE, 1, 4, 1, 0))
        .hasMessageContaining("levels must be 0 for layout MAF");
    assertThatThrownBy(() -> image(Layout.SPLINE, Transform.AFFINE, 1, 4, 1, 0))
        .hasMessageContaining("transform must be SPLINE");
  }
}
