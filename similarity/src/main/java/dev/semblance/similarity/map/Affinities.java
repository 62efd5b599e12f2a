package dev.semblance.similarity.map;

import java.util.stream.IntStream;

/** The neighbourhoods of {@link Tsne} in the space of the vectors. */
final class Affinities {
  /** Halvings of the width: enough to reach neighbouring numbers from any start. */
  private static final int HALVINGS = 200;

  private Affinities() {}

  /**
   * {@code p_ij = (p_j|i + p_i|j) / 2n}: symmetric, zero on the diagonal, sums to 1.
   *
   * @param distances [n, n] squared, row-major
   */
  static float[][] joint(double[] distances, int n, double perplexity) {
    double[][] conditional = new double[n][];
    IntStream.range(0, n)
        .parallel()
        .forEach(
            i ->
                conditional[i] =
                    conditional(
                        java.util.Arrays.copyOfRange(distances, i * n, (i + 1) * n),
                        i,
                        perplexity));
    float[][] joint = new float[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        joint[i][j] = (float) ((conditional[i][j] + conditional[j][i]) / (2.0 * n));
      }
    }
    return joint;
  }

  /**
   * Eq. (1) with the width that gives the perplexity {@code 2^H}. Where more points than that
   * coincide with this one no width does, and the widest that looks at them alone is taken.
   *
   * @param distances squared, from point {@code self} to all, itself included
   */
  static double[] conditional(double[] distances, int self, double perplexity) {
    int n = distances.length;
    double nearest = Double.POSITIVE_INFINITY;
    double mean = 0;
    for (int j = 0; j < n; j++) {
      if (j != self) {
        nearest = Math.min(nearest, distances[j]);
        mean += distances[j] / (n - 1);
      }
    }
    double[] p = new double[n];
    double target = Math.log(perplexity);
    // The precision 1 / (2 sigma^2), bracketed in powers of two and then halved.
    double precision = mean > nearest ? 1 / (mean - nearest) : 1;
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    for (int halving = 0; halving < HALVINGS; halving++) {
      double entropy = fill(p, distances, self, nearest, precision);
      if (Math.abs(entropy - target) < 1e-10) {
        break;
      }
      if (entropy > target) {
        low = precision;
        precision = Double.isInfinite(high) ? precision * 2 : (low + high) / 2;
      } else {
        high = precision;
        precision = (low + high) / 2;
      }
      if (!(precision < 1e300)) {
        break;
      }
    }
    return p;
  }

  /** The distribution of one width; its entropy in nats. */
  private static double fill(
      double[] p, double[] distances, int self, double nearest, double precision) {
    double sum = 0;
    double weighted = 0;
    for (int j = 0; j < p.length; j++) {
      double excess = distances[j] - nearest;
      p[j] = j == self ? 0 : Math.exp(-precision * excess);
      sum += p[j];
      weighted += p[j] > 0 ? p[j] * excess : 0;
    }
    for (int j = 0; j < p.length; j++) {
      p[j] /= sum;
    }
    return Math.log(sum) + precision * weighted / sum;
  }
}
