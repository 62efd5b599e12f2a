package dev.semblance.similarity.eval;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;
import dev.semblance.similarity.measure.Measure;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * How well a threshold on the distance tells pairs of one class from pairs of two.
 *
 * <p>A pair is accepted iff its distance is at most the threshold; pairs at equal distance are
 * accepted together. A "positive" is a pair of one class.
 *
 * <p>The curve has its corners only: points inside a horizontal or vertical run are left out, which
 * changes none of the numbers here.
 */
@Source(key = "fawcett2006introduction", where = "Section 6, ties moved together")
@Source(key = "mann1947test", where = "the U statistic, ties count one half")
public final class Verification {
  /** Fewer false positives than this behind a rate make it a matter of luck. */
  private static final int RELIABLE = 10;

  private final double[] falsePositiveRates;
  private final double[] truePositiveRates;

  /** The distance up to which pairs are accepted; on a horizontal run where the run began. */
  private final double[] thresholds;

  private final double auc;
  private final long positives;
  private final long negatives;

  private Verification(PairCounter pairs) {
    long positives = 0;
    long negatives = 0;
    int levels = pairs.levels();
    for (int i = 0; i < levels; i++) {
      positives += pairs.same(i);
      negatives += pairs.between(i) + pairs.equal(i);
    }
    negatives += pairs.between(levels);
    if (positives == 0 || negatives == 0) {
      throw new IllegalArgumentException(
          "pairs must be of one class and of two, got "
              + positives
              + " of one and "
              + negatives
              + " of two");
    }
    this.positives = positives;
    this.negatives = negatives;
    Curve curve = new Curve(2 * levels + 2);
    long accepted = 0;
    long wrong = 0;
    double concordant = 0;
    double threshold = Double.NEGATIVE_INFINITY;
    curve.add(0, 0, threshold);
    for (int i = 0; i < levels; i++) {
      if (pairs.between(i) > 0) {
        wrong += pairs.between(i);
        concordant += (double) pairs.between(i) * accepted;
        curve.add(wrong, accepted, threshold);
      }
      concordant += pairs.equal(i) * (accepted + 0.5 * pairs.same(i));
      wrong += pairs.equal(i);
      accepted += pairs.same(i);
      threshold = pairs.level(i);
      curve.add(wrong, accepted, threshold);
    }
    if (pairs.between(levels) > 0) {
      concordant += (double) pairs.between(levels) * accepted;
      curve.add(negatives, accepted, threshold);
    }
    this.auc = concordant / positives / negatives;
    this.falsePositiveRates = curve.rates(curve.wrong, negatives);
    this.truePositiveRates = curve.rates(curve.accepted, positives);
    this.thresholds = Arrays.copyOf(curve.threshold, curve.size);
  }

  /**
   * A place on the curve.
   *
   * @param fpr the share of pairs of two classes that is accepted, at most the rate asked for
   * @param tpr the share of pairs of one class that is accepted
   * @param threshold the smallest distance to accept up to that gives these rates; negative
   *     infinity where nothing may be accepted
   * @param reliable false where fewer than 10 pairs of two classes make up the rate asked for
   */
  public record OperatingPoint(double fpr, double tpr, double threshold, boolean reliable) {}

  /**
   * From distances.
   *
   * @param same the distances of pairs of one class, at least one; of a similarity its negatives
   * @param different the distances of pairs of two classes, at least one
   * @throws IllegalArgumentException for an empty array and for NaN or infinity
   */
  public static Verification of(double[] same, double[] different) {
    Check.atLeast("number of same pairs", same.length, 1);
    Check.atLeast("number of different pairs", different.length, 1);
    for (double distance : same) {
      Check.finite("distance of a same pair", distance);
    }
    PairCounter counter = PairCounter.of(same.clone());
    for (double distance : different) {
      counter.addDifferent(Check.finite("distance of a different pair", distance));
    }
    return new Verification(counter);
  }

  /**
   * All pairs of rows, each once. Memory grows with the pairs of one class; for more than a few
   * thousand rows use {@link #sampled}.
   *
   * @param embeddings floating point [n, d]; float64 is compared in float64, all else in float32
   * @param labels one per row, at least 0
   * @throws IllegalArgumentException for shapes that do not fit, values that are not finite, a row
   *     of length 0 under cosine, and unless there are pairs of one class and pairs of two
   */
  public static Verification allPairs(Measure measure, Tensor embeddings, int[] labels) {
    check(embeddings, labels);
    return new Verification(AllPairs.count(measure, embeddings, labels));
  }

  /**
   * Random pairs: half of one class, half of two, no pair twice. Where there are fewer than half of
   * a kind, all of it; {@link #positives} and {@link #negatives} say how many were compared.
   *
   * @param embeddings floating point [n, d], compared in float64; by a measure in their own type
   * @param labels one per row, at least 0
   * @param pairs to draw in all, at least 2
   * @throws IllegalArgumentException as {@link #allPairs}
   */
  public static Verification sampled(
      Measure measure, Tensor embeddings, int[] labels, int pairs, long seed) {
    check(embeddings, labels);
    Check.atLeast("pairs", pairs, 2);
    PairSpace same = PairSpace.same(labels);
    PairSpace different = PairSpace.different(labels);
    long[] drawnSame = same.draw(pairs / 2, Rng.of(seed, Rng.Purpose.EVALUATE, 0, 0));
    long[] drawnDifferent = different.draw(pairs / 2, Rng.of(seed, Rng.Purpose.EVALUATE, 1, 0));
    try (PairDistances distances = PairDistances.open(measure, embeddings)) {
      PairCounter counter = PairCounter.of(distances.of(same, drawnSame));
      for (double distance : distances.of(different, drawnDifferent)) {
        counter.addDifferent(distance);
      }
      return new Verification(counter);
    }
  }

  private static void check(Tensor embeddings, int[] labels) {
    Check.matrix("embeddings", embeddings);
    Check.atLeast("columns of embeddings", embeddings.size(1), 1);
    if (labels.length != embeddings.size(0)) {
      throw new IllegalArgumentException(
          "labels must be one for each of "
              + embeddings.size(0)
              + " embeddings, got "
              + labels.length);
    }
    for (int label : labels) {
      Check.atLeast("label", label, 0);
    }
  }

  /** The rates of false acceptance at the corners of the curve, ascending from 0 to 1. */
  public double[] falsePositiveRates() {
    return falsePositiveRates.clone();
  }

  /** The rates of right acceptance at the corners of the curve, ascending from 0 to 1. */
  public double[] truePositiveRates() {
    return truePositiveRates.clone();
  }

  /**
   * The area under the curve: the probability that a pair of one class is nearer than a pair of
   * two, equal distances counting one half.
   */
  public double auc() {
    return auc;
  }

  /**
   * The rate at which false acceptance equals false rejection, on the straight line between the two
   * corners around it.
   */
  public double equalErrorRate() {
    int i = 1; // the curve begins at (0, 0)
    while (falsePositiveRates[i] + truePositiveRates[i] < 1) {
      i++;
    }
    double before = 1 - falsePositiveRates[i - 1] - truePositiveRates[i - 1];
    double after = falsePositiveRates[i] + truePositiveRates[i] - 1;
    double share = before / (before + after);
    return falsePositiveRates[i - 1] + share * (falsePositiveRates[i] - falsePositiveRates[i - 1]);
  }

  /**
   * The best that may be accepted at a rate of false acceptance of at most {@code rate}; nothing is
   * interpolated.
   *
   * @param rate in [1 / {@link #negatives}, 1]
   * @throws IllegalArgumentException below 1 / negatives, which these pairs cannot tell from 0
   */
  public OperatingPoint atFalsePositiveRate(double rate) {
    Check.between("rate", rate, 0, 1);
    if (rate < 1.0 / negatives) {
      throw new IllegalArgumentException(
          "rate must be >= 1/"
              + negatives
              + ", one of the pairs of two classes, got "
              + rate
              + "; compare more pairs");
    }
    int i = falsePositiveRates.length - 1;
    while (falsePositiveRates[i] > rate) {
      i--;
    }
    while (i > 0 && truePositiveRates[i - 1] == truePositiveRates[i]) {
      i--;
    }
    boolean reliable = rate >= (double) RELIABLE / negatives;
    return new OperatingPoint(falsePositiveRates[i], truePositiveRates[i], thresholds[i], reliable);
  }

  /** The number of pairs of one class. */
  public long positives() {
    return positives;
  }

  /** The number of pairs of two classes. */
  public long negatives() {
    return negatives;
  }

  /** Points in counts; a point between two vertical moves is overwritten. */
  private static final class Curve {
    private final long[] wrong;
    private final long[] accepted;
    private final double[] threshold;
    private int size;

    Curve(int most) {
      wrong = new long[most];
      accepted = new long[most];
      threshold = new double[most];
    }

    void add(long x, long y, double distance) {
      if (size >= 2 && wrong[size - 2] == x && wrong[size - 1] == x) {
        size--;
      }
      wrong[size] = x;
      accepted[size] = y;
      threshold[size++] = distance;
    }

    double[] rates(long[] counts, long all) {
      double[] rates = new double[size];
      for (int i = 0; i < size; i++) {
        rates[i] = (double) counts[i] / all;
      }
      return rates;
    }
  }
}
