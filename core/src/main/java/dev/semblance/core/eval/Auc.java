package dev.semblance.core.eval;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * How well one number tells two kinds of things apart: the chance that a positive scores above a
 * negative, {@code P(positive > negative) + P(equal) / 2}, the area under the ROC curve.
 *
 * <p>The interval holds all areas {@code t} with {@code |area - t| <= z sqrt(V(t))}, {@code V(t) =
 * t (1 - t) (1 + N ((1 - t)/(2 - t) + t/(1 + t))) / (mn)} and {@code N = (m + n)/2 - 1}: it stays
 * inside 0..1 and has a width also where the kinds are fully apart.
 *
 * @param estimate the area with its 95 % interval
 * @param falsePositives share of negatives at or above each threshold, rising from 0 to 1
 * @param truePositives share of positives at or above the same
 */
@Source(key = "mann1947test", where = "the U statistic, ties count one half")
@Source(key = "newcombe2006confidence", where = "method 5")
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Auc(Estimate estimate, double[] falsePositives, double[] truePositives) {

  /**
   * The area.
   *
   * @param positives scores of the things to be found, larger is more positive; at least one
   * @param negatives of the rest; at least one
   * @throws IllegalArgumentException for a score that is NaN
   */
  public static Auc of(double[] positives, double[] negatives) {
    int m = Check.atLeast("positives", positives.length, 1);
    int n = Check.atLeast("negatives", negatives.length, 1);
    double[] all = Arrays.copyOf(positives, m + n);
    System.arraycopy(negatives, 0, all, m, n);
    for (double score : all) {
      if (Double.isNaN(score)) {
        throw new IllegalArgumentException("scores must be numbers, got NaN");
      }
    }
    int[] order =
        IntStream.range(0, m + n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -all[i]))
            .mapToInt(i -> i)
            .toArray();
    double[] x = new double[m + n + 1];
    double[] y = new double[m + n + 1];
    int corners = 1;
    long found = 0;
    long wrong = 0;
    double area = 0;
    for (int i = 0; i < order.length; ) {
      long newFound = 0;
      long newWrong = 0;
      double score = all[order[i]];
      for (; i < order.length && all[order[i]] == score; i++) {
        if (order[i] < m) {
          newFound++;
        } else {
          newWrong++;
        }
      }
      // Those positives beat the negatives still to come, and tie with these.
      area += newWrong * (found + newFound / 2.0);
      found += newFound;
      wrong += newWrong;
      x[corners] = (double) wrong / n;
      y[corners++] = (double) found / m;
    }
    double value = area / ((double) m * n);
    return new Auc(
        new Estimate(value, interval(value, m, n)),
        Arrays.copyOf(x, corners),
        Arrays.copyOf(y, corners));
  }

  private static Interval interval(double area, long m, long n) {
    double z = Normal.twoSided(0.95);
    return new Interval(end(area, 0, m, n, z), end(area, 1, m, n, z));
  }

  /** The area between {@code area} and {@code edge} at which the deviation is z standard errors. */
  private static double end(double area, double edge, double m, double n, double z) {
    double inside = area;
    double outside = edge;
    for (int i = 0; i < 100; i++) {
      double t = (inside + outside) / 2;
      double spread = 1 + ((m + n) / 2 - 1) * ((1 - t) / (2 - t) + t / (1 + t));
      double error = Math.sqrt(t * (1 - t) * spread / (m * n));
      if (Math.abs(area - t) <= z * error) {
        inside = t;
      } else {
        outside = t;
      }
    }
    return inside;
  }
}
