package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.Tensor;

/**
 * Runs a {@link RowAttack} over samples: a fixed number of rows is in work, a row that is done
 * leaves at once, and the next sample takes its place. Every forward and backward row is booked on
 * its sample.
 *
 * <p>A sample leaves at the first image that reaches the goal, or, where the attack looks for the
 * nearest, when it has no steps left. In the end every image kept is tried again as it is stored:
 * finite, inside ball and box, and the goal reached.
 *
 * <p>Random draws never depend on who shares the batch. What goes through the model does so to
 * rounding: libtorch's kernels depend on the number of rows and a row's place among them. In strict
 * mode both are fixed, and the result of a sample is the same bit for bit whatever the other
 * samples, their order and number; the batch then costs its full price even where few rows are
 * left, so this is slower at the end.
 *
 * @param rows in work at a time
 * @param strict whether every batch has {@code rows} rows and a sample its own place among them
 * @param stop asked before every step; once true, or once the thread is interrupted, samples that
 *     are not done stay {@link Outcome.Verdict#UNTRIED}
 * @param progress told after every step how many samples are done
 */
public record Engine(int rows, boolean strict, BooleanSupplier stop, IntConsumer progress) {
  public Engine {
    Check.atLeast("rows", rows, 1);
    if (strict && rows < 2) {
      throw new IllegalArgumentException("rows must be >= 2 in strict mode, got " + rows);
    }
  }

  /** That many rows; not strict, never stopped, silent. */
  public Engine(int rows) {
    this(rows, false, () -> false, done -> {});
  }

  /** 128 rows: from there on a batch of small images gets no faster. */
  public static Engine of() {
    return new Engine(128);
  }

  /** The same with strict mode. */
  public Engine withStrict() {
    return new Engine(rows, true, stop, progress);
  }

  /** The same with another stop signal. */
  public Engine withStop(BooleanSupplier other) {
    return new Engine(rows, strict, other, progress);
  }

  /** The same, telling {@code other} of progress. */
  public Engine withProgress(IntConsumer other) {
    return new Engine(rows, strict, stop, other);
  }

  /**
   * Attacks all samples.
   *
   * @return its tensors in the caller's scope
   * @throws IllegalArgumentException for labels or images that do not fit the model, for a model
   *     that does not fit the attack, and in strict mode for one whose rows depend on each other
   * @throws IllegalStateException where the model fails on every clean image
   */
  public AttackResult run(RowAttack attack, Classifier model, Samples samples, Goal goal) {
    refuseOutside(model, samples);
    attack.refuse(model);
    try (Scope scope = Scope.open()) {
      Passes passes = new Passes(model, strict);
      if (strict) {
        passes.probe(samples.images(), rows);
      }
      try (Run run = new Run(this, attack, passes, model, samples, goal)) {
        run.clean();
        run.work();
        run.confirm();
        AttackResult result = run.result();
        scope.keep(result.adversarial());
        return result;
      }
    }
  }

  /** The same; {@code progress} is told how many samples are done, after every step. */
  public AttackResult run(
      RowAttack attack, Classifier model, Samples samples, Goal goal, IntConsumer progress) {
    return withProgress(progress).run(attack, model, samples, goal);
  }

  boolean stopped() {
    return stop.getAsBoolean() || Thread.currentThread().isInterrupted();
  }

  private static void refuseOutside(Classifier model, Samples samples) {
    long[] labels = Ops.toLongs(samples.labels());
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= model.classes()) {
        throw new IllegalArgumentException(
            "labels must be in 0.."
                + (model.classes() - 1)
                + ", got "
                + labels[i]
                + " for sample "
                + samples.ids()[i]);
      }
    }
    try (Scope scope = Scope.open()) {
      Tensor images = samples.images();
      double low = images.min().item_double();
      double high = images.max().item_double();
      if (!(low >= model.box().low() && high <= model.box().high())) {
        throw new IllegalArgumentException(
            "images must be in "
                + model.box().low()
                + ".."
                + model.box().high()
                + ", got "
                + low
                + ".."
                + high
                + "; scale them, the model normalises by itself");
      }
    }
  }
}
