package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.access.LabelOracle;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.attack.Attack;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.goal.Goal;

/**
 * A black-box attack where one with gradients is expected, such as a stage of an ensemble: the
 * model's gradients are left alone, and every query is booked as a forward row as well.
 *
 * <p>Of the engine it takes the rows, the stop signal and the progress. Strict mode is not for
 * black boxes: draws are the same bit for bit, answers to the rounding of the batch's shape.
 */
public record OracleAttack(ScoreAttack attack) implements Attack {
  /** An attack by scores. */
  public static OracleAttack of(ScoreAttack attack) {
    return new OracleAttack(attack);
  }

  /** An attack by labels. */
  public static OracleAttack of(LabelAttack attack) {
    return new OracleAttack(
        (oracle, samples, goal, engine) ->
            attack.perturb(LabelOracle.of(oracle), samples, goal, engine));
  }

  @Override
  public AttackResult perturb(Classifier model, Samples samples, Goal goal, Engine engine) {
    QueryEngine queries =
        QueryEngine.of()
            .withRows(engine.rows())
            .withStop(engine.stop())
            .withProgress(engine.progress());
    AttackResult result = attack.perturb(ScoreOracle.of(model), samples, goal, queries);
    return new AttackResult(
        result.adversarial(), result.outcomes().stream().map(OracleAttack::booked).toList());
  }

  private static Outcome booked(Outcome outcome) {
    return new Outcome(
        outcome.id(),
        outcome.verdict(),
        outcome.steps(),
        outcome.queries(),
        outcome.backwards(),
        outcome.zeroGradients(),
        outcome.queries(),
        outcome.distance(),
        outcome.eightBit(),
        outcome.reason(),
        outcome.stage());
  }
}
