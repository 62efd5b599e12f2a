package dev.semblance.adversarial.verdict;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import org.apache.commons.statistics.distribution.BinomialDistribution;

/** Whether two models, or two attacks, differ on the same samples. */
@Source(key = "mcnemar1947", where = "p. 153, in its exact form")
public final class McNemar {
  private McNemar() {}

  /**
   * The two-sided p-value of as many or more unequal counts, if both were equally likely: {@code
   * min(1, 2 sum_{i <= min(b,c)} C(b+c, i) 2^-(b+c))}.
   *
   * @param onlyFirst samples on which only the first is right, at least 0
   * @param onlySecond samples on which only the second is right, at least 0
   */
  public static double pValue(int onlyFirst, int onlySecond) {
    Check.atLeast("onlyFirst", onlyFirst, 0);
    Check.atLeast("onlySecond", onlySecond, 0);
    int n = Math.addExact(onlyFirst, onlySecond);
    if (n == 0) {
      return 1;
    }
    double tail =
        BinomialDistribution.of(n, 0.5).cumulativeProbability(Math.min(onlyFirst, onlySecond));
    return Math.min(1, 2 * tail);
  }
}
