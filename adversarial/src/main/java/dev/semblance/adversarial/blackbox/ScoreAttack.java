package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.goal.Goal;

/** Looks for images near the given ones on which the goal is reached, by scores alone. */
@FunctionalInterface
public interface ScoreAttack {
  /**
   * Attacks every sample that the model classifies rightly.
   *
   * @param oracle asked about images; it counts
   * @param samples inside the oracle's box
   * @param goal resolved once, on the clean images
   * @param engine how it is run: rows a call, budget, progress, when to stop
   * @return in the order of the samples; its tensors in the caller's scope
   */
  AttackResult perturb(ScoreOracle oracle, Samples samples, Goal goal, QueryEngine engine);

  /** The same, run as {@link QueryEngine#of} does. */
  default AttackResult perturb(ScoreOracle oracle, Samples samples, Goal goal) {
    return perturb(oracle, samples, goal, QueryEngine.of());
  }
}
