package dev.semblance.similarity.mine;

/** The nearest and the farthest of some rows; the first of equals. */
final class Extremes {
  private Extremes() {}

  static int nearest(double[] distances, int[] rows, int count) {
    int best = NegativeChoice.NONE;
    for (int r = 0; r < count; r++) {
      if (best == NegativeChoice.NONE || distances[rows[r]] < distances[best]) {
        best = rows[r];
      }
    }
    return best;
  }

  static int farthest(double[] distances, int[] rows, int count) {
    int best = NegativeChoice.NONE;
    for (int r = 0; r < count; r++) {
      if (best == NegativeChoice.NONE || distances[rows[r]] > distances[best]) {
        best = rows[r];
      }
    }
    return best;
  }
}
