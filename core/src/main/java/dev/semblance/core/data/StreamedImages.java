package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import dev.semblance.core.tensor.Ops;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An image set too large for memory: images are decoded batch by batch on worker threads.
 *
 * <p>{@link #prefetch} decodes ahead; a batch of consecutive rows prefetches the next one by
 * itself. What is decoded ahead and never asked for is dropped, oldest first, so that no more than
 * the larger of two batches and 256 MiB (or the budget, if smaller) wait. Workers touch no tensor.
 * A file that cannot be decoded fails the batch that asks for it, not the one before.
 */
public final class StreamedImages implements ImageSet {
  private static final long MOST_AHEAD = 256L << 20;
  private static final int DIGEST_BATCH = 64;

  private final Listing listing;
  private final ImageShape shape;
  private final int imageBytes;
  private final long bytesAhead;
  private final ExecutorService workers;
  // Guarded by itself; in the order of asking.
  private final Map<Integer, FutureTask<byte[]>> ahead = new LinkedHashMap<>();
  private volatile @Nullable String digest;
  private volatile boolean closed;

  private StreamedImages(Listing listing, ImageShape shape, long budget) {
    this.listing = listing;
    this.shape = shape;
    this.imageBytes = MemoryImages.bytesOf(shape);
    this.bytesAhead = Math.min(budget, MOST_AHEAD);
    this.workers =
        Executors.newFixedThreadPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            Thread.ofPlatform().daemon().name("decode-", 0).factory());
  }

  /** A set that decodes the listing's pictures to {@code shape} and closes them with itself. */
  static StreamedImages of(Listing listing, ImageShape shape, long budget) {
    return new StreamedImages(listing, shape, budget);
  }

  @Override
  public String name() {
    return listing.name();
  }

  @Override
  public int size() {
    return listing.rows().length;
  }

  @Override
  public ImageShape shape() {
    return shape;
  }

  @Override
  public List<String> classNames() {
    return listing.classNames();
  }

  @Override
  public int label(int row) {
    return listing.labels()[row];
  }

  @Override
  public int[] labels() {
    return listing.labels().clone();
  }

  @Override
  public String id(int row) {
    return listing.rowId(row);
  }

  @Override
  public Tensor images(long... rows) {
    byte[] pixels = gather(rows);
    return Ops.bytes(pixels, rows.length, shape.channels(), shape.height(), shape.width());
  }

  @Override
  public void prefetch(long... rows) {
    if (closed) {
      return;
    }
    for (long row : rows) {
      if (row >= 0 && row < size()) {
        submit((int) row);
      }
    }
    dropOldest(rows.length);
  }

  private byte[] gather(long... rows) {
    if (closed) {
      throw new IllegalStateException(name() + " is closed; open it again");
    }
    List<FutureTask<byte[]>> tasks = new java.util.ArrayList<>(rows.length);
    for (long row : rows) {
      if (row < 0 || row >= size()) {
        throw new IllegalArgumentException(
            name() + ": row must be in 0.." + (size() - 1) + ", got " + row);
      }
      tasks.add(submit((int) row));
    }
    prefetchFollowing(rows);
    byte[] pixels = new byte[Math.multiplyExact(rows.length, imageBytes)];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(result(tasks.get(i)), 0, pixels, i * imageBytes, imageBytes);
    }
    synchronized (ahead) {
      for (int i = 0; i < rows.length; i++) {
        ahead.remove((int) rows[i], tasks.get(i));
      }
    }
    return pixels;
  }

  /** Evaluation asks for row after row: go on where it will. */
  private void prefetchFollowing(long[] rows) {
    for (int i = 1; i < rows.length; i++) {
      if (rows[i] != rows[i - 1] + 1) {
        return;
      }
    }
    if (rows.length > 1) {
      long from = rows[rows.length - 1] + 1;
      long to = Math.min(size(), from + rows.length);
      for (long row = from; row < to; row++) {
        submit((int) row);
      }
      dropOldest(2 * rows.length);
    }
  }

  private FutureTask<byte[]> submit(int row) {
    synchronized (ahead) {
      FutureTask<byte[]> known = ahead.get(row);
      if (known != null) {
        return known;
      }
      FutureTask<byte[]> task =
          new FutureTask<>(() -> listing.pictures().read(listing.rows()[row]).fit(shape).pixels());
      ahead.put(row, task);
      workers.execute(task);
      return task;
    }
  }

  private void dropOldest(int keepAtLeast) {
    synchronized (ahead) {
      long keep = Math.max(2L * keepAtLeast, bytesAhead / imageBytes);
      Iterator<FutureTask<byte[]>> oldest = ahead.values().iterator();
      for (long excess = ahead.size() - keep; excess > 0; excess--) {
        oldest.next();
        oldest.remove();
      }
    }
  }

  private byte[] result(FutureTask<byte[]> task) {
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(
          new InterruptedIOException(name() + ": interrupted while decoding"));
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException failure) {
        throw new UncheckedIOException(failure.getMessage(), failure);
      }
      throw new UncheckedIOException(
          FileProblem.of(name(), "decoding failed (" + cause + ")", "report this as a bug", cause));
    }
  }

  @Override
  public String digest() {
    String known = digest;
    if (known == null) {
      Digest sum = Digest.of(shape, listing.labels(), classNames());
      for (int from = 0; from < size(); from += DIGEST_BATCH) {
        long[] rows = new long[Math.min(DIGEST_BATCH, size() - from)];
        for (int i = 0; i < rows.length; i++) {
          rows[i] = from + i;
        }
        sum.add(gather(rows));
      }
      known = sum.hex();
      digest = known;
    }
    return known;
  }

  /** How many images are decoded or being decoded ahead. */
  int waiting() {
    synchronized (ahead) {
      return ahead.size();
    }
  }

  @Override
  public String toString() {
    return name() + " (" + size() + " images " + shape + ", decoded on demand)";
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    workers.shutdownNow();
    synchronized (ahead) {
      ahead.clear();
    }
    try {
      listing.pictures().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
