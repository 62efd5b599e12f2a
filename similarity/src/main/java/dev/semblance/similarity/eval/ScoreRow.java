package dev.semblance.similarity.eval;

import java.util.function.IntToDoubleFunction;

/**
 * The scores of one query: in float32 as the product gives them, in float64 where that says more.
 * Small ones, for which the product has lost too many digits, are computed anew when they are asked
 * for.
 */
final class ScoreRow {
  /** Beyond every other score of its type. */
  private static final float FAR = Float.MAX_VALUE;

  /** The score of an item that is not to be counted. */
  private static final double IGNORED = Double.MAX_VALUE;

  private final float[] narrow;
  private double[] wide = {};
  private boolean isWide;
  private double small;
  private double error;
  private IntToDoubleFunction exact = j -> 0;

  ScoreRow(int columns) {
    this.narrow = new float[columns];
  }

  /**
   * Begins a row whose scores {@link #narrow()} has been filled with; float32 holds all they say.
   *
   * @param small the score up to which one is computed anew
   * @param error what small ones are off by at most
   * @param exact computes the score of an item
   */
  void startNarrow(double small, double error, IntToDoubleFunction exact) {
    start(small, error, exact);
    isWide = false;
  }

  /** The same of a row whose scores {@link #wide()} has been filled with. */
  void startWide(double small, double error, IntToDoubleFunction exact) {
    start(small, error, exact);
    isWide = true;
    for (int j = 0; j < narrow.length; j++) {
      narrow[j] = (float) wide[j];
    }
  }

  private void start(double small, double error, IntToDoubleFunction exact) {
    this.small = small;
    this.error = error;
    this.exact = exact;
  }

  int size() {
    return narrow.length;
  }

  /** The scores rounded to float32, some of the small ones perhaps not yet computed anew. */
  float[] narrow() {
    return narrow;
  }

  /** The scores in float64, where the row is one of these. */
  double[] wide() {
    if (wide.length != narrow.length) {
      wide = new double[narrow.length];
    }
    return wide;
  }

  /** The score up to which one is computed anew; minus infinity if none is left. */
  double small() {
    return small;
  }

  /** What small scores are off by at most. */
  double error() {
    return error;
  }

  double at(int j) {
    double score = raw(j);
    return score <= small ? exact(j) : score;
  }

  /** The score as the product gives it. */
  double raw(int j) {
    return isWide ? wide[j] : narrow[j];
  }

  /** The score computed anew. */
  double exact(int j) {
    return exact.applyAsDouble(j);
  }

  /**
   * Whether no score is small or could be taken for one, but for those that are ignored; then none
   * will be computed anew.
   */
  boolean noneIsSmall() {
    float[] narrow = this.narrow;
    float limit = (float) (small + 2 * error);
    for (float score : narrow) {
      if (score <= limit) {
        return false;
      }
    }
    small = Double.NEGATIVE_INFINITY;
    return true;
  }

  /** The item with the lowest score, of equal ones the first. */
  int nearest() {
    float[] narrow = this.narrow;
    int nearest = 0;
    double least = at(0);
    float limit = Math.max((float) least, (float) small);
    for (int j = 1; j < narrow.length; j++) {
      // One predictable comparison for nearly every item.
      if (narrow[j] <= limit) {
        double score = at(j);
        if (score < least) {
          nearest = j;
          least = score;
          limit = Math.max((float) least, (float) small);
        }
      }
    }
    return nearest;
  }

  /** Sets an item beyond all others. */
  void ignore(int j) {
    narrow[j] = FAR;
    if (isWide) {
      wide[j] = IGNORED;
    }
  }

  /**
   * Computes all small ones anew.
   *
   * @return the scores, this object's own
   */
  double[] settle() {
    if (!isWide) {
      widen();
    }
    if (small > Double.NEGATIVE_INFINITY) {
      computeAnew(narrow, wide, small);
      small = Double.NEGATIVE_INFINITY;
    }
    return wide;
  }

  private void widen() {
    float[] from = narrow;
    double[] to = wide();
    for (int j = 0; j < to.length; j++) {
      to[j] = from[j];
    }
    isWide = true;
  }

  private void computeAnew(float[] narrow, double[] wide, double small) {
    for (int j = 0; j < wide.length; j++) {
      if (wide[j] <= small) {
        wide[j] = exact(j);
        narrow[j] = (float) wide[j];
      }
    }
  }
}
