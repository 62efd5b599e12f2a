package dev.semblance.generative.eval;

import dev.semblance.core.Source;
import dev.semblance.core.eval.Estimate;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.bytedeco.pytorch.Tensor;

/**
 * A two-sample test without training: is the nearest other image of the same kind, real or fake?
 *
 * <p>If model and data are equal, about half the time. A real image whose neighbour is fake too
 * often points to copying (accuracy on real below a half), a fake whose neighbour is fake too often
 * to collapse (accuracy on fake above a half). The accuracies' intervals are Wilson's 95 %, which
 * take images as independent; the p-value does not: under exchange of labels the variance of the
 * accuracy is {@code (1 + 2M/N)/4N} with M mutual neighbours among all N images, to order 1/N.
 *
 * @param seed of the order that decides between equal distances
 */
@Source(key = "xu2018empirical", where = "Section 2.2, 1-nearest neighbour classifier")
@Source(key = "lopez2017revisiting", where = "Section 3")
public record NearestNeighbourTest(long seed) {
  /**
   * What was found.
   *
   * @param accuracy over all images
   * @param onReal share of real images whose nearest is real
   * @param onFake share of fakes whose nearest is fake
   * @param pValue two-sided, that equal distributions give an accuracy as far from a half
   * @param n images of each kind
   */
  public record Result(
      Estimate accuracy, Estimate onReal, Estimate onFake, double pValue, long n) {}

  /**
   * The leave-one-out accuracy.
   *
   * @param real float64 [n, d], n at least 2
   * @param fake float64 [n, d], as many
   */
  public Result measure(Tensor real, Tensor fake) {
    PairwiseDistances.check("real", real, 2);
    PairwiseDistances.check("fake", fake, 2);
    PairwiseDistances.checkWidths("real", real, "fake", fake);
    TwoSampleTest.checkSizes(real, fake);
    int n = Math.toIntExact(real.size(0));
    int[] order = Rng.of(seed, Rng.Purpose.EVALUATE, 0, 2).permutation(2 * n);
    PairwiseDistances.Nearest nearest;
    try (Scope scope = Scope.open()) {
      long[] rows = Arrays.stream(order).asLongStream().toArray();
      Tensor all = PairwiseDistances.together(real, fake).index_select(0, Ops.longs(rows));
      nearest = PairwiseDistances.nearestOther(all);
    }
    int[] next = nearest.row();
    long rightReal = 0;
    long rightFake = 0;
    long mutual = 0; // each pair twice
    for (int i = 0; i < order.length; i++) {
      boolean isReal = order[i] < n;
      if (isReal == order[next[i]] < n) {
        rightReal += isReal ? 1 : 0;
        rightFake += isReal ? 0 : 1;
      }
      mutual += next[next[i]] == i ? 1 : 0;
    }
    double accuracy = (rightReal + rightFake) / (2.0 * n);
    double expected = (n - 1) / (2.0 * n - 1);
    double deviation = Math.sqrt((1 + mutual / (2.0 * n)) / (8.0 * n));
    double pValue =
        2
            * NormalDistribution.of(0, 1)
                .survivalProbability(Math.abs(accuracy - expected) / deviation);
    return new Result(
        share(rightReal + rightFake, 2L * n),
        share(rightReal, n),
        share(rightFake, n),
        Math.min(1, pValue),
        n);
  }

  private static Estimate share(long count, long n) {
    return new Estimate((double) count / n, Interval.wilson(count, n));
  }
}
