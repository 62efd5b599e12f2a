package dev.semblance.adversarial.verdict;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Apgd;
import dev.semblance.adversarial.attack.Attack;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.ByRank;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Fab;
import dev.semblance.adversarial.attack.Loss;
import dev.semblance.adversarial.attack.Objective;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.attack.Survivors;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.L0;
import dev.semblance.adversarial.ball.L2;
import dev.semblance.adversarial.ball.Linf;
import dev.semblance.adversarial.blackbox.OracleAttack;
import dev.semblance.adversarial.blackbox.Square;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.core.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Attacks that fail in different ways, each on those samples that stood all before it.
 *
 * @param stages in the order they are run, at least one
 */
@Source(key = "croce2020reliable", where = "Section 6 (AutoAttack)")
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

  /**
   * The four attacks of the paper: adaptive projected gradient on the cross entropy and towards the
   * nine likeliest classes, the nearest boundary towards each of them, and a random search of 5,000
   * queries. With fewer than four classes, for which the targeted ratio means nothing, and in the
   * L0 ball what is left of them.
   *
   * @param classes of the model
   */
  public static Ensemble standard(Ball ball, int classes, long seed) {
    return of(ball, classes, seed, 100, 9, 5000);
  }

  /** A smaller one: half the steps, three classes, 500 queries; three to ten times as fast. */
  public static Ensemble quick(Ball ball, int classes, long seed) {
    return of(ball, classes, seed, 50, 3, 500);
  }

  private static Ensemble of(
      Ball ball, int classes, long seed, int steps, int targets, int queries) {
    List<Stage> stages = new ArrayList<>();
    if (ball.norm() instanceof L0) {
      stages.add(new Stage("pgd", Pgd.of(ball, steps, seed), false));
      return new Ensemble(stages);
    }
    stages.add(new Stage("apgd-ce", Apgd.of(ball, seed).withSteps(steps), false));
    if (classes >= 4) {
      ByRank towards =
          Apgd.of(ball, seed).withSteps(steps).targeted(Math.min(targets, classes - 3));
      stages.add(new Stage("apgd-t", towards, false));
    } else if (classes == 3) {
      stages.add(
          new Stage(
              "apgd-dlr", Apgd.of(ball, seed).withSteps(steps).withLoss(new Loss.Ratio()), false));
    } else {
      stages.add(
          new Stage(
              "pgd-margin", Pgd.of(ball, steps, seed).withObjective(Objective::margin), false));
    }
    IntFunction<Fab> nearest = rank -> Fab.of(ball).withIterations(steps).withRanks(rank, rank);
    stages.add(new Stage("fab-t", new ByRank(nearest, targets), false));
    if (ball.norm() instanceof Linf || ball.norm() instanceof L2) {
      stages.add(new Stage("square", OracleAttack.of(Square.of(ball, queries, seed)), true));
    }
    return new Ensemble(stages);
  }

  @Override
  public AttackResult perturb(Classifier model, Samples samples, Goal goal, Engine engine) {
    return Survivors.of(stages.stream().map(Stage::attack).toList())
        .perturb(model, samples, goal, engine);
  }
}
