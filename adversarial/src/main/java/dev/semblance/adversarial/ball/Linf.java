package dev.semblance.adversarial.ball;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code max_i |delta_i|}: every value may change by as much as the radius.
 *
 * <p>Ball and box together are one interval per value, so the projection is a clamp and exact. The
 * interval is rounded inwards: {@code x + eps} rounded to the nearest float32 leaves the ball for
 * about half of the 8-bit levels at 0.1.
 */
@Source(key = "goodfellow2015explaining", where = "section 4 (sign of the gradient)")
@Source(
    key = "madry2018towards",
    where = "Eq. (2.1) and the step after it (projection, random start)")
public record Linf() implements Norm {
  /**
   * The intervals that ball and box leave around each origin: computed once, they project any
   * number of candidates.
   *
   * @param low of the origin's shape and type
   * @param high of the origin's shape and type
   */
  public record Bounds(Tensor low, Tensor high) {
    /**
     * The nearest point, in the type of the bounds.
     *
     * @param candidate floating point, of the bounds' shape
     */
    public Tensor clamp(Tensor candidate) {
      Rows.floating("candidate", candidate);
      Rows.same("candidate", candidate, "bounds", low);
      try (Scope scope = Scope.open()) {
        Tensor near = candidate.detach().to(low.scalar_type().intern());
        return scope.keep(near.clamp(Ops.optional(low), Ops.optional(high)));
      }
    }
  }

  @Override
  public Tensor of(Tensor delta) {
    Rows.floating("delta", delta);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            return scope.keep(Rows.flat(delta).abs().amax(new long[] {1}, false));
          }
        });
  }

  @Override
  public Tensor project(Tensor candidate, Tensor origin, Tensor radii, Box box) {
    Rows.pair("candidate", candidate, origin);
    try (Scope scope = Scope.open()) {
      return scope.keep(bounds(origin, radii, box).clamp(candidate));
    }
  }

  /**
   * What {@link #project} clamps to.
   *
   * @param origin float32 or float64 [n, ...], in the box
   * @param radii float64 [n], at least 0
   * @return tensors in the innermost scope
   */
  public Bounds bounds(Tensor origin, Tensor radii, Box box) {
    Rows.origin(origin);
    Rows.each("radii", radii, origin.size(0), Double.POSITIVE_INFINITY);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            long[] flatShape = Rows.flatShape(origin);
            Tensor from = origin.detach().reshape(flatShape);
            Tensor reach = Rows.column(radii).expand(flatShape);
            Tensor low = box.clamp(Rows.moved(from, reach.neg())).view(origin.shape());
            Tensor high = box.clamp(Rows.moved(from, reach)).view(origin.shape());
            return new Bounds(scope.keep(low), scope.keep(high));
          }
        });
  }

  @Override
  public Tensor ascent(Tensor gradient, Tensor point, Box box) {
    Rows.floating("gradient", gradient);
    Rows.same("point", point, "gradient", gradient);
    return Ops.withoutGradient(gradient::sign);
  }

  @Override
  public Tensor random(Tensor origin, Tensor radii, Box box, long seed, long[] samples, long step) {
    return RandomPoint.of(
        this, origin, radii, box, new RandomPoint.Keys(seed, samples, step), Linf::cube);
  }

  private static void cube(Rng rng, double[] row, double radius) {
    for (int i = 0; i < row.length; i++) {
      row[i] = rng.uniform(-radius, radius);
    }
  }

  /** The L1 norm. */
  @Override
  public Tensor dual(Tensor gradient) {
    Rows.floating("gradient", gradient);
    return Norm.L1.of(gradient);
  }

  @Override
  public String toString() {
    return "linf";
  }
}
