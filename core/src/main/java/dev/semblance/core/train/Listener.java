package dev.semblance.core.train;

import java.util.List;

/** Reads what happens in a training; never alters it. */
public interface Listener {
  /** After a step. */
  default void onStep(long step, StepReport report, double seconds) {}

  /** After a validation, whose first metric decides about early stopping. */
  default void onEvaluation(long step, List<StepReport.Term> metrics) {}

  /** After a checkpoint is safely on disk. */
  default void onCheckpoint(long step) {}
}
