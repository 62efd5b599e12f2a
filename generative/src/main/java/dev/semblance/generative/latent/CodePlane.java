package dev.semblance.generative.latent;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The plane through a cloud of codes in which it is widest: their first two principal components,
 * or the codes themselves where they have two values.
 *
 * <p>Owns its tensors until it is closed.
 */
public final class CodePlane implements AutoCloseable {
  private final Tensor mean;
  private final Tensor axes;
  private final double[] deviations;
  private final double share;

  private CodePlane(Tensor mean, Tensor axes, double[] deviations, double share) {
    this.mean = mean;
    this.axes = axes;
    this.deviations = deviations;
    this.share = share;
  }

  /**
   * The plane of some codes.
   *
   * @param codes float32 [n, d], n at least 3
   */
  public static CodePlane of(Tensor codes) {
    Check.matrix("codes", codes);
    Check.atLeast("number of codes", codes.size(0), 3);
    int d = Math.toIntExact(codes.size(1));
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor values = codes.to(ScalarType.Double);
      Tensor mean = values.mean(0);
      Tensor apart = values.sub(mean);
      Tensor covariance = apart.t().matmul(apart).div(Ops.scalar(codes.size(0) - 1.0));
      Tensor axes;
      if (d <= 2) {
        axes = torch.eye(d, covariance.options());
      } else {
        // Ascending: the last two, the widest first; signs so that each axis's largest part is
        // positive, since a decomposition may give either.
        Tensor vectors = Ops.factorise(() -> torch.linalg_eigh(covariance)).get1();
        axes =
            torch.cat(
                new TensorVector(vectors.narrow(1, d - 1, 1), vectors.narrow(1, d - 2, 1)), 1);
        Tensor sign = axes.sum(new long[] {0}).sign();
        axes = axes.mul(sign.add(sign.eq(Ops.scalar(0))));
      }
      if (d == 1) {
        axes = torch.cat(new TensorVector(axes, torch.zeros_like(axes)), 1);
      }
      double[] along = Ops.toDoubles(axes.t().matmul(covariance).matmul(axes).diagonal().sqrt());
      double all = covariance.trace().item_double();
      double seen = along[0] * along[0] + along[1] * along[1];
      return new CodePlane(
          Scope.own(mean), Scope.own(axes), along, all > 0 ? Math.min(1, seen / all) : 1);
    }
  }

  /** The share of the codes' variance that the plane shows, 0..1. */
  public double share() {
    return share;
  }

  /** The standard deviation of the codes along each of its two axes. */
  public double[] deviations() {
    return deviations.clone();
  }

  /** Where codes lie in the plane, from the mean: float64 [n, 2]. */
  public Tensor places(Tensor codes) {
    try (Scope scope = Scope.open()) {
      return scope.keep(codes.to(ScalarType.Double).sub(mean).matmul(axes));
    }
  }

  /** The codes at places of the plane: float32 [n, d]. */
  public Tensor codes(Tensor places) {
    try (Scope scope = Scope.open()) {
      return scope.keep(
          places.to(ScalarType.Double).matmul(axes.t()).add(mean).to(ScalarType.Float));
    }
  }

  /**
   * The codes of a grid around the mean, row by row from above.
   *
   * @param side rows and columns, at least 2
   * @param reach in standard deviations along each axis
   * @return float32 [side * side, d]
   */
  public Tensor grid(int side, double reach) {
    Check.atLeast("side", side, 2);
    Check.positive("reach", reach);
    try (Scope scope = Scope.open()) {
      double[] places = new double[side * side * 2];
      for (int row = 0; row < side; row++) {
        for (int column = 0; column < side; column++) {
          int i = 2 * (row * side + column);
          places[i] = deviations[0] * reach * (2.0 * column / (side - 1) - 1);
          places[i + 1] = deviations[1] * reach * (1 - 2.0 * row / (side - 1));
        }
      }
      return scope.keep(codes(Ops.doubles(places, (long) side * side, 2)));
    }
  }

  @Override
  public void close() {
    Scope.release(mean);
    Scope.release(axes);
  }
}
