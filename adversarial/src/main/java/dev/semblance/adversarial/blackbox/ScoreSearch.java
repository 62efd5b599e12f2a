package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.goal.Goal;

/** A search by scores. */
public interface ScoreSearch extends ScoreAttack, SearchAttack {
  @Override
  default AttackResult perturb(ScoreOracle oracle, Samples samples, Goal goal, QueryEngine engine) {
    return engine.run(this, oracle, samples, goal);
  }
}
