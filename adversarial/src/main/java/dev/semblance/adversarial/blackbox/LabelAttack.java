package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.access.LabelOracle;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.goal.Goal;

/** Looks for images near the given ones on which the goal is reached, by labels alone. */
@FunctionalInterface
public interface LabelAttack {
  /**
   * Attacks every sample that the model classifies rightly.
   *
   * @param oracle asked about images; it counts
   * @param samples inside the oracle's box
   * @param goal resolved once, on the clean labels; one that needs scores is refused
   * @param engine how it is run: rows a call, budget, progress, when to stop
   * @return in the order of the samples; its tensors in the caller's scope
   */
  AttackResult perturb(LabelOracle oracle, Samples samples, Goal goal, QueryEngine engine);

  /** The same, run as {@link QueryEngine#of} does. */
  default AttackResult perturb(LabelOracle oracle, Samples samples, Goal goal) {
    return perturb(oracle, samples, goal, QueryEngine.of());
  }
}
