package dev.semblance.adversarial.ball;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code sqrt(sum_i delta_i^2)}.
 *
 * <p>The point of ball and box nearest to {@code x + delta} has {@code t_i = min(s |delta_i|,
 * room_i)} with one scale s a row, {@code sum_i t_i^2 = radius^2}. Shortening to the radius and
 * clamping afterwards is feasible as well, but not the nearest: what the clamp takes from one value
 * is not given to the others.
 */
@Source(key = "madry2018towards", where = "section 5.1 (L2-bounded attacks: normalised gradient)")
public record L2() implements Norm {
  private static final double NEVER_ZERO = 1e-300;

  @Override
  public Tensor of(Tensor delta) {
    Rows.floating("delta", delta);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            return scope.keep(Rows.sum(Rows.flat(delta).square()).sqrt_());
          }
        });
  }

  @Override
  public Tensor project(Tensor candidate, Tensor origin, Tensor radii, Box box) {
    return NearestPoint.project(
        this, (size, room, most) -> shrink(size, room, most), candidate, origin, radii, box);
  }

  /**
   * The scale s, exactly: with the values known to fill their room taken as given, s follows from
   * the others. It is never too large, so what it fills is filled at the solution as well; the set
   * only grows, and where it stays the same s is the solution.
   */
  private static Tensor shrink(Tensor size, Tensor room, Tensor radii) {
    Tensor squares = size.square();
    Tensor roomSquares = room.square();
    Tensor budget = radii.square();
    Tensor full = size.lt(Ops.scalar(0)); // none
    Tensor scale = Ops.zeros(ScalarType.Double, size.size(0));
    while (true) {
      try (Scope scope = Scope.open()) {
        Tensor left =
            budget
                .sub(Rows.sum(roomSquares.masked_fill(full.logical_not(), Ops.scalar(0))))
                .clamp_min_(Ops.scalar(0));
        Tensor free = Rows.sum(squares.masked_fill(full, Ops.scalar(0)));
        Tensor next = left.div_(free.clamp_min_(Ops.scalar(NEVER_ZERO))).sqrt_();
        // Not above 1 where the radius is not reached at all, and never back by a rounding.
        next = next.clamp_max_(Ops.scalar(1)).maximum(scale);
        Tensor now = size.mul(Rows.column(next)).ge(room);
        boolean settled = now.equal(full);
        scale = scope.keep(next);
        full = scope.keep(now);
        if (settled) {
          break;
        }
      }
    }
    return size.mul(Rows.column(scale)).minimum(room);
  }

  @Override
  public Tensor ascent(Tensor gradient, Tensor point, Box box) {
    Rows.floating("gradient", gradient);
    Rows.same("point", point, "gradient", gradient);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor scaled = Rows.flat(gradient);
            scaled = scaled.div(Rows.column(largest(scaled)));
            Tensor length = Rows.sum(scaled.square()).sqrt_();
            Tensor one = length.masked_fill(length.eq(Ops.scalar(0)), Ops.scalar(1));
            Tensor unit = scaled.div_(Rows.column(one)).to(gradient.scalar_type().intern());
            return scope.keep(unit.view(gradient.shape()));
          }
        });
  }

  /** The largest absolute value of a row, 1 for a row of zeros: squares neither vanish nor grow. */
  private static Tensor largest(Tensor rows) {
    Tensor largest = rows.abs().amax(new long[] {1}, false);
    return largest.masked_fill_(largest.eq(Ops.scalar(0)), Ops.scalar(1));
  }

  @Override
  public Tensor random(Tensor origin, Tensor radii, Box box, long seed, long[] samples, long step) {
    return RandomPoint.of(
        this,
        origin,
        radii,
        box,
        new RandomPoint.Keys(seed, samples, step),
        (rng, row, radius) -> ball(rng, row, radius));
  }

  /** {@code radius u^(1/d) n / |n|}: a normal vector has no preferred direction. */
  private static void ball(Rng rng, double[] row, double radius) {
    double squares = 0;
    for (int i = 0; i < row.length; i++) {
      row[i] = rng.gaussian();
      squares += row[i] * row[i];
    }
    double length = radius * StrictMath.pow(rng.nextDouble(), 1.0 / row.length);
    double scale = squares > 0 ? length / Math.sqrt(squares) : 0;
    for (int i = 0; i < row.length; i++) {
      row[i] *= scale;
    }
  }

  /** The L2 norm. */
  @Override
  public Tensor dual(Tensor gradient) {
    Rows.floating("gradient", gradient);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor rows = Rows.flat(gradient);
            Tensor largest = largest(rows);
            Tensor scaled = rows.div(Rows.column(largest));
            return scope.keep(Rows.sum(scaled.square()).sqrt_().mul_(largest));
          }
        });
  }

  @Override
  public String toString() {
    return "l2";
  }
}
