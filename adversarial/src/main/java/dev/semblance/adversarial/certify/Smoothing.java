package dev.semblance.adversarial.certify;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.OptionalInt;
import org.apache.commons.statistics.distribution.BetaDistribution;
import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Randomised smoothing: the class that the model answers most often when {@code N(0, sigma^2)} is
 * added to the image. If it does so with probability at least p > 1/2, no perturbation of L2 norm
 * below {@code sigma Phi^-1(p)} changes it, whatever the model.
 *
 * <p>p is an exact lower confidence bound from counted draws, so the certificate is wrong with
 * probability alpha at most, for each image. It speaks of the smoothed classifier, not of the model
 * itself. Noise is added to the image as it is, and the sum is not clamped to the box. Draws are
 * keyed by (seed, id of the image, number of the draw).
 *
 * @param sigma of the noise, in the model's input units
 * @param selection draws that choose the class, n_0
 * @param estimation fresh draws that bound its probability, n
 * @param alpha in (0, 1): the risk of a wrong certificate
 * @param seed of the noise
 */
@Source(key = "cohen2019certified", where = "Section 3.2, CERTIFY and PREDICT; Theorem 1")
public record Smoothing(double sigma, int selection, int estimation, double alpha, long seed) {
  private static final int TOGETHER = 250;

  public Smoothing {
    Check.positive("sigma", sigma);
    Check.atLeast("selection", selection, 1);
    Check.atLeast("estimation", estimation, 1);
    if (!(alpha > 0 && alpha < 1)) {
      throw new IllegalArgumentException("alpha must be in (0, 1), got " + alpha);
    }
  }

  /** 100 draws to select, 100,000 to estimate, alpha .001 (Section 4). */
  public static Smoothing of(double sigma, long seed) {
    return new Smoothing(sigma, 100, 100_000, 0.001, seed);
  }

  /** The same with another number of draws to estimate: the largest radius grows with it. */
  public Smoothing withEstimation(int draws) {
    return new Smoothing(sigma, selection, draws, alpha, seed);
  }

  /**
   * The answer and the radius within which it cannot be changed.
   *
   * @param image [1, ...], float32 or float64
   * @param id of the image: the key of its noise
   */
  public Smoothed certify(Classifier model, Tensor image, long id) {
    long[] first = counts(model, image, id, 0, selection);
    int chosen = most(first, -1);
    long[] fresh = counts(model, image, id, selection, estimation);
    double probability = lowerBound(fresh[chosen], estimation, alpha);
    long forwards = (long) selection + estimation;
    return probability > 0.5
        ? new Smoothed(OptionalInt.of(chosen), radius(sigma, probability), probability, forwards)
        : new Smoothed(OptionalInt.empty(), 0, probability, forwards);
  }

  /**
   * The answer alone, from the draws to estimate: nothing where a two-sided test cannot tell the
   * two most frequent classes apart at level alpha. It is another class than the true most probable
   * one with probability alpha at most.
   *
   * @param image [1, ...], float32 or float64
   */
  public Smoothed predict(Classifier model, Tensor image, long id) {
    long[] counts = counts(model, image, id, selection, estimation);
    int first = most(counts, -1);
    long second = counts[most(counts, first)];
    return new Smoothed(
        undecided(counts[first], second) <= alpha ? OptionalInt.of(first) : OptionalInt.empty(),
        0,
        0,
        estimation);
  }

  /** How often each class is the answer; a draw without finite logits is nobody's. */
  private long[] counts(Classifier model, Tensor image, long id, long from, int draws) {
    if (image.dim() < 2 || image.size(0) != 1) {
      throw new IllegalArgumentException("image must be [1, ...], got " + Shapes.of(image));
    }
    long[] counts = new long[model.classes()];
    int width = Math.toIntExact(image.numel());
    for (int first = 0; first < draws; first += TOGETHER) {
      int rows = Math.min(TOGETHER, draws - first);
      float[] noise = new float[rows * width];
      for (int r = 0; r < rows; r++) {
        Noise.fill(noise, r * width, width, sigma, seed, id, from + first + r);
      }
      try (Scope scope = Scope.open()) {
        long[] shape = image.shape();
        shape[0] = rows;
        Tensor moved = image.add(Ops.floats(noise, shape).to(image.scalar_type()));
        Tensor logits = Ops.withoutGradient(() -> model.logits(moved));
        long[] answers = Ops.toLongs(logits.argmax(new LongOptional(1), false));
        boolean[] finite = Ops.toBooleans(torch.isfinite(logits).all(1));
        for (int r = 0; r < rows; r++) {
          counts[(int) answers[r]] += finite[r] ? 1 : 0;
        }
      }
    }
    return counts;
  }

  /** The class with the largest count but {@code except}; the first of several. */
  private static int most(long[] counts, int except) {
    int best = except == 0 ? 1 : 0;
    for (int k = best; k < counts.length; k++) {
      best = k != except && counts[k] > counts[best] ? k : best;
    }
    return best;
  }

  /**
   * The exact one-sided lower confidence bound of a proportion.
   *
   * @param count 0..n
   */
  public static double lowerBound(long count, long n, double alpha) {
    Check.between("count", count, 0, n);
    return count == 0
        ? 0
        : BetaDistribution.of(count, n - count + 1.0).inverseCumulativeProbability(alpha);
  }

  /** {@code sigma Phi^-1(p)} for p in (1/2, 1), else 0. */
  public static double radius(double sigma, double probability) {
    return probability > 0.5
        ? sigma * NormalDistribution.of(0, 1).inverseCumulativeProbability(probability)
        : 0;
  }

  /** The two-sided p-value of two counts being so different although both are equally likely. */
  public static double undecided(long first, long second) {
    if (first + second == 0) {
      return 1;
    }
    int n = Math.toIntExact(first + second);
    int most = Math.toIntExact(Math.max(first, second));
    return Math.min(1, 2 * BinomialDistribution.of(n, 0.5).survivalProbability(most - 1));
  }
}
