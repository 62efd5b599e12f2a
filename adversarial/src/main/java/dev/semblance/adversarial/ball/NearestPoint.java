package dev.semblance.adversarial.ball;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What the exact projections on the round balls, L2 and L1, have in common. */
final class NearestPoint {
  /** How much of the radius is used, so that a test in float32 still finds the point inside. */
  private static final double SHARE = 1 - 1e-6;

  private NearestPoint() {}

  /** Shortens the changes that are too long. */
  @FunctionalInterface
  interface Shrinking {
    /**
     * The point nearest to {@code size} with {@code 0 <= t <= room} and norm at most the radius.
     *
     * @param size float64 [n, d], not negative
     * @param room float64 [n, d], not negative
     * @param radii float64 [n], finite in the rows that count
     * @return float64 [n, d]
     */
    Tensor shrink(Tensor size, Tensor room, Tensor radii);
  }

  static Tensor project(
      Norm norm, Shrinking rule, Tensor candidate, Tensor origin, Tensor radii, Box box) {
    Rows.pair("candidate", candidate, origin);
    Rows.each("radii", radii, origin.size(0), Double.POSITIVE_INFINITY);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            return scope.keep(nearest(norm, rule, candidate.detach(), origin.detach(), radii, box));
          }
        });
  }

  private static Tensor nearest(
      Norm norm, Shrinking rule, Tensor candidate, Tensor origin, Tensor radii, Box box) {
    ScalarType type = origin.scalar_type().intern();
    Tensor exact = origin.to(ScalarType.Double);
    Tensor clamped = box.clamp(candidate.to(type));
    Tensor inside = norm.of(clamped.to(ScalarType.Double).sub(exact)).le(radii);
    if (inside.all().item_bool()) {
      return clamped.contiguous();
    }
    Tensor from = Rows.flat(origin);
    Tensor change = Rows.flat(candidate).sub(from);
    Tensor room = box.room(from, change, type);
    Tensor size = rule.shrink(change.abs(), room, radii.mul(Ops.scalar(SHARE)));
    Tensor moved = Rows.moved(origin.reshape(from.shape()), size.mul(change.sign()));
    Tensor flat = clamped.reshape(from.shape());
    return flat.where(Rows.column(inside), box.clamp(moved)).view(origin.shape());
  }
}
