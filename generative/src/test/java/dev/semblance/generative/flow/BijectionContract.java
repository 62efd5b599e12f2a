package dev.semblance.generative.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import java.util.function.BiConsumer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** What holds for every invertible map. */
abstract class BijectionContract {
  /** The map, its weights made in {@code weights}. */
  abstract Bijection make(Weights weights);

  /** Items of the map's domain: float64 [n, ...]. */
  Tensor items() {
    return FlowTesting.normal(5, 1.5, 4, 6);
  }

  Condition condition() {
    return Condition.none();
  }

  /** The tolerance of float32. */
  double coarse() {
    return 1e-4;
  }

  private void with(ScalarType type, BiConsumer<Bijection, Tensor> body) {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(3)) {
      Bijection map = make(weights);
      FlowTesting.shake(weights, 0.1);
      FlowTesting.to(weights, type);
      body.accept(map, items().to(type));
    }
  }

  @Test
  void inverse_undoes_forward_and_its_volume_change_in_float64() {
    with(ScalarType.Double, (map, x) -> roundTrip(map, x, 1e-10));
  }

  @Test
  void inverse_undoes_forward_and_its_volume_change_in_float32() {
    with(ScalarType.Float, (map, x) -> roundTrip(map, x, coarse()));
  }

  private void roundTrip(Bijection map, Tensor x, double tolerance) {
    Bijection.Mapped there = map.forward(x, condition());
    Bijection.Mapped back = map.inverse(there.value(), condition());
    assertThat(there.value().scalar_type().intern()).isEqualTo(x.scalar_type().intern());
    assertThat(back.value().shape()).containsExactly(x.shape());
    assertThat(FlowTesting.distance(back.value(), x)).isLessThan(tolerance);
    Bijection.Mapped unrecorded =
        Ops.withoutGradient(() -> map.inverse(there.value(), condition()));
    assertThat(FlowTesting.distance(unrecorded.value(), back.value())).isZero();
    assertThat(there.logDet().shape()).containsExactly(x.size(0));
    assertThat(FlowTesting.distance(back.logDet(), there.logDet().neg()))
        .isLessThan(10 * tolerance);
  }

  @Test
  void log_determinant_is_that_of_the_jacobian() {
    with(
        ScalarType.Double,
        (map, x) -> {
          Tensor jacobian = FlowTesting.jacobian(map, x, condition());
          Tensor expected = torch.linalg_slogdet(jacobian).get1();
          assertThat(FlowTesting.distance(map.forward(x, condition()).logDet(), expected))
              .isLessThan(1e-8);
        });
  }

  @Test
  void an_item_is_mapped_alone_as_in_a_batch() {
    with(
        ScalarType.Double,
        (map, x) -> {
          Bijection.Mapped all = map.forward(x, condition());
          for (int i = 0; i < x.size(0); i++) {
            Bijection.Mapped one = map.forward(x.narrow(0, i, 1), condition().part(i, i + 1));
            assertThat(FlowTesting.distance(one.value(), all.value().narrow(0, i, 1)))
                .isLessThan(1e-12);
            assertThat(FlowTesting.distance(one.logDet(), all.logDet().narrow(0, i, 1)))
                .isLessThan(1e-12);
          }
        });
  }

  /** By every parameter, of the mean of values and log-determinants. */
  @Test
  void gradients_are_those_of_finite_differences() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(3)) {
      Bijection map = make(weights);
      FlowTesting.shake(weights, 0.1);
      FlowTesting.to(weights, ScalarType.Double);
      Tensor x = items();
      if (weights.parameters().isEmpty()) {
        return;
      }
      objective(map, x).backward();
      weights
          .parameters()
          .forEach(
              (name, parameter) -> {
                Tensor gradient = parameter.mutable_grad();
                for (long place : new long[] {0, parameter.numel() / 2, parameter.numel() - 1}) {
                  double expected = slope(map, x, parameter, place);
                  double found =
                      gradient.defined() ? gradient.flatten().select(0, place).item_double() : 0;
                  assertThat(found)
                      .as(name + " " + place)
                      .isCloseTo(expected, within(1e-5 * (1 + Math.abs(expected))));
                }
              });
    }
  }

  private Tensor objective(Bijection map, Tensor x) {
    Bijection.Mapped mapped = map.forward(x, condition());
    return mapped.value().sin().sum().add(mapped.logDet().sum());
  }

  private double slope(Bijection map, Tensor x, Tensor parameter, long place) {
    double h = 1e-6;
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor element = parameter.detach().flatten().select(0, place);
      element.add_(new Scalar(h));
      double above = objective(map, x).item_double();
      element.sub_(new Scalar(2 * h));
      double below = objective(map, x).item_double();
      element.add_(new Scalar(h));
      return (above - below) / (2 * h);
    }
  }

  /** Labels for four items, for maps that take them. */
  static Condition labels() {
    return new Condition.Labels(new long[] {0, 2, Condition.NO_CLASS, 1});
  }
}
