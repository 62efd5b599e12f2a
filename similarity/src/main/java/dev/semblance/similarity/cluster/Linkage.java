package dev.semblance.similarity.cluster;

/** How far two clusters are apart, by the distances of their members. */
public enum Linkage {
  /** The least distance: follows chains. */
  SINGLE,
  /** The largest distance: compact clusters of like diameter. */
  COMPLETE,
  /** The mean over all pairs (UPGMA). */
  AVERAGE;

  /**
   * The distance of a third cluster to the union of two, from its distances to both (Lance and
   * Williams).
   */
  double update(double first, int firstSize, double second, int secondSize) {
    return switch (this) {
      case SINGLE -> Math.min(first, second);
      case COMPLETE -> Math.max(first, second);
      case AVERAGE -> (firstSize * first + secondSize * second) / (firstSize + secondSize);
    };
  }
}
