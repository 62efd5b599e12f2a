package dev.semblance.core.eval;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import org.apache.commons.statistics.distribution.BetaDistribution;

/**
 * A confidence interval, both ends included.
 *
 * @param low the lower end
 * @param high the upper end, at least {@code low}
 */
@Source(key = "wilson1927probable", where = "p. 211")
@Source(key = "clopper1934", where = "p. 404")
public record Interval(double low, double high) {
  public Interval {
    Check.finite("low", low);
    Check.finite("high", high);
    if (!(low <= high)) {
      throw new IllegalArgumentException("low must be <= high, got " + low + " and " + high);
    }
  }

  /**
   * Wilson's 95 % interval of a proportion.
   *
   * @throws IllegalArgumentException unless {@code 0 <= correct <= n} and {@code n >= 1}
   */
  public static Interval wilson(long correct, long n) {
    return wilson(correct, n, 0.95);
  }

  /**
   * Wilson's interval of a proportion: {@code (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 +
   * z^2/n)}; inside [0, 1] and of positive width also at 0 and n.
   *
   * @param confidence in (0, 1)
   * @throws IllegalArgumentException unless {@code 0 <= correct <= n} and {@code n >= 1}
   */
  public static Interval wilson(double correct, long n, double confidence) {
    Check.atLeast("n", n, 1);
    Check.between("correct", correct, 0, n);
    double z = Normal.twoSided(confidence);
    double p = correct / n;
    double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    double half = z * Math.sqrt(p * (1 - p) / n + z * z / (4.0 * n * n)) / (1 + z * z / n);
    // The proportion itself lies inside in exact arithmetic; rounding must not push it out at 0 and
    // n.
    return new Interval(
        Math.min(p, Math.max(0, centre - half)), Math.max(p, Math.min(1, centre + half)));
  }

  /** True if {@code value} lies inside or at an end. */
  public boolean contains(double value) {
    return value >= low && value <= high;
  }

  /** {@code high - low}. */
  public double width() {
    return high - low;
  }

  /**
   * The exact interval of a proportion: its ends are those proportions under which the count would
   * be in either tail with half of {@code 1 - confidence}.
   *
   * @param correct the count, 0..n
   * @param confidence in (0, 1)
   */
  public static Interval exact(long correct, long n, double confidence) {
    Check.atLeast("n", n, 1);
    Check.between("correct", correct, 0, n);
    if (!(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException("confidence must be in (0, 1), got " + confidence);
    }
    double tail = (1 - confidence) / 2;
    return new Interval(
        correct == 0
            ? 0
            : BetaDistribution.of(correct, n - correct + 1.0).inverseCumulativeProbability(tail),
        correct == n
            ? 1
            : BetaDistribution.of(correct + 1.0, n - correct).inverseSurvivalProbability(tail));
  }
}
