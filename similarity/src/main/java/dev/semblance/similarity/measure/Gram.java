package dev.semblance.similarity.measure;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Inner products and squared distances of the rows of two matrices. */
final class Gram {
  /** Below this share of the two squared norms the Gram form has lost two digits. */
  private static final double CANCELLED = 1e-2;

  private static final long PAIRS_AT_ONCE = 1 << 15;
  private static final double TINY = 1e-30;

  /** {@code cdist} by differences, never by a product. */
  private static final long BY_DIFFERENCE = 2;

  private Gram() {}

  /**
   * {@code ||x_i - y_j||^2} [n, m], not on a graph: {@code ||x||^2 + ||y||^2 - 2 x.y} after
   * centring; where it cancels, by difference of the rows as they came. Equal rows have distance 0.
   */
  static Tensor squares(Tensor x, Tensor y) {
    check(x, y);
    try (Scope scope = Scope.open()) {
      Tensor a = x.detach();
      Tensor b = y.detach();
      if (a.size(0) == 0 || b.size(0) == 0) {
        return scope.keep(torch.zeros(new long[] {a.size(0), b.size(0)}, a.options()));
      }
      Tensor centre = centre(b);
      a = a.sub(centre);
      b = b.sub(centre);
      Tensor sums = a.square().sum(1).unsqueeze(1).add(b.square().sum(1));
      Tensor squares =
          torch.addmm(sums, a, b.t(), Ops.scalar(1), Ops.scalar(-2)).clamp_min_(Ops.scalar(0));
      Tensor cancelled = squares.lt(sums.mul_(Ops.scalar(CANCELLED))).nonzero();
      if (cancelled.size(0) > squares.numel() / 8) {
        return scope.keep(
            torch
                .cdist(
                    x.detach().contiguous(),
                    y.detach().contiguous(),
                    2,
                    new LongOptional(BY_DIFFERENCE))
                .square_());
      }
      byDifference(x.detach(), y.detach(), cancelled, squares);
      return scope.keep(squares);
    }
  }

  /**
   * Near the mean of the rows, rounded to a quarter of their spread's binary magnitude: integers
   * stay exact.
   */
  private static Tensor centre(Tensor rows) {
    Tensor mean = rows.mean(0);
    Tensor spread = rows.sub(mean.unsqueeze(0)).square_().mean().sqrt_();
    Tensor grid =
        spread.clamp_min_(Ops.scalar(TINY)).log2_().floor_().exp2_().mul_(Ops.scalar(0.25));
    Tensor rounded = mean.div(grid).round_().mul_(grid);
    return rounded.unsqueeze(0);
  }

  private static void byDifference(Tensor a, Tensor b, Tensor pairs, Tensor squares) {
    long count = pairs.size(0);
    Tensor flat = squares.view(-1);
    for (long from = 0; from < count; from += PAIRS_AT_ONCE) {
      try (Scope scope = Scope.open()) {
        Tensor chunk = pairs.narrow(0, from, Math.min(PAIRS_AT_ONCE, count - from));
        Tensor i = chunk.select(1, 0).contiguous();
        Tensor j = chunk.select(1, 1).contiguous();
        Tensor exact = a.index_select(0, i).sub_(b.index_select(0, j)).square_().sum(1);
        flat.index_copy_(0, i.mul(new Scalar(squares.size(1))).add_(j), exact);
      }
    }
  }

  /** {@code x_i . y_j} [n, m], not on a graph. */
  static Tensor products(Tensor x, Tensor y) {
    check(x, y);
    return x.detach().mm(y.detach().t());
  }

  /** The rows over their norms; a zero row is refused. */
  static Tensor unit(String name, Tensor x) {
    Check.matrix(name, x);
    try (Scope scope = Scope.open()) {
      Tensor rows = x.detach();
      Tensor largest = rows.abs().amax(new long[] {1}, true);
      Tensor zeros = largest.eq(Ops.scalar(0)).nonzero();
      if (zeros.size(0) > 0) {
        throw new IllegalArgumentException(
            name
                + " must have no zero rows under a cosine, row "
                + zeros.select(0, 0).select(0, 0).item_long()
                + " is 0");
      }
      Tensor scaled = rows.div(largest); // squares neither under- nor overflow
      return scope.keep(scaled.div_(scaled.square().sum(1).sqrt_().unsqueeze(1)));
    }
  }

  private static void check(Tensor x, Tensor y) {
    Check.matrix("x", x);
    Check.matrix("y", y);
    if (x.size(1) != y.size(1)) {
      throw new IllegalArgumentException(
          "x and y must have equally many columns, got " + Shapes.of(x, y));
    }
    if (x.scalar_type().intern() != y.scalar_type().intern()) {
      throw new IllegalArgumentException(
          "x and y must be of one type, got " + x.scalar_type() + " and " + y.scalar_type());
    }
  }
}
