package dev.semblance.generative.eval;

import dev.semblance.core.Source;
import dev.semblance.core.eval.Estimate;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Density, how many balls around real images a fake lies in, over k; and coverage, the share of
 * those balls that hold a fake.
 *
 * <p>If model and data are equal, the expected density is 1 and the expected coverage is {@link
 * #expectedCoverage}. Density may exceed 1. The intervals are 95 %, for the balls as they are:
 * normal over fakes for density, Wilson's for coverage.
 *
 * @param k neighbours that a ball reaches to, at least 1
 */
@Source(key = "naeem2020reliable", where = "Eqs. (3)-(4) and lemma 2")
public record DensityCoverage(int k) {
  private static final double NORMAL_95 = 1.959963984540054;

  public DensityCoverage {
    Check.atLeast("k", k, 1);
  }

  /** k = 5, the paper's choice of section 4. */
  public static DensityCoverage of() {
    return new DensityCoverage(5);
  }

  /** Both numbers. */
  public record Scores(Estimate density, Estimate coverage) {}

  /** The expected coverage if model and data are equal: {@code 1 - prod_{j=1..k} (n-j)/(m+n-j)}. */
  public double expectedCoverage(long real, long fake) {
    double missed = 1;
    for (int j = 1; j <= k; j++) {
      missed *= (double) (real - j) / (fake + real - j);
    }
    return 1 - missed;
  }

  /**
   * Both numbers for two samples.
   *
   * @param real float64 [n, d], n > k
   * @param fake float64 [m, d], m at least 2
   */
  public Scores measure(Tensor real, Tensor fake) {
    PairwiseDistances.check("real", real, k + 1);
    PairwiseDistances.check("fake", fake, 2);
    PairwiseDistances.checkWidths("real", real, "fake", fake);
    int m = Math.toIntExact(fake.size(0));
    double[] members = new double[m];
    try (Scope scope = Scope.open()) {
      Tensor radii = PairwiseDistances.kth(real, k);
      Tensor covered = Ops.zeros(ScalarType.Bool, real.size(0));
      PairwiseDistances.visit(
          fake,
          real,
          (from, squared) -> {
            Tensor inside = squared.le(radii);
            covered.logical_or_(inside.any(0));
            PairwiseDistances.copy(torch.sum(inside, 1), members, from);
          });
      long balls = covered.sum().item_long();
      long n = real.size(0);
      return new Scores(
          mean(Arrays.stream(members).map(count -> count / k).toArray()),
          new Estimate((double) balls / n, Interval.wilson(balls, n)));
    }
  }

  private static Estimate mean(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    double half = NORMAL_95 * Math.sqrt(squares / (values.length - 1) / values.length);
    return new Estimate(mean, new Interval(Math.max(0, mean - half), mean + half));
  }
}
