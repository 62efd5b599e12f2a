package dev.semblance.generative.eval;

import dev.semblance.core.Source;
import dev.semblance.core.eval.Estimate;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Does a model give back its training images? Distances of samples to training images beside those
 * to as many held-out ones.
 *
 * <p>Three views: the share of samples nearer to the training than to the held-out images, 1/2
 * without copying; Mann-Whitney's comparison of the distances to training images of samples and of
 * held-out images, below 0 where samples are nearer than unseen data; and pairs of samples nearer
 * to each other than any two held-out images, from which the birthday paradox tells how many
 * different images the model has: n images of N equally likely ones have n(n-1)/2N equal pairs. The
 * intervals are for these training and held-out images as they are: where samples are alike, a few
 * of those images decide for all, and more of them are needed. Differs from meehan2020nonparametric
 * in that space is not cut into cells, and from arora2018gans in that a distance, not a person,
 * says what is equal.
 *
 * @param confidence of the intervals, in (0, 1)
 */
@Source(key = "meehan2020nonparametric", where = "Section 3, the test over the whole space")
@Source(key = "arora2018gans", where = "Section 2, the birthday paradox test")
public record Memorisation(double confidence) {
  private static final double ROUNDING = 1e-12;

  public Memorisation {
    if (!(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException("confidence must be in (0, 1), got " + confidence);
    }
  }

  /** 95 %. */
  public static Memorisation of() {
    return new Memorisation(0.95);
  }

  /**
   * What was found.
   *
   * @param nearer share of samples nearer to training than to held-out images, exact interval; ties
   *     are left out
   * @param compared samples without ties
   * @param pValue one-sided, that without copying the share is as large or larger
   * @param z Mann-Whitney's statistic, about standard normal without copying; negative: samples are
   *     nearer to training images than held-out images are
   * @param zPValue one-sided, that without copying z is as low or lower
   * @param twins what is equal among the samples
   * @param nearest the nearest training image of each sample
   */
  public record Result(
      Estimate nearer,
      long compared,
      double pValue,
      double z,
      double zPValue,
      Twins twins,
      Nearest nearest) {}

  /**
   * Samples that are nearer to each other than a distance.
   *
   * @param pairs of such samples
   * @param within that distance, ends included
   * @param support how many different images the pairs tell of; infinite without pairs
   * @param supportAtLeast its lower confidence bound, one-sided
   */
  public record Twins(long pairs, double within, double support, double supportAtLeast) {}

  /**
   * For each sample its nearest training image.
   *
   * @param rows of the training images
   * @param distances Euclidean
   */
  @SuppressWarnings("ArrayRecordComponent") // one value for each sample, never compared
  public record Nearest(int[] rows, double[] distances) {}

  /**
   * Compares.
   *
   * @param samples float64 [n, d]
   * @param training float64 [m, d], what the model was trained on, or some of it
   * @param heldOut float64 [m, d], as many that it was not trained on
   */
  public Result measure(Tensor samples, Tensor training, Tensor heldOut) {
    PairwiseDistances.check("samples", samples, 2);
    PairwiseDistances.check("training", training, 2);
    PairwiseDistances.check("held-out", heldOut, 2);
    PairwiseDistances.checkWidths("samples", samples, "training", training);
    PairwiseDistances.checkWidths("training", training, "held-out", heldOut);
    if (training.size(0) != heldOut.size(0)) {
      throw new IllegalArgumentException(
          "training and held-out must have as many rows, got %d and %d; cut the larger, so that chance is 1/2"
              .formatted(training.size(0), heldOut.size(0)));
    }
    try (Scope scope = Scope.open()) {
      PairwiseDistances.Nearest seen = PairwiseDistances.nearest(samples, training);
      double[] toTraining = seen.squared();
      double[] toHeldOut = PairwiseDistances.nearest(samples, heldOut).squared();
      double[] unseen = PairwiseDistances.nearest(heldOut, training).squared();
      long near = 0;
      long compared = 0;
      for (int i = 0; i < toTraining.length; i++) {
        near += toTraining[i] < toHeldOut[i] ? 1 : 0;
        compared += toTraining[i] == toHeldOut[i] ? 0 : 1;
      }
      double z = mannWhitney(toTraining, unseen);
      double closest =
          Arrays.stream(PairwiseDistances.nearestOther(heldOut).squared()).min().orElseThrow();
      return new Result(
          compared == 0
              ? new Estimate(0.5, new Interval(0, 1))
              : new Estimate((double) near / compared, Interval.exact(near, compared, confidence)),
          compared,
          compared == 0
              ? 1
              : BinomialDistribution.of(Math.toIntExact(compared), 0.5)
                  .survivalProbability(Math.toIntExact(near - 1)),
          z,
          NormalDistribution.of(0, 1).cumulativeProbability(z),
          twins(samples, Math.sqrt(closest)),
          new Nearest(seen.row(), Arrays.stream(toTraining).map(Math::sqrt).toArray()));
    }
  }

  /**
   * Counts pairs of samples within a distance.
   *
   * @param samples float64 [n, d], n at least 2
   * @param within at least 0, finite
   */
  public Twins twins(Tensor samples, double within) {
    PairwiseDistances.check("samples", samples, 2);
    Check.notNegative("within", within);
    long[] twice = {0};
    try (Scope scope = Scope.open()) {
      Scalar limit = Ops.scalar(within * within * (1 + ROUNDING));
      PairwiseDistances.visitOthers(
          samples, (from, squared) -> twice[0] += squared.le(limit).sum().item_long());
    }
    long pairs = twice[0] / 2;
    double all = samples.size(0) * (samples.size(0) - 1.0) / 2;
    // The upper bound of a Poisson mean: half of chi-squared's quantile with 2(c+1) degrees.
    double most =
        ChiSquaredDistribution.of(2 * (pairs + 1.0)).inverseCumulativeProbability(confidence) / 2;
    return new Twins(pairs, within, all / pairs, all / most);
  }

  /**
   * The standardised U of values of {@code first} being above those of {@code second}, with mid
   * ranks: negative where the first are smaller.
   */
  static double mannWhitney(double[] first, double[] second) {
    int n = first.length;
    int m = second.length;
    double[] all = new double[n + m];
    System.arraycopy(first, 0, all, 0, n);
    System.arraycopy(second, 0, all, n, m);
    int[] order =
        IntStream.range(0, n + m)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> all[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double ranks = 0;
    double ties = 0;
    for (int from = 0, to; from < order.length; from = to) {
      to = from;
      while (to < order.length && all[order[to]] == all[order[from]]) {
        to++;
      }
      double rank = (from + 1 + to) / 2.0;
      for (int i = from; i < to; i++) {
        ranks += order[i] < n ? rank : 0;
      }
      double same = to - from;
      ties += same * same * same - same;
    }
    double u = ranks - n * (n + 1.0) / 2;
    double total = n + m;
    double variance = (double) n * m / 12 * (total + 1 - ties / (total * (total - 1)));
    return variance > 0 ? (u - (double) n * m / 2) / Math.sqrt(variance) : 0;
  }
}
