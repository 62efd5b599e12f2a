package dev.semblance.similarity.measure;

/** A distance whose last step is the square root. */
interface RootDistance extends EmbeddedDistance {
  @Override
  default void fromSquares(double[] squares, double[] distances, int count) {
    for (int j = 0; j < count; j++) {
      distances[j] = Math.sqrt(squares[j]);
    }
  }

  /** {@code dD/dq = 1 / (2 D)}, defined as 0 at 0: two equal rows do not push each other. */
  @Override
  default double slope(double distance) {
    return distance > 0 ? 0.5 / distance : 0;
  }
}
