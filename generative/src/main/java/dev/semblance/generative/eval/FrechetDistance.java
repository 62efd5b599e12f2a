package dev.semblance.generative.eval;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleBiFunction;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The distance of two samples by mean and covariance alone: {@code |m1-m2|^2 + tr(S1 + S2 - 2
 * (S1^1/2 S2 S1^1/2)^1/2)}, the squared 2-Wasserstein distance of two Gaussians.
 *
 * <p>In float64 by symmetric eigenvalues, so that no imaginary part arises that could be dropped.
 * It is biased upwards by an amount that depends on the model: for an isotropic Gaussian of width d
 * against its own moments {@code n E[FD] -> d + d(d+1)/4}, twice that against a second sample of n.
 * Only distances at equal n compare; {@link #atInfinity} removes the first order.
 *
 * <p>The error is the delete-a-group jackknife's. Differs from the paper: any features, so it is
 * not called FID.
 *
 * @param groups of the jackknife, at least 2
 * @param seed of the order of rows
 */
@Source(key = "heusel2017gans", where = "Eq. (6)")
@Source(key = "chong2020effectively", where = "Section 3")
public record FrechetDistance(int groups, long seed) {
  /** Parts that {@link #atInfinity} divides the samples into, one after another. */
  private static final int[] PARTS = {1, 2, 4};

  /** Eigenvalues below minus this share of the largest are no rounding. */
  private static final double ROUNDING = 1e-8;

  public FrechetDistance {
    Check.atLeast("groups", groups, 2);
  }

  /** 20 groups: an error known to about a sixth of itself. */
  public static FrechetDistance of(long seed) {
    return new FrechetDistance(20, seed);
  }

  /**
   * Mean and covariance.
   *
   * @param mean float64 [d], borrowed
   * @param covariance float64 [d, d], symmetric, no negative eigenvalue; borrowed
   */
  public record Gaussian(Tensor mean, Tensor covariance) {
    /**
     * The moments of a sample, with divisor n - 1; in the current scope.
     *
     * @param features float64 [n, d]
     */
    public static Gaussian of(Tensor features) {
      PairwiseDistances.check("features", features, 2);
      try (Scope scope = Scope.open()) {
        Tensor mean = features.mean(0);
        Tensor centred = features.sub(mean);
        Tensor covariance = torch.mm(centred.t(), centred).div_(Ops.scalar(features.size(0) - 1.0));
        return new Gaussian(scope.keep(mean), scope.keep(covariance));
      }
    }
  }

  /**
   * A distance and its standard error.
   *
   * @param distance at least 0; about 0 for {@link #atInfinity}, where it may be negative
   * @param standardError of it
   * @param n rows of the smaller sample
   * @param width of the features
   */
  public record Measured(double distance, double standardError, long n, int width) {}

  /**
   * The distance of two Gaussians.
   *
   * @throws IllegalArgumentException for a covariance with a negative eigenvalue
   */
  public static double between(Gaussian a, Gaussian b) {
    PairwiseDistances.checkWidths("a", a.mean.unsqueeze(0), "b", b.mean.unsqueeze(0));
    try (Scope scope = Scope.open()) {
      double means = a.mean.sub(b.mean).square().sum().item_double();
      double traces =
          a.covariance.diagonal().sum().item_double() + b.covariance.diagonal().sum().item_double();
      T_TensorTensor_T eigen = Ops.factorise(() -> torch.linalg_eigh(a.covariance));
      Tensor roots = notNegative(eigen.get0()).sqrt();
      Tensor vectors = eigen.get1();
      Tensor root = torch.mm(vectors.mul(roots.unsqueeze(0)), vectors.t());
      Tensor middle = torch.mm(torch.mm(root, b.covariance), root);
      Tensor symmetric = middle.add(middle.t()).div_(Ops.scalar(2));
      double cross =
          notNegative(Ops.factorise(() -> torch.linalg_eigvalsh(symmetric)))
              .sqrt()
              .sum()
              .item_double();
      return means + traces - 2 * cross;
    }
  }

  /** Eigenvalues whose tiny negatives are 0. */
  private static Tensor notNegative(Tensor eigenvalues) {
    double low = eigenvalues.min().item_double();
    double high = eigenvalues.max().item_double();
    if (!(low >= -ROUNDING * Math.max(high, Double.MIN_NORMAL))) {
      throw new IllegalArgumentException(
          "covariance must have no negative eigenvalue, got " + low + " beside " + high);
    }
    return eigenvalues.clamp_min(Ops.scalar(0));
  }

  /**
   * The distance of two samples.
   *
   * @param real float64 [n, d], n > d
   * @param fake float64 [m, d], m > d
   * @throws IllegalArgumentException in one line, for fewer rows than that
   */
  public Measured measure(Tensor real, Tensor fake) {
    check(real, fake, 1);
    return jackknife(real, fake, FrechetDistance::distance);
  }

  /** The fewest rows of a sample that {@link #atInfinity} takes. */
  public long leastAtInfinity(long width) {
    double rows = PARTS[PARTS.length - 1] * (2.0 * width + 1);
    return (long) Math.ceil(rows * groups / (groups - 1)) + PARTS.length;
  }

  /**
   * The intercept of the distance over 1/n: what endless samples would give, to first order. Both
   * samples are cut to n, n/2 and n/4 rows (disjoint parts, averaged) and a line is fitted. Differs
   * from the paper: there only the model's sample grows, which leaves the reference's bias in.
   *
   * @param real float64 [n, d], n at least {@link #leastAtInfinity}
   * @param fake likewise
   */
  public Measured atInfinity(Tensor real, Tensor fake) {
    check(real, fake, leastAtInfinity(real.size(1)));
    return jackknife(real, fake, FrechetDistance::intercept);
  }

  private static double distance(Tensor real, Tensor fake) {
    try (Scope scope = Scope.open()) {
      return Math.max(0, between(Gaussian.of(real), Gaussian.of(fake)));
    }
  }

  private static double intercept(Tensor real, Tensor fake) {
    long n = Math.min(real.size(0), fake.size(0));
    double[] x = new double[PARTS.length];
    double[] y = new double[PARTS.length];
    for (int i = 0; i < PARTS.length; i++) {
      long rows = n / PARTS[i];
      x[i] = 1.0 / rows;
      for (int part = 0; part < PARTS[i]; part++) {
        y[i] +=
            distance(real.narrow(0, part * rows, rows), fake.narrow(0, part * rows, rows))
                / PARTS[i];
      }
    }
    double meanX = Arrays.stream(x).average().orElseThrow();
    double meanY = Arrays.stream(y).average().orElseThrow();
    double above = 0;
    double below = 0;
    for (int i = 0; i < x.length; i++) {
      above += (x[i] - meanX) * (y[i] - meanY);
      below += (x[i] - meanX) * (x[i] - meanX);
    }
    return meanY - above / below * meanX;
  }

  /** The value over all rows, and the jackknife's error over groups of both samples. */
  private Measured jackknife(
      Tensor real, Tensor fake, ToDoubleBiFunction<Tensor, Tensor> statistic) {
    try (Scope scope = Scope.open()) {
      // In no order: a sample may come sorted by class.
      Tensor first = shuffled(real, 0);
      Tensor second = shuffled(fake, 1);
      double[] without = new double[groups];
      for (int g = 0; g < groups; g++) {
        try (Scope group = Scope.open()) {
          without[g] = statistic.applyAsDouble(without(first, g), without(second, g));
        }
      }
      double mean = Arrays.stream(without).average().orElseThrow();
      double squares = Arrays.stream(without).map(v -> (v - mean) * (v - mean)).sum();
      return new Measured(
          statistic.applyAsDouble(first, second),
          Math.sqrt(squares * (groups - 1) / groups),
          Math.min(real.size(0), fake.size(0)),
          Math.toIntExact(real.size(1)));
    }
  }

  private Tensor shuffled(Tensor x, long which) {
    int n = Math.toIntExact(x.size(0));
    int[] order = Rng.of(seed, Rng.Purpose.EVALUATE, which, 0).permutation(n);
    return x.index_select(0, Ops.longs(Arrays.stream(order).asLongStream().toArray()));
  }

  /** All rows but those of one group. */
  private Tensor without(Tensor x, int group) {
    long n = x.size(0);
    long from = n * group / groups;
    long to = n * (group + 1) / groups;
    List<Tensor> parts = new ArrayList<>();
    if (from > 0) {
      parts.add(x.narrow(0, 0, from));
    }
    if (to < n) {
      parts.add(x.narrow(0, to, n - to));
    }
    return parts.size() == 1
        ? parts.getFirst()
        : PairwiseDistances.together(parts.get(0), parts.get(1));
  }

  private static void check(Tensor real, Tensor fake, long atLeast) {
    Check.matrix("real", real);
    long least = Math.max(atLeast, real.size(1) + 1);
    if (real.size(0) < least || fake.size(0) < least) {
      throw new IllegalArgumentException(
          "real and fake must have at least %d rows for features of width %d, got %d and %d; draw more images or take narrower features"
              .formatted(least, real.size(1), real.size(0), fake.size(0)));
    }
    PairwiseDistances.check("real", real, 2);
    PairwiseDistances.check("fake", fake, 2);
    PairwiseDistances.checkWidths("real", real, "fake", fake);
  }
}
