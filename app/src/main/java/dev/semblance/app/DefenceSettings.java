package dev.semblance.app;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.defend.Defence;
import dev.semblance.adversarial.defend.FreeLearner;
import dev.semblance.adversarial.defend.InnerAttack;
import dev.semblance.adversarial.defend.InnerAttack.Climb;
import dev.semblance.adversarial.defend.InnerAttack.Start;
import dev.semblance.adversarial.defend.Mart;
import dev.semblance.adversarial.defend.MixedCrossEntropy;
import dev.semblance.adversarial.defend.RobustLearner;
import dev.semblance.adversarial.defend.RobustLoss;
import dev.semblance.adversarial.defend.Student;
import dev.semblance.adversarial.defend.Trades;
import dev.semblance.adversarial.defend.WeightAdversary;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.train.Learner;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is particular to a defence, by the keys of {@code --set}. */
sealed interface DefenceSettings {
  /** The names of {@code --defence}. */
  List<String> NAMES = List.of("none", "fgsm", "pgd", "fast", "free", "trades", "mart", "awp");

  /**
   * The learner of this defence; the caller closes it before the student.
   *
   * @param shape of the batches, [n, c, h, w]
   */
  Learner learner(Student student, Ball ball, long... shape);

  /** How often a batch is learnt from. */
  default int replays() {
    return 1;
  }

  /** The defence of that name with its defaults. */
  static DefenceSettings named(String name) {
    return switch (name) {
      case "none" -> new Plain();
      // goodfellow2015explaining, section 6: half and half, no random start.
      case "fgsm" -> new Adversarial(1, 0, "clean", 0.5, 0, 0);
      // wong2020fast, section 5.1: one step of 1.25 eps from a random start.
      case "fast" -> new Adversarial(1, 0, "uniform", 0, 0, 0);
      // madry2018towards, section 5: 7 to 40 steps.
      case "pgd" -> new Adversarial(10, 0, "uniform", 0, 0, 0);
      // wu2020awp, section 4.2.
      case "awp" -> new Adversarial(10, 0, "uniform", 0, 0.01, 0);
      // zhang2019trades, section 5.3, for CIFAR-10.
      case "trades" -> new Divergence(10, 0, 6, 0, 0);
      // wang2020mart, section 4.1.
      case "mart" -> new Boosted(10, 0, 5, 0, 0);
      // shafahi2019free, section 5.
      case "free" -> new Replayed(8);
      default -> throw Problem.usage("--defence: " + Nearest.message("defence", name, NAMES));
    };
  }

  /** The common settings it starts from. */
  static HardenSettings common(String name) {
    HardenSettings common = HardenSettings.defaults();
    return switch (name) {
      // wong2020fast, section 5.1, MNIST: batch 100, Adam, cyclic rate up to 5e-3.
      case "fast" -> common.with(10, 5e-3, "cyclic");
      // Eight replays of a batch count as eight passes over it.
      case "free" -> common.with(40, 1e-3, "cosine");
      default -> common;
    };
  }

  /** No attack. */
  record Plain() implements DefenceSettings {
    @Override
    public Learner learner(Student student, Ball ball, long... shape) {
      return new RobustLearner(student, Defence.none(), null);
    }
  }

  /**
   * Cross entropy on attacked images.
   *
   * @param steps of the inner attack
   * @param stepSize 0: the radius for one step from the image itself, 1.25 radius for one step from
   *     a random start, 2.5 radius / steps for several
   * @param start {@code clean} or {@code uniform}
   * @param cleanShare of the loss that is on clean images
   * @param awp relative size of the weights' own perturbation; 0: off
   * @param ramp steps over which the radius rises to its full size; 0: none
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Adversarial(
      int steps, double stepSize, String start, double cleanShare, double awp, int ramp)
      implements DefenceSettings {
    private static final List<String> STARTS = List.of("clean", "uniform");

    public Adversarial {
      check(steps, stepSize, awp, ramp);
      Settings.oneOf("start", start, STARTS);
      Check.between("clean_share", cleanShare, 0, 1);
    }

    @Override
    public Learner learner(Student student, Ball ball, long... shape) {
      boolean uniform = start.equals("uniform");
      double size =
          stepSize > 0 ? stepSize : ball.radius() * (steps > 1 ? 2.5 / steps : uniform ? 1.25 : 1);
      return robust(
          student,
          new InnerAttack(
              ball, size, steps, uniform ? Start.UNIFORM : Start.CLEAN, Climb.CROSS_ENTROPY),
          new MixedCrossEntropy(cleanShare),
          awp,
          ramp);
    }
  }

  /**
   * TRADES.
   *
   * @param steps of the inner attack
   * @param stepSize 0: 2.5 radius / steps
   * @param beta weight of the divergence
   * @param awp relative size of the weights' own perturbation; 0: off
   * @param ramp steps over which the radius rises to its full size; 0: none
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Divergence(int steps, double stepSize, double beta, double awp, int ramp)
      implements DefenceSettings {
    public Divergence {
      check(steps, stepSize, awp, ramp);
      Check.notNegative("beta", beta);
    }

    @Override
    public Learner learner(Student student, Ball ball, long... shape) {
      return robust(
          student,
          new InnerAttack(ball, size(stepSize, ball, steps), steps, Start.NEARBY, Climb.DIVERGENCE),
          new Trades(beta),
          awp,
          ramp);
    }
  }

  /**
   * MART; components as in {@link Divergence}.
   *
   * @param steps of the inner attack
   * @param stepSize 0: 2.5 radius / steps
   * @param beta weight of the divergence
   * @param awp relative size of the weights' own perturbation; 0: off
   * @param ramp steps over which the radius rises to its full size; 0: none
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Boosted(int steps, double stepSize, double beta, double awp, int ramp)
      implements DefenceSettings {
    public Boosted {
      check(steps, stepSize, awp, ramp);
      Check.notNegative("beta", beta);
    }

    @Override
    public Learner learner(Student student, Ball ball, long... shape) {
      return robust(
          student,
          new InnerAttack(
              ball, size(stepSize, ball, steps), steps, Start.NEARBY, Climb.CROSS_ENTROPY),
          new Mart(beta),
          awp,
          ramp);
    }
  }

  /**
   * Free adversarial training.
   *
   * @param replays of each batch
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Replayed(int replays) implements DefenceSettings {
    public Replayed {
      Check.atLeast("replays", replays, 1);
    }

    @Override
    public Learner learner(Student student, Ball ball, long... shape) {
      return new FreeLearner(student, ball, replays, shape);
    }
  }

  private static double size(double stepSize, Ball ball, int steps) {
    return stepSize > 0 ? stepSize : 2.5 * ball.radius() / steps;
  }

  private static Learner robust(
      Student student, InnerAttack attack, RobustLoss loss, double awp, int ramp) {
    @Nullable WeightAdversary adversary = awp > 0 ? new WeightAdversary(awp) : null;
    return new RobustLearner(student, new Defence(attack, loss), adversary, ramp);
  }

  private static void check(int steps, double stepSize, double awp, int ramp) {
    Check.atLeast("steps", steps, 1);
    Check.notNegative("step_size", stepSize);
    Check.notNegative("awp", awp);
    Check.atLeast("ramp", ramp, 0);
  }
}
