package dev.semblance.generative.eval;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The squared maximum mean discrepancy under the kernel {@code (x.y/d + 1)^3}: means, variances and
 * third moments compared at once.
 *
 * <p>Unbiased at any n, so it may be negative. The value is the U-statistic of all pairs; the error
 * is that of the mean over disjoint blocks, which is not below the value's own. Differs from the
 * paper: there the spread of 100 overlapping subsets is given, which is no error of the mean.
 *
 * @param blocks disjoint, for the error; at least 2
 * @param seed of which row is in which block
 */
@Source(key = "binkowski2018demystifying", where = "Eq. (4) and section 4")
public record KernelDistance(int blocks, long seed) {
  /** Rows of a product of kernels that exists at once. */
  private static final long TILE_VALUES = 1L << 22;

  public KernelDistance {
    Check.atLeast("blocks", blocks, 2);
  }

  /** 10 blocks: the paper's 1,000 rows in a block at 10,000 images. */
  public static KernelDistance of(long seed) {
    return new KernelDistance(10, seed);
  }

  /**
   * A distance and its standard error.
   *
   * @param distance may be negative
   * @param standardError of it
   * @param n rows of the smaller sample
   */
  public record Measured(double distance, double standardError, long n) {}

  /**
   * The distance of two samples.
   *
   * @param real float64 [n, d], at least 2 rows in each block
   * @param fake float64 [m, d], likewise
   */
  public Measured measure(Tensor real, Tensor fake) {
    PairwiseDistances.check("real", real, 2 * blocks);
    PairwiseDistances.check("fake", fake, 2 * blocks);
    PairwiseDistances.checkWidths("real", real, "fake", fake);
    double[] values = new double[blocks];
    for (int b = 0; b < blocks; b++) {
      try (Scope scope = Scope.open()) {
        values[b] = unbiased(block(real, b, 0), block(fake, b, 1));
      }
    }
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return new Measured(
        unbiased(real, fake),
        Math.sqrt(squares / (blocks - 1) / blocks),
        Math.min(real.size(0), fake.size(0)));
  }

  private Tensor block(Tensor x, int block, long which) {
    int n = Math.toIntExact(x.size(0));
    int[] order = Rng.of(seed, Rng.Purpose.EVALUATE, which, 1).permutation(n);
    int from = Math.toIntExact((long) n * block / blocks);
    int to = Math.toIntExact((long) n * (block + 1) / blocks);
    long[] rows = Arrays.stream(order, from, to).asLongStream().toArray();
    return x.index_select(0, Ops.longs(rows));
  }

  /** Eq. (4): the mean kernel of distinct pairs within each, less twice that across. */
  private static double unbiased(Tensor real, Tensor fake) {
    return within(real) + within(fake) - 2 * sum(real, fake) / real.size(0) / fake.size(0);
  }

  private static double within(Tensor x) {
    double n = x.size(0);
    double d = x.size(1);
    try (Scope scope = Scope.open()) {
      Tensor own = x.square().sum(new long[] {1}, false, Ops.sameType());
      Tensor kernels = own.div_(Ops.scalar(d)).add_(Ops.scalar(1)).pow_(Ops.scalar(3));
      return (sum(x, x) - kernels.sum().item_double()) / n / (n - 1);
    }
  }

  /** The sum of the kernel over all pairs of rows. */
  private static double sum(Tensor a, Tensor b) {
    long rows = Math.max(1, Math.min(a.size(0), TILE_VALUES / b.size(0)));
    double sum = 0;
    try (Scope all = Scope.open()) {
      Tensor across = b.t();
      Tensor start = Ops.doubles(new double[] {1}, 1);
      Scalar share = Ops.scalar(1.0 / a.size(1));
      Scalar one = Ops.scalar(1);
      for (long from = 0; from < a.size(0); from += rows) {
        try (Scope scope = Scope.open()) {
          Tensor part = a.narrow(0, from, Math.min(rows, a.size(0) - from));
          Tensor base = torch.addmm(start, part, across, one, share);
          sum += base.square().mul_(base).sum().item_double();
        }
      }
    }
    return sum;
  }
}
