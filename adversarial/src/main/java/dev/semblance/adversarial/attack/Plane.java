package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.L1;
import dev.semblance.adversarial.ball.L2;
import dev.semblance.adversarial.ball.Linf;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The shortest way to a plane inside the box, row by row, exactly.
 *
 * <p>With {@code v = |w|} and {@code room_i} what the box leaves in the direction of the plane, the
 * change has sizes {@code min(t, room_i)} in Linf and {@code min(t v_i, room_i)} in L2, where t is
 * such that {@code sum v_i size_i} is the height to be climbed; in L1 the steepest values fill
 * their rooms one after the other. Where the plane does not cross the box all rooms are filled: the
 * corner nearest to it.
 */
@Source(key = "croce2020fab", where = "section 3.1, Eq. (4) and the algorithms in its appendix")
final class Plane {
  private static final double NEVER_ZERO = 1e-300;

  private Plane() {}

  /**
   * The change d with {@code value + <normal, d> = 0} and {@code point + d} in the box.
   *
   * @param point [m, ...]
   * @param normal of the point's shape
   * @param value at the point, [m]
   * @return float64 [m, d], in the caller's scope
   */
  static Tensor way(Norm norm, Tensor point, Tensor normal, Tensor value, Box box) {
    try (Scope scope = Scope.open()) {
      Tensor height = value.to(ScalarType.Double).neg().unsqueeze(1);
      Tensor slope = normal.to(ScalarType.Double).flatten(1, -1).mul(height.sign());
      Tensor from = point.to(ScalarType.Double).flatten(1, -1);
      Tensor up = from.neg().add(Ops.scalar(box.high()));
      Tensor room = up.where(slope.gt(Ops.scalar(0)), from.sub(Ops.scalar(box.low())));
      room = room.clamp_min(Ops.scalar(0));
      Tensor steepness = slope.abs();
      Tensor size =
          switch (norm) {
            case Linf linf -> filled(steepness, torch.ones_like(steepness), room, height.abs());
            case L2 l2 -> filled(steepness, steepness, room, height.abs());
            case L1 l1 -> steepestFirst(steepness, room, height.abs());
            default ->
                throw new IllegalArgumentException("norm must be linf, l2 or l1, got " + norm);
          };
      return scope.keep(size.mul(slope.sign()));
    }
  }

  /**
   * {@code min(t shape, room)} with {@code sum steepness size = height}. With the values known to
   * fill their room taken as given, t follows from the others; it is never too large, so the set
   * only grows, and where it stays the same t is the solution.
   */
  private static Tensor filled(Tensor steepness, Tensor shape, Tensor room, Tensor height) {
    Tensor weight = steepness.mul(shape);
    Tensor most = steepness.mul(room);
    Tensor still = weight.eq(Ops.scalar(0));
    Tensor full = room.le(Ops.scalar(0)).logical_or(still);
    Tensor t = torch.zeros_like(height);
    while (true) {
      try (Scope scope = Scope.open()) {
        Tensor done = sum(most.masked_fill(full.logical_not(), Ops.scalar(0)));
        Tensor free = sum(weight.masked_fill(full, Ops.scalar(0)));
        Tensor next = height.sub(done).clamp_min(Ops.scalar(0));
        next = next.div(free.clamp_min(Ops.scalar(NEVER_ZERO))).maximum(t);
        Tensor now = shape.mul(next).ge(room).logical_or(still);
        boolean settled = now.equal(full);
        t = scope.keep(next);
        full = scope.keep(now);
        if (settled) {
          break;
        }
      }
    }
    return shape.mul(t).minimum(room).masked_fill(still, Ops.scalar(0));
  }

  private static Tensor steepestFirst(Tensor steepness, Tensor room, Tensor height) {
    Tensor order = torch.sort(steepness, new BoolOptional(true), 1, true).get1();
    Tensor steep = steepness.gather(1, order);
    Tensor gains = steep.mul(room.gather(1, order));
    Tensor before = gains.cumsum(1).sub(gains);
    Tensor share =
        height
            .sub(before)
            .div(steep.clamp_min(Ops.scalar(NEVER_ZERO)))
            .clamp_min(Ops.scalar(0))
            .minimum(room.gather(1, order))
            .masked_fill(steep.eq(Ops.scalar(0)), Ops.scalar(0));
    return torch.zeros_like(steepness).scatter(1, order, share);
  }

  /** Row by row; a lone row would be added up in pieces, one a thread, and so to other bits. */
  private static Tensor sum(Tensor rows) {
    Tensor many = rows.size(0) == 1 ? rows.repeat(2, 1) : rows;
    return many.sum(1).narrow(0, 0, rows.size(0)).unsqueeze(1);
  }
}
