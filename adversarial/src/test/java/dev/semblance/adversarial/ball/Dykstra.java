package dev.semblance.adversarial.ball;

import java.util.function.UnaryOperator;

/**
 * Projects on an intersection of convex sets by their own projections alone, in turns with
 * corrections (Boyle and Dykstra 1986): slow, and shares nothing with what it checks.
 */
final class Dykstra {
  private Dykstra() {}

  static double[] project(
      double[] point, UnaryOperator<double[]> ball, UnaryOperator<double[]> box, int turns) {
    int d = point.length;
    double[] at = point.clone();
    double[] ballCorrection = new double[d];
    double[] boxCorrection = new double[d];
    for (int turn = 0; turn < turns; turn++) {
      at = half(at, ballCorrection, ball);
      at = half(at, boxCorrection, box);
    }
    return at;
  }

  private static double[] half(
      double[] at, double[] correction, UnaryOperator<double[]> projection) {
    double[] shifted = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      shifted[i] = at[i] + correction[i];
    }
    double[] next = projection.apply(shifted);
    for (int i = 0; i < at.length; i++) {
      correction[i] = shifted[i] - next[i];
    }
    return next;
  }

  /** The nearest changes that keep x + change in [0, 1]. */
  static UnaryOperator<double[]> box(double[] x) {
    return change -> {
      double[] next = new double[change.length];
      for (int i = 0; i < next.length; i++) {
        next[i] = Math.min(Math.max(change[i], -x[i]), 1 - x[i]);
      }
      return next;
    };
  }
}
