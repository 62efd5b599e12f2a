package dev.semblance.similarity.measure;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * The angle between two rows in radians, in [0, pi]: a metric on rays.
 *
 * <p>Computed as {@code 2 asin(||u - v|| / 2)} on the unit sphere, which does not cancel near 0.
 * {@link #between} refuses a zero row by name; in a loss it stands at a right angle to all others
 * and has no gradient. The gradient at 0 and at pi, where it is not defined, is 0.
 */
public record Angular() implements EmbeddedDistance {
  @Override
  public Tensor between(Tensor x, Tensor y) {
    try (Scope scope = Scope.open()) {
      Tensor squares = Gram.squares(Gram.unit("x", x), Gram.unit("y", y));
      Tensor halfChord = squares.sqrt_().mul_(Ops.scalar(0.5)).clamp_max_(Ops.scalar(1));
      return scope.keep(halfChord.asin_().mul_(Ops.scalar(2)));
    }
  }

  @Override
  public MappedRows map(double[] x, int columns) {
    return MappedRows.unit(x, columns);
  }

  @Override
  public void fromSquares(double[] squares, double[] distances, int count) {
    for (int j = 0; j < count; j++) {
      distances[j] = 2 * Math.asin(Math.min(1, 0.5 * Math.sqrt(squares[j])));
    }
  }

  @Override
  public double undefined() {
    return Math.PI / 2;
  }

  /** {@code dtheta/dq = 1 / (2 sin theta)}. */
  @Override
  public double slope(double distance) {
    return distance > 0 && distance < Math.PI ? 0.5 / Math.sin(distance) : 0;
  }
}
