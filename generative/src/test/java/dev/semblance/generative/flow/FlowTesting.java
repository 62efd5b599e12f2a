package dev.semblance.generative.flow;

import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What the tests of flows have in common: weights away from their start, and autograd's Jacobian.
 */
final class FlowTesting {
  private FlowTesting() {}

  /** Normal values of deviation {@code scale}: float64. */
  static Tensor normal(long seed, double scale, long... shape) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    double[] values = new double[Math.toIntExact(Shapes.count(shape))];
    for (int i = 0; i < values.length; i++) {
      values[i] = scale * rng.gaussian();
    }
    return Ops.doubles(values, shape);
  }

  /** Uniform values in [0, 1): float64. */
  static Tensor uniform(long seed, long... shape) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    double[] values = new double[Math.toIntExact(Shapes.count(shape))];
    for (int i = 0; i < values.length; i++) {
      values[i] = rng.nextDouble();
    }
    return Ops.doubles(values, shape);
  }

  /** Moves every parameter away from where it starts: what is zero at first hides mistakes. */
  static void shake(Weights weights, double scale) {
    Ops.withoutGradient(
        () ->
            weights
                .parameters()
                .forEach(
                    (name, tensor) -> {
                      try (Scope scope = Scope.open()) {
                        Tensor noise = normal(name.hashCode(), scale, tensor.shape());
                        tensor.add_(noise.to(tensor.scalar_type()));
                      }
                    }));
  }

  /** Turns all weights into float64 or float32, in place. */
  static void to(Weights weights, ScalarType type) {
    try (Scope scope = Scope.open()) {
      weights.all().values().forEach(tensor -> tensor.set_data(tensor.detach().to(type)));
    }
  }

  /** The Jacobian of {@code map.forward} at each of n items: [n, d, d]. */
  static Tensor jacobian(Bijection map, Tensor x, Condition condition) {
    Tensor at = x.detach().clone().set_requires_grad(true);
    Tensor value = map.forward(at, condition).value().flatten(1, -1);
    TensorVector rows = new TensorVector();
    for (long j = 0; j < value.size(1); j++) {
      TensorVector gradient =
          torch.grad(
              new TensorVector(value.select(1, j).sum()),
              new TensorVector(at),
              new TensorVector(),
              new org.bytedeco.pytorch.BoolOptional(true),
              false,
              true);
      Tensor row = gradient.get(0);
      rows.push_back((row.defined() ? row : torch.zeros_like(at)).flatten(1, -1));
    }
    return torch.stack(rows, 1);
  }

  /** The largest absolute difference. */
  static double distance(Tensor a, Tensor b) {
    try (Scope scope = Scope.open()) {
      return a.detach()
          .to(ScalarType.Double)
          .sub(b.detach().to(ScalarType.Double))
          .abs()
          .amax()
          .item_double();
    }
  }
}
