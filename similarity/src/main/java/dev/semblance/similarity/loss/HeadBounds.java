package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;

/** What geometry allows a cosine head: scales, margins and the arcs its classes end up with. */
@Source(key = "wang2018cosface", where = "Eq. (6) and (7)")
@Source(key = "wang2017normface", where = "Proposition 2")
@Source(key = "rankin1955closest", where = "Theorems 1 and 2")
public final class HeadBounds {
  private HeadBounds() {}

  /**
   * The smallest scale s at which a perfectly placed class weight can reach a target probability.
   *
   * <p>{@code s >= ((C-1)/C) ln((C-1)P/(1-P))}; 3.96 for C = 10, P = 0.9.
   *
   * @param classes C, at least 2
   * @param probability P in (0, 1)
   */
  public static double smallestScale(int classes, double probability) {
    Check.atLeast("classes", classes, 2);
    if (!(probability > 0 && probability < 1)) {
      throw new IllegalArgumentException("probability must be in (0, 1), got " + probability);
    }
    double others = classes - 1.0;
    // wang2018cosface Eq. (6)
    return Math.max(0, others / classes * Math.log(others * probability / (1 - probability)));
  }

  /**
   * The largest target probability at scale {@code scale} without margin: {@code 1 / (1 + (C-1)
   * e^{-s C/(C-1)})}. Cosines alone (s = 1) hold it far below 1: 0.2525 for C = 10.
   */
  public static double largestProbability(int classes, double scale) {
    Check.atLeast("classes", classes, 2);
    Check.positive("scale", scale);
    return 1 / (1 + (classes - 1) * Math.exp(-scale * classes / (classes - 1.0)));
  }

  /**
   * An upper bound, in radians, of the smallest angle between any two of {@code classes} directions
   * in {@code width} dimensions; attained for width 2, for classes at most width + 1, and for
   * classes at most 2 width.
   */
  public static double widestAngle(int classes, int width) {
    Check.atLeast("classes", classes, 2);
    Check.atLeast("width", width, 1);
    if (width == 1) {
      return classes == 2 ? Math.PI : 0;
    }
    if (width == 2) {
      return 2 * Math.PI / classes;
    }
    // The regular simplex up to width + 1 directions; one more and some pair is at most orthogonal.
    return classes <= width + 1 ? Math.acos(-1.0 / (classes - 1)) : Math.PI / 2;
  }

  /** The largest cosine margin that all classes can keep at once: 1 - cos of the widest angle. */
  public static double largestMarginCosine(int classes, int width) {
    double angle = widestAngle(classes, width);
    if (width <= 2) {
      return 1 - Math.cos(angle); // Eq. (7), K = 2
    }
    return classes <= width + 1 ? classes / (classes - 1.0) : 1; // Eq. (7), C <= K + 1
  }

  /**
   * Half the arc, in radians, that a class keeps on the circle when {@code classes} equally spaced
   * centres hold their neighbours off by {@code marginCosine}: {@code pi/C - asin(m / (2
   * sin(pi/C)))}. For C = 8: 22.5 degrees at m = 0, 0 at m = 0.2929.
   */
  public static double halfArcRadians(int classes, double marginCosine) {
    Check.between("marginCosine", marginCosine, 0, largestMarginCosine(classes, 2));
    double half = Math.PI / classes;
    return Math.max(0, half - Math.asin(Math.min(1, marginCosine / (2 * Math.sin(half)))));
  }

  /** Refuses a margin that no placement of the class weights can satisfy. */
  static void checkMargin(
      String name, double margin, double largest, int classes, int width, String unit) {
    // The bound is a limit that rounding may touch.
    if (margin > largest * (1 + 1e-12)) {
      throw new IllegalArgumentException(
          name
              + " must be <= "
              + largest
              + unit
              + ", the most that "
              + classes
              + " classes in width "
              + width
              + " can keep, got "
              + margin
              + "; lower it or widen the embedding");
    }
  }
}
