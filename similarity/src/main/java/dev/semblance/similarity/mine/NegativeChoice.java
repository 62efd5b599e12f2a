package dev.semblance.similarity.mine;

/** Chooses the negative of a pair; made for one batch and one thread. */
public interface NegativeChoice {
  /** No negative. */
  int NONE = -1;

  /** True if {@link #anchor} reads {@code squares}; else it may be given any array. */
  default boolean readsSquares() {
    return false;
  }

  /**
   * Starts an anchor.
   *
   * @param squares squared Euclidean distances to all rows
   * @param negatives the first {@code count} are the anchor's negatives, ascending
   */
  default void anchor(int anchor, double[] squares, int[] negatives, int count) {}

  /**
   * The negative for a positive of the anchor.
   *
   * @param distances to all rows
   * @param negatives the first {@code count} are the anchor's negatives, ascending
   * @return a row or {@link #NONE}
   */
  int negative(
      int positive, double positiveDistance, double[] distances, int[] negatives, int count);
}
