package dev.semblance.generative.eval;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;

/**
 * Which classes a sample hits, and the divergence of its shares from those wanted: {@code KL = sum
 * q ln(q/p)} in nats.
 *
 * <p>A perfect sampler's divergence is not 0: {@code 2n KL} is about chi-squared with classes - 1
 * degrees of freedom, so its mean is {@code (classes - 1)/2n}. What a sample's classes are is said
 * by a classifier, whose errors count.
 *
 * @param shares wanted of each class, each at least 0, together 1
 */
@Source(key = "srivastava2017veegan", where = "Section 4.1, stacked MNIST")
public record ModeCount(List<Double> shares) {
  private static final double SUM = 1e-9;

  public ModeCount {
    shares = List.copyOf(shares);
    double sum = 0;
    for (double share : shares) {
      sum += Check.between("share", share, 0, 1);
    }
    if (!(Math.abs(sum - 1) <= SUM)) {
      throw new IllegalArgumentException("shares must have the sum 1, got " + sum);
    }
  }

  /** Equal shares. */
  public static ModeCount uniform(int classes) {
    Check.atLeast("classes", classes, 1);
    return new ModeCount(Collections.nCopies(classes, 1.0 / classes));
  }

  /**
   * The shares that labels have.
   *
   * @param labels 0..classes-1, at least one
   */
  public static ModeCount of(long[] labels, int classes) {
    long[] counts = counts(labels, classes);
    List<Double> shares = new ArrayList<>();
    for (long count : counts) {
      shares.add((double) count / labels.length);
    }
    return new ModeCount(shares);
  }

  /**
   * What was counted.
   *
   * @param counts images of each class
   * @param hit classes of at least one image
   * @param classes in all
   * @param divergence from the shares wanted, nats; infinite where a class of share 0 is hit
   * @param expected divergence of a perfect sampler at this n
   * @param pValue that a perfect sampler diverges as much or more; large samples are assumed
   * @param n images
   * @param shares wanted of each class
   */
  public record Modes(
      List<Long> counts,
      int hit,
      int classes,
      double divergence,
      double expected,
      double pValue,
      long n,
      List<Double> shares) {
    public Modes {
      counts = List.copyOf(counts);
      shares = List.copyOf(shares);
    }

    /**
     * Classes that the images should have and do not, or of fewer than {@code part} of the images
     * they should have.
     *
     * @param part in [0, 1]
     */
    public List<Integer> lost(double part) {
      List<Integer> lost = new ArrayList<>();
      for (int c = 0; c < classes; c++) {
        double wanted = shares.get(c) * n;
        if (wanted > 0 && (counts.get(c) == 0 || counts.get(c) < part * wanted)) {
          lost.add(c);
        }
      }
      return Collections.unmodifiableList(lost);
    }
  }

  /**
   * Counts.
   *
   * @param labels of the images, 0..classes-1
   */
  public Modes measure(long[] labels) {
    long[] counts = counts(labels, shares.size());
    int hit = 0;
    int possible = 0;
    double divergence = 0;
    double n = labels.length;
    for (int c = 0; c < counts.length; c++) {
      possible += shares.get(c) > 0 ? 1 : 0;
      if (counts[c] > 0) {
        hit++;
        divergence += counts[c] / n * Math.log(counts[c] / n / shares.get(c));
      }
    }
    // Of one class nothing can diverge but rounding.
    divergence = Math.max(0, divergence);
    double pValue =
        possible < 2
            ? (divergence == 0 ? 1 : 0)
            : ChiSquaredDistribution.of(possible - 1).survivalProbability(2 * n * divergence);
    return new Modes(
        Arrays.stream(counts).boxed().toList(),
        hit,
        counts.length,
        divergence,
        (possible - 1) / (2 * n),
        pValue,
        labels.length,
        shares);
  }

  private static long[] counts(long[] labels, int classes) {
    Check.atLeast("labels", labels.length, 1);
    long[] counts = new long[Check.atLeast("classes", classes, 1)];
    for (long label : labels) {
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException("label must be 0.." + (classes - 1) + ", got " + label);
      }
      counts[Math.toIntExact(label)]++;
    }
    return counts;
  }
}
