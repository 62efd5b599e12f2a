package dev.semblance.generative.eval;

import dev.semblance.core.Source;
import dev.semblance.core.eval.Estimate;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * Precision, the share of fakes inside the balls around real images that reach to their k-th
 * neighbour, and recall, the same with the parts swapped.
 *
 * <p>Precision falls where fakes are unlike the data, recall where the data are not covered. Both
 * are below 1 for a perfect model and depend on n; one far outlier widens precision's balls, which
 * {@link DensityCoverage} mends. The intervals are Wilson's 95 %, for the balls as they are.
 *
 * @param k neighbours, at least 1
 */
@Source(key = "kynkaanniemi2019improved", where = "Eqs. (1)-(2)")
public record PrecisionRecall(int k) {
  public PrecisionRecall {
    Check.atLeast("k", k, 1);
  }

  /** k = 3, as the paper's experiments. */
  public static PrecisionRecall of() {
    return new PrecisionRecall(3);
  }

  /** Both shares. */
  public record Scores(Estimate precision, Estimate recall) {}

  /**
   * Both shares for two samples.
   *
   * @param real float64 [n, d], n > k
   * @param fake float64 [m, d], m > k
   */
  public Scores measure(Tensor real, Tensor fake) {
    PairwiseDistances.check("real", real, k + 1);
    PairwiseDistances.check("fake", fake, k + 1);
    PairwiseDistances.checkWidths("real", real, "fake", fake);
    return new Scores(inside(fake, real), inside(real, fake));
  }

  /** The share of points inside any ball around the centres. */
  private Estimate inside(Tensor points, Tensor centres) {
    long[] found = {0};
    try (Scope scope = Scope.open()) {
      Tensor radii = PairwiseDistances.kth(centres, k);
      PairwiseDistances.visit(
          points,
          centres,
          (from, squared) -> found[0] += squared.le(radii).any(1).sum().item_long());
    }
    long n = points.size(0);
    return new Estimate((double) found[0] / n, Interval.wilson(found[0], n));
  }
}
