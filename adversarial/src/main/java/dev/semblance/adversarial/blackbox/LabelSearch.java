package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.access.LabelOracle;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.goal.Goal;

/** A search by labels. */
public interface LabelSearch extends LabelAttack, SearchAttack {
  @Override
  default AttackResult perturb(LabelOracle oracle, Samples samples, Goal goal, QueryEngine engine) {
    return engine.run(this, oracle, samples, goal);
  }
}
