package dev.semblance.generative.eval;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import org.bytedeco.pytorch.Tensor;

/** Features drawn for tests. */
final class Points {
  private Points() {}

  /** Standard normal, float64 [n, d]. */
  static Tensor gaussian(long seed, int n, int d) {
    Rng rng = Rng.of(seed, Rng.Purpose.SYNTHETIC);
    double[] values = new double[n * d];
    for (int i = 0; i < values.length; i++) {
      values[i] = rng.gaussian();
    }
    return Ops.doubles(values, n, d);
  }

  static double[][] rows(Tensor x) {
    int n = (int) x.size(0);
    int d = (int) x.size(1);
    double[] flat = Ops.toDoubles(x);
    double[][] rows = new double[n][d];
    for (int i = 0; i < n; i++) {
      System.arraycopy(flat, i * d, rows[i], 0, d);
    }
    return rows;
  }

  static double squared(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum;
  }

  /** The squared distance of row {@code i} to its k-th nearest other row, by sorting. */
  static double kth(double[][] x, int i, int k) {
    return java.util.stream.IntStream.range(0, x.length)
        .filter(j -> j != i)
        .mapToDouble(j -> squared(x[i], x[j]))
        .sorted()
        .toArray()[k - 1];
  }

  /** Rows in the order of a permutation. */
  static Tensor permuted(Tensor x, long seed) {
    int[] order = Rng.of(seed, Rng.Purpose.ORDER).permutation((int) x.size(0));
    return x.index_select(0, Ops.longs(java.util.Arrays.stream(order).asLongStream().toArray()));
  }
}
