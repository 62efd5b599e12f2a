package dev.semblance.similarity.eval;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * How well clusters agree with classes; symmetric in the two, and blind to their names.
 *
 * <p>With mutual information I and entropies H (natural logarithms): {@code NMI = 2I / (H_U +
 * H_V)}; older papers divide by the geometric mean. {@code AMI = (I - E[I]) / ((H_U + H_V)/2 -
 * E[I])} with E over random partitions of the same sizes; the adjusted Rand index does the same for
 * pairs of items. Partitions that are the same have 1 throughout, trivial ones included; otherwise
 * a partition into one cluster, or into single items, has AMI and ARI 0. NMI grows with the number
 * of clusters even by chance: report AMI or ARI beside it.
 *
 * @param nmi normalised mutual information, arithmetic mean; in [0, 1]
 * @param nmiGeometric the same, geometric mean; in [0, 1]
 * @param ami adjusted mutual information; at most 1, about 0 by chance
 * @param ari adjusted Rand index; at most 1, about 0 by chance
 */
@Source(key = "vinh2010information", where = "Table 2 and Eq. (24a)")
@Source(key = "hubert1985comparing", where = "Eq. (5)")
public record Clustering(double nmi, double nmiGeometric, double ami, double ari) {
  /** Relative rounding below which a difference of sums over items is 0. */
  private static final double ROUNDING = 1e-12;

  /**
   * Compares two partitions of the same items.
   *
   * @param clusters any number per item
   * @param classes any number per item
   * @throws IllegalArgumentException for other lengths and without items
   */
  public static Clustering of(int[] clusters, int[] classes) {
    Check.atLeast("number of items", clusters.length, 1);
    if (classes.length != clusters.length) {
      throw new IllegalArgumentException(
          "classes must be one for each of " + clusters.length + " items, got " + classes.length);
    }
    int n = clusters.length;
    int[] u = dense(clusters);
    int[] v = dense(classes);
    int[] a = sizes(u);
    int[] b = sizes(v);
    // Cells sorted by (u, v): the order of additions is fixed.
    long[] cells = new long[n];
    for (int i = 0; i < n; i++) {
      cells[i] = (long) u[i] << 32 | v[i];
    }
    Arrays.sort(cells);
    double information = 0;
    double together = 0;
    int distinct = 0;
    for (int from = 0, to; from < n; from = to) {
      to = from + 1;
      while (to < n && cells[to] == cells[from]) {
        to++;
      }
      double count = to - from;
      double expected = (double) a[(int) (cells[from] >>> 32)] * b[(int) cells[from]] / n;
      information += count / n * Math.log(count / expected);
      together += pairs(count);
      distinct++;
    }
    if (distinct == a.length && distinct == b.length) {
      return new Clustering(1, 1, 1, 1); // the same partition: each cell is its row and its column
    }
    double entropyU = entropy(a, n);
    double entropyV = entropy(b, n);
    double mean = (entropyU + entropyV) / 2;
    information = Math.clamp(information, 0, mean);
    double geometric = Math.sqrt(entropyU * entropyV);
    double pairsU = Arrays.stream(a).mapToDouble(Clustering::pairs).sum();
    double pairsV = Arrays.stream(b).mapToDouble(Clustering::pairs).sum();
    return new Clustering(
        information / mean,
        geometric > 0 ? Math.min(1, information / geometric) : 0,
        adjusted(information, expectedInformation(a, b, n), mean),
        adjusted(together, pairsU / pairs(n) * pairsV, (pairsU + pairsV) / 2));
  }

  /** (value - expected) / (most - expected); 0 where value is what is expected. */
  private static double adjusted(double value, double expected, double most) {
    double gain = value - expected;
    return Math.abs(gain) <= ROUNDING * most ? 0 : gain / (most - expected);
  }

  /** Numbers 0, 1, ... in order of appearance. */
  private static int[] dense(int[] labels) {
    Map<Integer, Integer> numbers = new HashMap<>();
    int[] dense = new int[labels.length];
    for (int i = 0; i < labels.length; i++) {
      dense[i] = numbers.computeIfAbsent(labels[i], label -> numbers.size());
    }
    return dense;
  }

  private static int[] sizes(int[] dense) {
    int[] sizes = new int[Arrays.stream(dense).max().orElse(0) + 1];
    for (int number : dense) {
      sizes[number]++;
    }
    return sizes;
  }

  private static double pairs(double count) {
    return count * (count - 1) / 2;
  }

  private static double entropy(int[] sizes, int n) {
    double entropy = 0;
    for (int size : sizes) {
      double share = (double) size / n;
      entropy -= share * Math.log(share);
    }
    return Math.max(0, entropy);
  }

  /** Eq. (24a): the mean over the hypergeometric numbers of items in each cell. */
  private static double expectedInformation(int[] a, int[] b, int n) {
    double[] logFactorial = logFactorials(n);
    int[][] ofU = countEqual(a);
    int[][] ofV = countEqual(b);
    double sum = 0;
    for (int[] row : ofU) {
      for (int[] column : ofV) {
        // Cells of equal margins are equal: a partition into many single items stays cheap.
        sum += (double) row[1] * column[1] * expectedCell(row[0], column[0], n, logFactorial);
      }
    }
    return sum;
  }

  private static double expectedCell(int a, int b, int n, double[] logFactorial) {
    double fixed =
        logFactorial[a]
            + logFactorial[b]
            + logFactorial[n - a]
            + logFactorial[n - b]
            - logFactorial[n];
    double sum = 0;
    for (int count = Math.max(1, a + b - n); count <= Math.min(a, b); count++) {
      double logProbability =
          fixed
              - logFactorial[count]
              - logFactorial[a - count]
              - logFactorial[b - count]
              - logFactorial[n - a - b + count];
      double information = Math.log((double) n * count / ((double) a * b));
      sum += Math.exp(logProbability) * count / n * information;
    }
    return sum;
  }

  /** {size, how many have it} by ascending size. */
  private static int[][] countEqual(int[] sizes) {
    int[] sorted = sizes.clone();
    Arrays.sort(sorted);
    int[] distinct = Arrays.stream(sorted).distinct().toArray();
    int[][] counts = new int[distinct.length][];
    for (int i = 0, at = 0; i < distinct.length; i++) {
      int from = at;
      while (at < sorted.length && sorted[at] == distinct[i]) {
        at++;
      }
      counts[i] = new int[] {distinct[i], at - from};
    }
    return counts;
  }

  /** ln 0!, ..., ln n!, summed with compensation: terms of millions are taken from one another. */
  private static double[] logFactorials(int n) {
    double[] values = new double[n + 1];
    double lost = 0;
    for (int i = 1; i <= n; i++) {
      double term = Math.log(i) - lost;
      values[i] = values[i - 1] + term;
      lost = values[i] - values[i - 1] - term;
    }
    return values;
  }
}
