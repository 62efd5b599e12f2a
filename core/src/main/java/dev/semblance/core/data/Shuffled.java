package dev.semblance.core.data;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Rng.Purpose;
import org.jspecify.annotations.Nullable;

/**
 * Every row once an epoch, in a fresh random order each epoch.
 *
 * <p>An epoch has {@code floor(n / batch)} batches; the rows left over change with the order, so
 * none is left out for good. Rows never repeat within a batch.
 */
public final class Shuffled implements Sampler {
  private final int n;
  private final int batch;
  private final long seed;
  private volatile @Nullable Epoch latest;

  private Shuffled(int n, int batch, long seed) {
    this.n = n;
    this.batch = batch;
    this.seed = seed;
  }

  /**
   * The order of {@code n} rows in batches of {@code batch}.
   *
   * @throws IllegalArgumentException if the batch is empty or larger than the set
   */
  public static Shuffled of(int n, int batch, long seed) {
    Check.atLeast("n", n, 1);
    Check.atLeast("batch", batch, 1);
    if (batch > n) {
      throw new IllegalArgumentException(
          "batch must be <= the " + n + " rows of the set, got " + batch + "; lower the batch");
    }
    return new Shuffled(n, batch, seed);
  }

  /** {@code floor(n / batch)}. */
  public long batchesPerEpoch() {
    return n / batch;
  }

  @Override
  public long[] batch(long step) {
    Check.atLeast("step", step, 0);
    long number = step / batchesPerEpoch();
    Epoch epoch = latest;
    if (epoch == null || epoch.number != number) {
      // The number of the epoch keys the draw, so that nothing but seed and step decides.
      epoch = new Epoch(number, Rng.of(seed, Purpose.ORDER, 0, number).permutation(n));
      latest = epoch;
    }
    int first = (int) (step % batchesPerEpoch()) * batch;
    long[] rows = new long[batch];
    for (int i = 0; i < batch; i++) {
      rows[i] = epoch.order[first + i];
    }
    return rows;
  }

  /**
   * How many items of its own class an item meets on average in a random batch: {@code (batch - 1)
   * sum_c n_c (n_c - 1) / (n (n - 1))}. Where this is far below 1 a pair or triplet loss starves;
   * take {@link PkSampler}.
   */
  public static double expectedPositives(int[] labels, int batch) {
    Check.atLeast("number of labels", labels.length, 2);
    Check.atLeast("batch", batch, 1);
    double pairs = 0;
    for (int[] rows : PkSampler.rowsByClass(labels)) {
      pairs += (double) rows.length * (rows.length - 1);
    }
    return (batch - 1) * pairs / ((double) labels.length * (labels.length - 1));
  }

  private record Epoch(long number, int[] order) {}
}
