package dev.semblance.core.data;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Work on every row of a set, on all processors. */
final class EachRow {
  private EachRow() {}

  /** The work on one row; touches no tensor. */
  @FunctionalInterface
  interface Work {
    void on(int row) throws IOException;
  }

  /**
   * Runs the work on rows 0..count-1. Fails as a loop would: with the failure of the lowest row.
   */
  static void run(int count, Work work) throws IOException {
    record Failure(int row, Exception cause) {}
    AtomicInteger lowest = new AtomicInteger(Integer.MAX_VALUE);
    AtomicReference<@Nullable Failure> failure = new AtomicReference<>();
    IntStream.range(0, count)
        .parallel()
        .forEach(
            row -> {
              if (row > lowest.get()) {
                return;
              }
              try {
                work.on(row);
              } catch (IOException | RuntimeException e) {
                lowest.accumulateAndGet(row, Math::min);
                Failure mine = new Failure(row, e);
                failure.accumulateAndGet(
                    mine, (old, fresh) -> old == null || fresh.row < old.row ? fresh : old);
              }
            });
    Failure first = failure.get();
    if (first != null) {
      if (first.cause instanceof IOException e) {
        throw e;
      }
      throw (RuntimeException) first.cause;
    }
  }
}
