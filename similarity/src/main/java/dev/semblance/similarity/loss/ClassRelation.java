package dev.semblance.similarity.loss;

import dev.semblance.core.tensor.Check;

/**
 * Class {@code anchor} is closer to class {@code near} than to class {@code far}.
 *
 * @param near A; may be the anchor itself
 * @param anchor B
 * @param far C, another than A and B
 * @param margin beta, by which {@code D(b, c)} should exceed {@code D(b, a)}, {@code > 0}
 */
public record ClassRelation(long near, long anchor, long far, double margin) {
  public ClassRelation {
    Check.positive("margin", margin);
    if (far == near || far == anchor) {
      throw new IllegalArgumentException(
          "far must be another class than near " + near + " and anchor " + anchor + ", got " + far);
    }
  }

  /** With margin 0.2, the house's. */
  public static ClassRelation of(long near, long anchor, long far) {
    return new ClassRelation(near, anchor, far, 0.2);
  }
}
