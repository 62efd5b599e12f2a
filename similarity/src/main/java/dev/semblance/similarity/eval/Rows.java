package dev.semblance.similarity.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Threads for work on rows: thread t owns one contiguous part of every range, so that what is
 * written for a row never depends on timing.
 */
final class Rows implements AutoCloseable {
  /** Work on rows first..end-1 by one thread. */
  @FunctionalInterface
  interface Part {
    void run(int thread, int first, int end);
  }

  private final int threads;
  private final ExecutorService others;

  Rows(int threads) {
    this.threads = threads;
    this.others =
        Executors.newFixedThreadPool(
            Math.max(1, threads - 1),
            task -> {
              Thread thread = new Thread(task, "semblance-rows");
              thread.setDaemon(true);
              return thread;
            });
  }

  int threads() {
    return threads;
  }

  /** Runs {@code part} over first..end-1, one share a thread, and waits for all. */
  void run(int first, int end, Part part) {
    int count = end - first;
    List<Future<?>> running = new ArrayList<>();
    for (int t = 1; t < threads; t++) {
      int thread = t;
      int from = first + (int) ((long) count * t / threads);
      int to = first + (int) ((long) count * (t + 1) / threads);
      running.add(others.submit(() -> part.run(thread, from, to)));
    }
    try {
      part.run(0, first, first + (int) ((long) count / threads));
    } finally {
      for (Future<?> future : running) {
        await(future);
      }
    }
  }

  private static void await(Future<?> future) {
    boolean interrupted = false;
    while (true) {
      try {
        future.get();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw new IllegalStateException("evaluation failed", e.getCause());
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    others.shutdown();
  }
}
