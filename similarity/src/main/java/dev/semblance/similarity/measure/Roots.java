package dev.semblance.similarity.measure;

/** The square root as the last step of a distance. */
final class Roots {
  private Roots() {}

  static void of(double[] squares, double[] distances, int count) {
    for (int j = 0; j < count; j++) {
      distances[j] = Math.sqrt(squares[j]);
    }
  }

  /** {@code dD/dq = 1 / (2 D)}, defined as 0 at 0: two equal rows do not push each other. */
  static double slope(double distance) {
    return distance > 0 ? 0.5 / distance : 0;
  }
}
