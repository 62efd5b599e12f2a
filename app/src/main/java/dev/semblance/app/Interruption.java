package dev.semblance.app;

import dev.semblance.core.train.Checkpoint;
import dev.semblance.core.train.Training;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C taken as a wish: the process stays alive until the work in progress has ended after its
 * step and what there is has been written, at most a few minutes. Then it ends with the exit code
 * of {@link Main}.
 */
final class Interruption implements AutoCloseable {
  private static final long MOST_MINUTES = 5;
  private final CountDownLatch written = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean wished;

  private Interruption(Output output) {
    // Nothing is flushed or joined here: the thread at work does that, and then halts the JVM.
    hook =
        new Thread(
            () -> {
              wished = true;
              output.log("stopping after this step; what there is gets written ...");
              try {
                written.await(MOST_MINUTES, TimeUnit.MINUTES);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "interruption");
  }

  /** From now on until closed, a signal is a wish. */
  static Interruption watch(Output output) {
    Interruption watch = new Interruption(output);
    Runtime.getRuntime().addShutdownHook(watch.hook);
    return watch;
  }

  /**
   * Runs a training to its end.
   *
   * @throws Problem where a signal came: its checkpoint is written, and the line says how to go on
   */
  static Training.Outcome train(
      Output output, Path run, Training training, Checkpoint.Position position) throws IOException {
    try (Interruption interruption = watch(output)) {
      Training.Outcome outcome = training.stopWhen(interruption::wished).run(position);
      if (outcome.interrupted()) {
        throw Problem.failure(
            "%s: stopped after step %,d as asked; go on by the same command with --resume"
                .formatted(run, outcome.position().step()));
      }
      return outcome;
    }
  }

  /**
   * Between two pieces of work.
   *
   * @throws Problem where a signal came, and what there is is not worth writing
   */
  void endIfWished(String what) {
    if (wished) {
      throw Problem.failure(what + ": stopped as asked, nothing was written");
    }
  }

  /** Whether the user wants an end. */
  boolean wished() {
    return wished;
  }

  /** Signals end the process again. After one, only the end of {@link Main} does. */
  @Override
  public void close() {
    if (!wished) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The signal came just now: the process is ending, and Main gives the exit code.
        return;
      }
      written.countDown();
    }
  }
}
