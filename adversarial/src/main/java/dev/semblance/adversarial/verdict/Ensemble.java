package dev.semblance.adversarial.verdict;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Attack;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.attack.Survivors;
import dev.semblance.adversarial.goal.Goal;
import java.util.List;

/**
 * Attacks that fail in different ways, each on those samples that stood all before it.
 *
 * @param stages in the order they are run, at least one
 */
public record Ensemble(List<Stage> stages) implements Attack {
  /**
   * One of them.
   *
   * @param name for reports
   * @param attack within the ensemble's ball
   * @param blackBox whether it sees scores only
   */
  public record Stage(String name, Attack attack, boolean blackBox) {}

  public Ensemble {
    stages = List.copyOf(stages);
    if (stages.isEmpty()) {
      throw new IllegalArgumentException("stages must be at least one, got none");
    }
  }

  @Override
  public AttackResult perturb(Classifier model, Samples samples, Goal goal, Engine engine) {
    return Survivors.of(stages.stream().map(Stage::attack).toList())
        .perturb(model, samples, goal, engine);
  }
}
