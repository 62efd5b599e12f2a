package dev.semblance.core.eval;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.OneBlasThread;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Percentile intervals from resampling with replacement.
 *
 * <p>Resample {@code b} draws from a stream keyed by {@code Rng.of(seed, EVALUATE, b, 0)}: the same
 * seed and the same number of units give the same draws, so that several columns are resampled
 * together and two models can be compared pair by pair. The result does not depend on threads.
 *
 * @param resamples how many, at least 100
 * @param confidence the share of resamples inside the interval, in (0, 1)
 * @param seed of the draws
 */
@Source(key = "efron1993introduction", where = "Section 13.3, the percentile interval")
public record Bootstrap(int resamples, double confidence, long seed) {
  /** Memory of the resamples that are multiplied at once. */
  private static final long TOGETHER_BYTES = 32L << 20;

  public Bootstrap {
    Check.atLeast("resamples", resamples, 100);
    if (!(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException("confidence must be in (0, 1), got " + confidence);
    }
  }

  /** 1,000 resamples (Efron and Tibshirani, Section 14.5: about 1,000 for intervals), 95 %. */
  public static Bootstrap of(long seed) {
    return new Bootstrap(1000, 0.95, seed);
  }

  /** The interval of the mean of {@code values} over resampled values. */
  public Interval mean(double[] values) {
    return means(List.of(values)).getFirst();
  }

  /** The intervals of the means of several columns whose rows are resampled together. */
  public List<Interval> means(List<double[]> columns) {
    double[] ones = new double[length(columns)];
    Arrays.fill(ones, 1);
    return ratios(columns, ones);
  }

  /**
   * The intervals of {@code sum numerator / sum denominator} over resampled units: with class sums
   * and class sizes, the mean over items when classes are resampled.
   *
   * @param numerators columns of one length
   * @param denominator of the same length, all > 0
   */
  public List<Interval> ratios(List<double[]> numerators, double[] denominator) {
    int units = length(numerators);
    if (denominator.length != units) {
      throw new IllegalArgumentException(
          "denominator must have " + units + " values, got " + denominator.length);
    }
    for (double weight : denominator) {
      Check.positive("denominator", weight);
    }
    List<double[]> columns = new ArrayList<>(numerators);
    columns.add(denominator);
    double[][] sums = resample(columns, new int[] {0, units});
    double[] below = sums[numerators.size()];
    List<Interval> intervals = new ArrayList<>();
    for (int c = 0; c < numerators.size(); c++) {
      double[] statistic = sums[c];
      for (int b = 0; b < resamples; b++) {
        statistic[b] /= below[b];
      }
      intervals.add(interval(statistic));
    }
    return intervals;
  }

  /**
   * The intervals of the mean over groups of the means within groups, where rows are resampled
   * within their group and every group keeps its size.
   *
   * @param groups the group of each row, any numbers
   */
  public List<Interval> stratifiedMeans(List<double[]> columns, int[] groups) {
    int rows = length(columns);
    if (groups.length != rows) {
      throw new IllegalArgumentException(
          "groups must have " + rows + " values, got " + groups.length);
    }
    int[] order =
        IntStream.range(0, rows)
            .boxed()
            .sorted((i, j) -> Integer.compare(groups[i], groups[j]))
            .mapToInt(Integer::intValue)
            .toArray();
    int[] bounds =
        IntStream.rangeClosed(0, rows)
            .filter(i -> i == 0 || i == rows || groups[order[i]] != groups[order[i - 1]])
            .toArray();
    int strata = bounds.length - 1;
    List<double[]> scaled = new ArrayList<>();
    for (double[] column : columns) {
      double[] values = new double[rows];
      for (int s = 0; s < strata; s++) {
        double weight = 1.0 / ((double) strata * (bounds[s + 1] - bounds[s]));
        for (int i = bounds[s]; i < bounds[s + 1]; i++) {
          values[i] = weight * column[order[i]];
        }
      }
      scaled.add(values);
    }
    return Arrays.stream(resample(scaled, bounds)).map(this::interval).toList();
  }

  /**
   * Sums [column][resample] over units drawn within {@code bounds[s]..bounds[s+1]}: how often each
   * unit is drawn, times the columns, some resamples a product.
   */
  private double[][] resample(List<double[]> columns, int[] bounds) {
    int units = bounds[bounds.length - 1];
    int together = (int) Math.max(1, Math.min(32, TOGETHER_BYTES / Double.BYTES / units));
    int products = (resamples + together - 1) / together;
    double[][] sums = new double[columns.size()][resamples];
    try (Scope scope = Scope.open();
        OneBlasThread blas = new OneBlasThread()) {
      Tensor values = values(columns, units);
      IntStream.range(0, products)
          .parallel()
          .forEach(
              p -> {
                int first = p * together;
                int count = Math.min(together, resamples - first);
                double[] product = product(values, first, count, bounds);
                for (int c = 0; c < sums.length; c++) {
                  System.arraycopy(product, c * count, sums[c], first, count);
                }
              });
    }
    return sums;
  }

  /** The sums of some resamples; opens a scope, since each thread needs its own. */
  private double[] product(Tensor values, int first, int count, int[] bounds) {
    try (Scope scope = Scope.open()) {
      int units = bounds[bounds.length - 1];
      Tensor drawn = Ops.empty(ScalarType.Byte, count, units);
      ByteBuffer memory = Ops.memory(drawn);
      byte[] counts = new byte[units];
      for (int b = 0; b < count; b++) {
        draw(first + b, bounds, counts);
        memory.put(counts);
      }
      return Ops.toDoubles(torch.mm(values, drawn.to(ScalarType.Double).t()));
    }
  }

  /** The columns as rows of a matrix. */
  private static Tensor values(List<double[]> columns, int units) {
    Tensor values = Ops.empty(ScalarType.Double, columns.size(), units);
    DoubleBuffer memory = Ops.memory(values).asDoubleBuffer();
    columns.forEach(memory::put);
    return values;
  }

  /**
   * How often each unit is drawn in one resample, in unsigned bytes, which stay in the first-level
   * cache: a unit is drawn 256 times with a probability below n/256!, so never.
   */
  private void draw(int resample, int[] bounds, byte[] counts) {
    Arrays.fill(counts, (byte) 0);
    // Ten million draws: a counter mixed by SplitMix64 takes a third of Philox's time.
    long counter = Rng.of(seed, Rng.Purpose.EVALUATE, resample, 0).nextLong();
    for (int s = 0; s + 1 < bounds.length; s++) {
      int low = bounds[s];
      int size = bounds[s + 1] - bounds[s];
      // Lemire's multiplication in place of a division per draw; the rejection keeps it unbiased.
      long threshold = (1L << 32) % size;
      for (int i = 0; i < size; ) {
        long word = Rng.mix(counter += Rng.GOLDEN);
        long product = (word & 0xFFFFFFFFL) * size;
        if ((product & 0xFFFFFFFFL) >= threshold) {
          counts[low + (int) (product >>> 32)]++;
          i++;
        }
        product = (word >>> 32) * size;
        if (i < size && (product & 0xFFFFFFFFL) >= threshold) {
          counts[low + (int) (product >>> 32)]++;
          i++;
        }
      }
    }
  }

  private Interval interval(double[] statistic) {
    Arrays.sort(statistic);
    return new Interval(
        quantile(statistic, (1 - confidence) / 2), quantile(statistic, (1 + confidence) / 2));
  }

  /** Linear between order statistics (type 7 of Hyndman and Fan). */
  private static double quantile(double[] sorted, double p) {
    double position = p * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }

  private static int length(List<double[]> columns) {
    if (columns.isEmpty() || columns.getFirst().length == 0) {
      throw new IllegalArgumentException("values must not be empty; nothing can be resampled");
    }
    int length = columns.getFirst().length;
    for (double[] column : columns) {
      if (column.length != length) {
        throw new IllegalArgumentException(
            "columns must have " + length + " values each, got " + column.length);
      }
      for (double value : column) {
        Check.finite("value", value);
      }
    }
    return length;
  }
}
