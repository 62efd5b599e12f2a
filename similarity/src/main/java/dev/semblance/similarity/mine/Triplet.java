package dev.semblance.similarity.mine;

/**
 * One selected triplet.
 *
 * @param anchor a row of the batch
 * @param positive a row of the anchor's class
 * @param negative a row of another class
 * @param positiveDistance D_ap
 * @param negativeDistance D_an
 */
public record Triplet(
    int anchor, int positive, int negative, double positiveDistance, double negativeDistance) {
  /** The triplet's class. */
  public enum Hardness {
    /** {@code D_an <= D_ap}. */
    HARD,
    /** {@code D_ap < D_an < D_ap + margin}. */
    SEMI_HARD,
    /** {@code D_an >= D_ap + margin}. */
    EASY
  }

  /** The class at a margin. */
  public Hardness hardness(double margin) {
    if (negativeDistance <= positiveDistance) {
      return Hardness.HARD;
    }
    return negativeDistance < positiveDistance + margin ? Hardness.SEMI_HARD : Hardness.EASY;
  }
}
