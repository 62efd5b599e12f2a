package dev.semblance.similarity.cluster;

import dev.semblance.core.tensor.Rng;

/** What k-means does alike by distance and by cosine. */
final class Clusters {
  private Clusters() {}

  /** Refuses fewer rows than clusters. */
  static void checkRows(int rows, int clusters) {
    if (rows < clusters) {
      throw new IllegalArgumentException(
          "embeddings must have at least " + clusters + " rows for as many clusters, got " + rows);
    }
  }

  /**
   * k-means++: a row drawn by its squared distance to the nearest centre so far; any row where all
   * coincide with a centre.
   */
  static int drawCentre(double[] squares, Rng rng) {
    double total = 0;
    int last = 0;
    for (int i = 0; i < squares.length; i++) {
      total += squares[i];
      last = squares[i] > 0 ? i : last;
    }
    double left = rng.nextDouble() * total;
    if (!(total > 0)) {
      return rng.below(squares.length);
    }
    int chosen = 0;
    while (chosen < last && left >= squares[chosen]) {
      left -= squares[chosen++];
    }
    return chosen;
  }

  /**
   * Gives each empty cluster the row that is farthest from its centre and has company there.
   *
   * @param labels changed in place
   * @param away larger for rows farther from their centre
   * @return true if a cluster was empty
   */
  static boolean refill(int[] labels, double[] away, int clusters) {
    int[] sizes = new int[clusters];
    for (int label : labels) {
      sizes[label]++;
    }
    boolean refilled = false;
    for (int c = 0; c < clusters; c++) {
      if (sizes[c] == 0) {
        int farthest = -1;
        for (int i = 0; i < labels.length; i++) {
          if (sizes[labels[i]] > 1 && (farthest < 0 || away[i] > away[farthest])) {
            farthest = i;
          }
        }
        sizes[labels[farthest]]--;
        labels[farthest] = c;
        sizes[c] = 1;
        refilled = true;
      }
    }
    return refilled;
  }
}
