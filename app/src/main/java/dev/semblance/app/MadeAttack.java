package dev.semblance.app;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.attack.Attack;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.blackbox.LabelAttack;
import dev.semblance.adversarial.blackbox.QueryEngine;
import dev.semblance.adversarial.blackbox.ScoreAttack;
import dev.semblance.adversarial.goal.Goal;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/** An attack that is set, and sees as much of the model as it needs. */
sealed interface MadeAttack {
  /**
   * Runs it.
   *
   * @return its tensors in the caller's scope
   */
  AttackResult run(TargetModel model, Samples samples, Goal goal, Effort effort);

  /** The attack with all its settings. */
  String described();

  /**
   * How attacks are run.
   *
   * @param rows in work at a time
   * @param strict whether results are the same bit for bit whoever shares the batch
   * @param budget queries of each sample
   * @param stop whether to end after the step in work
   * @param progress told how many samples are done
   */
  record Effort(
      int rows, boolean strict, long budget, BooleanSupplier stop, IntConsumer progress) {}

  /** Sees gradients. */
  record White(Attack attack) implements MadeAttack {
    @Override
    public AttackResult run(TargetModel model, Samples samples, Goal goal, Effort effort) {
      return attack.perturb(
          gradients(model, attack.getClass().getSimpleName()),
          samples,
          goal,
          new Engine(effort.rows(), effort.strict(), effort.stop(), effort.progress()));
    }

    private static Classifier gradients(TargetModel model, String name) {
      return model
          .classifier()
          .orElseThrow(
              () ->
                  Problem.failure(
                      model.spec()
                          + ": gives no gradients, which "
                          + name
                          + " needs; see semblance attacks for those that do without"));
    }

    @Override
    public String described() {
      // A lambda's name is another one in every process.
      return attack.toString().replaceAll(", \\w+=[^,\\]]*\\$\\$Lambda[^,\\]]*", "");
    }
  }

  /** Sees scores. */
  record Scores(ScoreAttack attack) implements MadeAttack {
    @Override
    public AttackResult run(TargetModel model, Samples samples, Goal goal, Effort effort) {
      ScoreOracle oracle =
          model
              .scores()
              .orElseThrow(
                  () ->
                      Problem.failure(
                          model.spec()
                              + ": gives labels and no scores, which "
                              + attack.getClass().getSimpleName()
                              + " needs; see semblance attacks for those that do with labels"));
      return attack.perturb(oracle, samples, goal, queries(effort));
    }

    @Override
    public String described() {
      return attack.toString();
    }
  }

  /** Sees labels. */
  record Labels(LabelAttack attack) implements MadeAttack {
    @Override
    public AttackResult run(TargetModel model, Samples samples, Goal goal, Effort effort) {
      return attack.perturb(model.labels(), samples, goal, queries(effort));
    }

    @Override
    public String described() {
      return attack.toString();
    }
  }

  private static QueryEngine queries(Effort effort) {
    return new QueryEngine(effort.rows(), effort.budget(), effort.stop(), effort.progress());
  }
}
