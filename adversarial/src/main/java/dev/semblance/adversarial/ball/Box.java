package dev.semblance.adversarial.ball;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The values an image may have, coordinate by coordinate: {@code low <= x <= high}.
 *
 * <p>The box belongs to the model, and the radii of balls are in its units.
 *
 * @param low finite
 * @param high finite, greater than {@code low}
 */
public record Box(double low, double high) {
  /** [0, 1]: pixels as they are read. */
  public static final Box UNIT = new Box(0, 1);

  public Box {
    Check.finite("low", low);
    Check.finite("high", high);
    if (!(low < high)) {
      throw new IllegalArgumentException("low must be < high, got " + low + " and " + high);
    }
  }

  /** {@code high - low}. */
  public double width() {
    return high - low;
  }

  /**
   * Whether all values of each row lie in the box, tested in float64; NaN does not.
   *
   * @param points floating point [n, ...]
   */
  public boolean[] contains(Tensor points) {
    Rows.floating("points", points);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor flat = Rows.flat(points);
            Tensor within = flat.ge(Ops.scalar(low)).logical_and(flat.le(Ops.scalar(high)));
            return Ops.toBooleans(within.all(1));
          }
        });
  }

  /**
   * The nearest values in the box, of the type of {@code points}.
   *
   * @param points floating point, any shape
   */
  public Tensor clamp(Tensor points) {
    ScalarType type = points.scalar_type().intern();
    return points.clamp(
        new ScalarOptional(Ops.scalar(low(type))), new ScalarOptional(Ops.scalar(high(type))));
  }

  /** How far values can move the way {@code change} points: to {@code high} for > 0, else low. */
  Tensor room(Tensor points, Tensor change, ScalarType type) {
    Tensor up = points.neg().add_(Ops.scalar(high(type)));
    Tensor down = points.sub(Ops.scalar(low(type)));
    return up.where(change.gt(Ops.scalar(0)), down).clamp_min_(Ops.scalar(0));
  }

  /** The least value of the type inside the box. */
  private double low(ScalarType type) {
    if (type != ScalarType.Float) {
      return low;
    }
    float nearest = (float) low;
    return nearest < low ? Math.nextUp(nearest) : nearest;
  }

  /** The greatest value of the type inside the box. */
  private double high(ScalarType type) {
    if (type != ScalarType.Float) {
      return high;
    }
    float nearest = (float) high;
    return nearest > high ? Math.nextDown(nearest) : nearest;
  }
}
