package dev.semblance.adversarial.ball;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The perturbations an attack may use: {@code norm(x_adv - x) <= radius}.
 *
 * @param norm how the perturbation is measured
 * @param radius greater than 0 and finite, in the units of the box; pixels, at least 1, for {@link
 *     L0}
 */
public record Ball(Norm norm, double radius) {
  public Ball {
    Objects.requireNonNull(norm, "norm");
    Check.positive("radius", radius);
    if (norm instanceof L0 && radius < 1) {
      throw new IllegalArgumentException(
          "radius of an l0 ball must be a number of pixels >= 1, got " + radius);
    }
  }

  /** The ball of that norm and radius. */
  public static Ball of(Norm norm, double radius) {
    return new Ball(norm, radius);
  }

  /** The same norm with another radius. */
  public Ball withRadius(double other) {
    return new Ball(norm, other);
  }

  /** The radius once for each of n rows, as {@link Norm#project} takes it: float64 [n]. */
  public Tensor radii(long n) {
    double[] each = new double[Math.toIntExact(n)];
    Arrays.fill(each, radius);
    return Ops.doubles(each, each.length);
  }

  /**
   * The nearest points in ball and box.
   *
   * @param candidate floating point, of the origin's shape
   * @param origin float32 or float64 [n, ...], in the box
   * @return of the origin's shape and type
   */
  public Tensor project(Tensor candidate, Tensor origin, Box box) {
    Rows.pair("candidate", candidate, origin);
    try (Scope scope = Scope.open()) {
      return scope.keep(norm.project(candidate, origin, radii(origin.size(0)), box));
    }
  }

  /**
   * Whether each row lies in the ball around its origin: in float64 on the values as they are
   * stored, with no tolerance. What is not finite does not.
   *
   * @param adversarial floating point [n, ...]
   * @param origin of the same shape
   * @return one answer per row
   */
  public boolean[] contains(Tensor adversarial, Tensor origin) {
    Rows.floating("origin", origin);
    Rows.floating("adversarial", adversarial);
    Rows.same("adversarial", adversarial, "origin", origin);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor exact = origin.detach().to(ScalarType.Double);
            Tensor delta = adversarial.detach().to(ScalarType.Double).sub(exact);
            // A pixel that is NaN has changed, which is all that L0 counts.
            Tensor numbers = Rows.flat(delta).isfinite().all(1);
            return Ops.toBooleans(norm.of(delta).le(Ops.scalar(radius)).logical_and(numbers));
          }
        });
  }

  /** For instance {@code linf 0.1}. */
  @Override
  public String toString() {
    return norm
        + " "
        + (radius == Math.rint(radius) && radius < 1e9
            ? Long.toString((long) radius)
            : Double.toString(radius));
  }
}
