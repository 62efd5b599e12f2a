package dev.semblance.similarity.eval;

import dev.semblance.core.tensor.OneBlasThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads over the tiles of an evaluation. A tile is worked on by one thread, and what comes out of
 * a row depends on the tile it lies in, never on the thread that took it.
 */
final class Rows {
  /** Work on one query row, whose scores (see {@link Tiles.Reader#row}) may be overwritten. */
  @FunctionalInterface
  interface Work {
    void row(int row, ScoreRow scores);
  }

  /** Makes the work of one thread, with that thread's own memory. */
  @FunctionalInterface
  interface Worker {
    Work start();
  }

  private Rows() {}

  /** Runs over all rows of all tiles, on this thread and {@code threads - 1} others. */
  static void run(Tiles tiles, int threads, Worker worker) {
    AtomicInteger next = new AtomicInteger();
    int useful = Math.min(threads, tiles.count());
    if (useful == 1) {
      work(tiles, next, worker);
      return;
    }
    ExecutorService others =
        Executors.newFixedThreadPool(
            useful - 1,
            task -> {
              Thread thread = new Thread(task, "semblance-rows");
              thread.setDaemon(true);
              return thread;
            });
    try (OneBlasThread blas = new OneBlasThread()) {
      List<Future<?>> running = new ArrayList<>();
      for (int t = 1; t < useful; t++) {
        running.add(others.submit(() -> work(tiles, next, worker)));
      }
      try {
        work(tiles, next, worker);
      } finally {
        running.forEach(Rows::await);
      }
    } finally {
      others.shutdown();
    }
  }

  private static void work(Tiles tiles, AtomicInteger next, Worker worker) {
    try (Tiles.Reader reader = tiles.reader()) {
      Work work = worker.start();
      ScoreRow scores = new ScoreRow(tiles.columns());
      for (int tile = next.getAndIncrement(); tile < tiles.count(); tile = next.getAndIncrement()) {
        reader.load(tile);
        for (int row = tiles.first(tile); row < tiles.first(tile + 1); row++) {
          reader.row(row, scores);
          work.row(row, scores);
        }
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
}
