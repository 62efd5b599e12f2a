package dev.semblance.similarity.measure;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code 1 - x.y / (||x|| ||y||)}, in [0, 2]: a distance, not a metric (0, 45 and 90 degrees: 1 >
 * 0.586).
 *
 * <p>Computed as half the squared distance on the unit sphere, which does not cancel near 0; so a
 * margin here is half a margin there. {@link #between} refuses a zero row by name; in a loss it has
 * distance 1 to all others and no gradient.
 */
public record CosineDistance() implements EmbeddedDistance {
  @Override
  public Tensor between(Tensor x, Tensor y) {
    try (Scope scope = Scope.open()) {
      Tensor squares = Gram.squares(Gram.unit("x", x), Gram.unit("y", y));
      return scope.keep(squares.mul_(Ops.scalar(0.5)).clamp_max_(Ops.scalar(2)));
    }
  }

  @Override
  public MappedRows map(double[] x, int columns) {
    return MappedRows.unit(x, columns);
  }

  @Override
  public void fromSquares(double[] squares, double[] distances, int count) {
    for (int j = 0; j < count; j++) {
      distances[j] = Math.min(2, 0.5 * squares[j]);
    }
  }

  @Override
  public double undefined() {
    return 1;
  }

  @Override
  public double slope(double distance) {
    return 0.5;
  }
}
