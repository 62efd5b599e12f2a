package dev.semblance.adversarial.ball;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code sum_i |delta_i|}: small for changes of few values.
 *
 * <p>The point of ball and box nearest to {@code x + delta} has {@code t_i = min(max(|delta_i| -
 * lambda, 0), room_i)} with one lambda a row, {@code sum_i t_i = radius}. Projecting on the ball
 * and clamping afterwards can lose nearly all of the change.
 */
@Source(key = "duchi2008efficient", where = "Figure 2 (pivots instead of sorting)")
@Source(key = "croce2021mind", where = "section 2 (projection on ball and box together)")
@Source(key = "tramer2019multiple", where = "Algorithm 1 (SLIDE: the sparse step)")
public record L1() implements Norm {
  /** The share of values that one step moves. */
  private static final double SHARE = 0.01; // tramer2019multiple: q = 99 %

  @Override
  public Tensor of(Tensor delta) {
    Rows.floating("delta", delta);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            return scope.keep(Rows.sum(Rows.flat(delta).abs()));
          }
        });
  }

  @Override
  public Tensor project(Tensor candidate, Tensor origin, Tensor radii, Box box) {
    return NearestPoint.project(
        this, (size, room, most) -> shrink(size, room, most), candidate, origin, radii, box);
  }

  private static Tensor shrink(Tensor size, Tensor room, Tensor radii) {
    double[] sizes = Ops.toDoubles(size);
    double[] rooms = Ops.toDoubles(room);
    double[] each = Ops.toDoubles(radii);
    int width = sizes.length / each.length;
    for (int row = 0; row < each.length; row++) {
      int from = row * width;
      double lambda = new Threshold(sizes, rooms, from, width).at(each[row]);
      for (int i = from; i < from + width; i++) {
        sizes[i] = Math.min(Math.max(sizes[i] - lambda, 0), rooms[i]);
      }
    }
    return Ops.doubles(sizes, size.shape());
  }

  /**
   * Mass 1/k, with the gradient's sign, on the k values of largest gradient among those with room
   * left: k = 1 % of all, at least 1. Below 200 values this is the steepest direction; above, one
   * value at a time is steeper at the point itself but fills its room at once.
   */
  @Override
  public Tensor ascent(Tensor gradient, Tensor point, Box box) {
    Rows.floating("gradient", gradient);
    double[] shares = new double[Math.toIntExact(gradient.size(0))];
    Arrays.fill(shares, SHARE);
    try (Scope scope = Scope.open()) {
      return scope.keep(ascent(gradient, point, box, Ops.doubles(shares, shares.length)));
    }
  }

  /**
   * The same with a share for each row: {@code k = max(1, floor(share * d))}. Values that tie with
   * the k-th move as well, values without gradient never.
   *
   * @param gradient floating point [n, ...]
   * @param point of the gradient's shape
   * @param shares float64 [n] in [0, 1]; 0 is the steepest direction
   * @return of the gradient's shape and type
   */
  public Tensor ascent(Tensor gradient, Tensor point, Box box, Tensor shares) {
    Rows.floating("gradient", gradient);
    Rows.same("point", point, "gradient", gradient);
    double[] each = Rows.each("shares", shares, gradient.size(0), 1);
    if (each.length == 0) {
      return gradient.detach().clone();
    }
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor slope = Rows.flat(gradient);
            Tensor room = box.room(Rows.flat(point), slope, point.scalar_type().intern());
            Tensor score = slope.abs().mul_(room.gt(Ops.scalar(0)));
            Tensor chosen = score.ge(Rows.column(kth(score, each)));
            chosen = chosen.logical_and(score.gt(Ops.scalar(0)));
            Tensor direction = slope.sign().mul_(chosen);
            Tensor count = Rows.sum(chosen.to(ScalarType.Double)).clamp_min_(Ops.scalar(1));
            direction.div_(Rows.column(count));
            Tensor typed = direction.to(gradient.scalar_type().intern());
            return scope.keep(typed.view(gradient.shape()));
          }
        });
  }

  /** The k-th largest score of each row. */
  private static Tensor kth(Tensor score, double[] shares) {
    long[] places = new long[shares.length];
    long most = 0;
    for (int row = 0; row < places.length; row++) {
      long k = Math.max(1, (long) Math.floor(shares[row] * score.size(1)));
      places[row] = k - 1;
      most = Math.max(most, k);
    }
    Tensor top = score.topk(most, 1, true, true).get0();
    return top.gather(1, Ops.longs(places, places.length, 1)).view(places.length);
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

  /** d of d + 1 exponential variables over the sum of all, with random signs. */
  private static void ball(Rng rng, double[] row, double radius) {
    double sum = exponential(rng);
    for (int i = 0; i < row.length; i++) {
      double size = exponential(rng);
      sum += size;
      row[i] = rng.nextInt() < 0 ? -size : size;
    }
    double scale = sum > 0 ? radius / sum : 0;
    for (int i = 0; i < row.length; i++) {
      row[i] *= scale;
    }
  }

  private static double exponential(Rng rng) {
    return -StrictMath.log(1 - rng.nextDouble());
  }

  /** The Linf norm. */
  @Override
  public Tensor dual(Tensor gradient) {
    Rows.floating("gradient", gradient);
    return Norm.LINF.of(gradient);
  }

  @Override
  public String toString() {
    return "l1";
  }
}
