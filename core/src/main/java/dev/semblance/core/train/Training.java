package dev.semblance.core.train;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The training loop: draw a batch, let the learner step, log, validate, checkpoint.
 *
 * <p>A run that is killed and started again continues from its last checkpoint to the same bits,
 * because every draw is a function of the step and every tensor the learner depends on is in the
 * checkpoint.
 */
public final class Training {
  private final Plan plan;
  private final BatchSource data;
  private final Learner learner;
  private final @Nullable Validation validation;
  private final Checkpoint latest;
  private final Checkpoint best;
  private final List<Listener> listeners = new ArrayList<>();
  private BooleanSupplier wish = () -> false;

  /**
   * How long and how often.
   *
   * @param steps in all
   * @param evaluateEvery steps between validations; 0: none
   * @param checkpointEvery steps between checkpoints
   * @param earlyStopping or none
   */
  public record Plan(
      long steps, long evaluateEvery, long checkpointEvery, @Nullable EarlyStopping earlyStopping) {
    public Plan {
      Check.atLeast("steps", steps, 1);
      Check.atLeast("evaluateEvery", evaluateEvery, 0);
      Check.atLeast("checkpointEvery", checkpointEvery, 1);
      if (earlyStopping != null && evaluateEvery == 0) {
        throw new IllegalArgumentException(
            "early stopping needs evaluateEvery >= 1, got 0; set how often to validate");
      }
    }
  }

  /**
   * How a run ended.
   *
   * @param position of the loop at the end
   * @param stoppedEarly whether validation stopped it; the learner then has its best weights
   * @param interrupted whether it was asked to stop; its checkpoint is where it stands
   */
  public record Outcome(Checkpoint.Position position, boolean stoppedEarly, boolean interrupted) {}

  /**
   * A training whose checkpoints stand in {@code folder}.
   *
   * @param validation or none; needed where {@code plan} validates
   */
  public Training(
      Plan plan, BatchSource data, Learner learner, @Nullable Validation validation, Path folder) {
    this.plan = plan;
    this.data = data;
    this.learner = learner;
    this.validation = validation;
    this.latest = new Checkpoint(folder.resolve("latest.safetensors"));
    this.best = new Checkpoint(folder.resolve("best.safetensors"));
    if (plan.evaluateEvery > 0 && validation == null) {
      throw new IllegalArgumentException("evaluateEvery > 0 needs a validation, got none");
    }
  }

  /** Adds a reader of the run. */
  public Training listen(Listener listener) {
    listeners.add(listener);
    return this;
  }

  /** Asked after every step: true ends the run there, with a checkpoint to go on from. */
  public Training stopWhen(BooleanSupplier wish) {
    this.wish = wish;
    return this;
  }

  /**
   * Where a started run stands, its tensors restored into the learner; the start where there is no
   * checkpoint.
   */
  public Checkpoint.Position resume() throws IOException {
    return latest.exists() ? latest.restore(learner.state()) : Checkpoint.Position.start();
  }

  /**
   * Runs from {@code position} to the end.
   *
   * @throws IllegalStateException for a loss that is not finite, with step, terms and the last good
   *     checkpoint
   */
  public Outcome run(Checkpoint.Position position) throws IOException {
    long started = System.nanoTime();
    double before = position.seconds();
    while (position.step() < plan.steps && !position.finished()) {
      long step = position.step();
      StepReport report;
      try (Scope scope = Scope.open()) {
        report = learner.step(data.batch(step));
      }
      double seconds = before + (System.nanoTime() - started) * 1e-9;
      if (!Double.isFinite(report.loss())) {
        throw diverged(step, report);
      }
      position = at(position, step + 1, seconds, false);
      listeners.forEach(listener -> listener.onStep(step, report, seconds));
      if (isDue(plan.evaluateEvery, step)) {
        position = validate(position);
      }
      boolean last = step + 1 == plan.steps || isStale(position);
      if (last) {
        position = at(position, step + 1, seconds, true);
      }
      boolean stop = !last && wish.getAsBoolean();
      if (last || stop || isDue(plan.checkpointEvery, step)) {
        latest.save(position, learner.state());
        listeners.forEach(listener -> listener.onCheckpoint(step));
      }
      if (stop) {
        return new Outcome(position, false, true);
      }
    }
    boolean stoppedEarly = position.step() < plan.steps;
    if (plan.earlyStopping != null && best.exists()) {
      best.restore(learner.state());
    }
    return new Outcome(position, stoppedEarly, false);
  }

  private static boolean isDue(long every, long step) {
    return every > 0 && (step + 1) % every == 0;
  }

  private boolean isStale(Checkpoint.Position position) {
    return plan.earlyStopping != null && position.stale() >= plan.earlyStopping.patience();
  }

  private static Checkpoint.Position at(
      Checkpoint.Position p, long step, double seconds, boolean finished) {
    return new Checkpoint.Position(step, p.best(), p.bestStep(), p.stale(), seconds, finished);
  }

  private Checkpoint.Position validate(Checkpoint.Position p) throws IOException {
    List<StepReport.Term> metrics;
    try (Scope scope = Scope.open()) {
      metrics = Objects.requireNonNull(validation).measure();
    }
    listeners.forEach(listener -> listener.onEvaluation(p.step() - 1, metrics));
    double value = metrics.getFirst().value();
    double needed = plan.earlyStopping == null ? 0 : plan.earlyStopping.improvement();
    if (value > p.best() + needed || p.bestStep() < 0) {
      Checkpoint.Position improved =
          new Checkpoint.Position(p.step(), value, p.step() - 1, 0, p.seconds(), p.finished());
      if (plan.earlyStopping != null) {
        best.save(improved, learner.state());
      }
      return improved;
    }
    return new Checkpoint.Position(
        p.step(), p.best(), p.bestStep(), p.stale() + 1, p.seconds(), p.finished());
  }

  private IllegalStateException diverged(long step, StepReport report) {
    return new IllegalStateException(
        "loss is "
            + report.loss()
            + " at step "
            + step
            + ", terms "
            + report.terms()
            + "; the last good checkpoint is "
            + (latest.exists() ? latest.file() : "none yet")
            + "; lower the rate, set clip, or look for NaN in the data");
  }
}
