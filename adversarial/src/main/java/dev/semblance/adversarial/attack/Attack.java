package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.goal.Goal;

/** Looks for images near the given ones on which the goal is reached. */
@FunctionalInterface
public interface Attack {
  /**
   * Attacks every sample that the model classifies rightly; what it gets wrong by itself is not
   * attacked.
   *
   * @param model the gradients come from
   * @param samples inside the model's box
   * @param goal resolved once, on the clean images
   * @param engine how it is run: rows at a time, progress, when to stop
   * @return in the order of the samples; its tensors in the caller's scope
   */
  AttackResult perturb(Classifier model, Samples samples, Goal goal, Engine engine);

  /** The same, run as {@link Engine#of} does. */
  default AttackResult perturb(Classifier model, Samples samples, Goal goal) {
    return perturb(model, samples, goal, Engine.of());
  }
}
