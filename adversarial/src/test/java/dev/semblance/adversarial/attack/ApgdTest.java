package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ApgdTest {
  private static final int N = 80;
  private final double[][] points = Points.uniform(N, 16, 3);
  private final LinearModel model = LinearModel.random(6, 16, 2, Box.UNIT);
  private final Misclassify goal = new Misclassify();

  /** All targets in turn: exact on a linear model of any number of classes. */
  abstract static class Contract extends AttackContract {
    @Override
    public Attack attack(long seed, double budget) {
      int steps = (int) Math.max(1, 50 * budget);
      Apgd one = Apgd.of(new Ball(norm(), radius()), seed).withSteps(steps);
      return new ByRank(rank -> one.withLoss(new Loss.TargetedRatio(rank)), 3);
    }
  }

  @Nested
  class InLinf extends Contract {
    @Override
    public Norm norm() {
      return Norm.LINF;
    }

    @Override
    public double radius() {
      return 0.09;
    }
  }

  /** In the other norms, what depends on the norm. */
  @Test
  void otherNormsAreAsExact() {
    AttackChecks.Subject l2 =
        new InLinf() {
          @Override
          public Norm norm() {
            return Norm.L2;
          }

          @Override
          public double radius() {
            return 0.3;
          }
        };
    AttackChecks.Subject l1 =
        new InLinf() {
          @Override
          public Norm norm() {
            return Norm.L1;
          }

          @Override
          public double radius() {
            return 0.7;
          }

          @Override
          public double slack() {
            return 0.05;
          }
        };
    for (AttackChecks.Subject subject : new AttackChecks.Subject[] {l2, l1}) {
      AttackChecks.reaches(subject, 8);
      AttackChecks.keepsItsWord(subject);
    }
  }

  @Test
  void checkpointsAreThoseOfThePaper() {
    assertThat(Apgd.checkpoints(100)).containsExactly(22, 41, 57, 70, 80, 87, 93, 99);
    assertThat(Apgd.checkpoints(1)).isEmpty();
    assertThat(Apgd.checkpoints(10)).containsExactly(3, 5, 6, 7, 8, 9);
  }

  /** 101 forward passes and one for the clean image, 100 backward, on samples that stand. */
  @Test
  void aSampleThatStandsCostsWhatThePaperSays() {
    try (Scope scope = Scope.open()) {
      Apgd weak = Apgd.of(new Ball(Norm.LINF, 1e-4), 1);
      AttackResult result = weak.perturb(model, Points.samples(model, points), goal);
      int stood = 0;
      for (Outcome outcome : result.outcomes()) {
        if (outcome.verdict() == Verdict.WITHSTOOD) {
          assertThat(outcome.forwards()).isEqualTo(102);
          assertThat(outcome.backwards()).isEqualTo(100);
          stood++;
        }
      }
      assertThat(stood).isGreaterThan(N / 2);
    }
  }

  private static Rows rows(Tensor logits, Aim aim) {
    int m = (int) logits.size(0);
    return new Rows(logits, logits, aim, new long[m], new int[m], Box.UNIT);
  }

  /** By hand: sorted 5 3 1 0, class 1 of 3 against 5, over 5 - 1; towards 1 over 5 - 0.5. */
  @Test
  void lossesOfKnownLogits() {
    try (Scope scope = Scope.open()) {
      Tensor logits = Ops.doubles(new double[] {5, 3, 0, 1}, 1, 4);
      Rows away = rows(logits, new Aim(Ops.longs(new long[] {1}), false));
      assertThat(new Loss.Ratio().of(logits, away).item_double())
          .isCloseTo(2.0 / 4, Offset.offset(1e-9));
      // The likeliest class but 1 is 0, the second 3.
      assertThat(new Loss.TargetedRatio(1).of(logits, away).item_double())
          .isCloseTo(2.0 / 4.5, Offset.offset(1e-9));
      assertThat(new Loss.TargetedRatio(2).of(logits, away).item_double())
          .isCloseTo(-2.0 / 4.5, Offset.offset(1e-9));
      Rows towards = rows(logits, new Aim(Ops.longs(new long[] {2}), true));
      assertThat(new Loss.TargetedRatio(1).of(logits, towards).item_double())
          .isCloseTo(-5.0 / 4.5, Offset.offset(1e-9));
      assertThat(new Loss.Ratio().of(logits, towards).item_double())
          .isCloseTo(-5.0 / 4, Offset.offset(1e-9));
      Tensor lower = logits.sub(Ops.scalar(100));
      assertThat(new Loss.Ratio().of(lower, away).item_double())
          .isCloseTo(2.0 / 4, Offset.offset(1e-9));
    }
  }

  @Test
  void tooFewClassesAreRefused() {
    try (Scope scope = Scope.open()) {
      LinearModel two = LinearModel.random(2, 16, 2, Box.UNIT);
      LinearModel three = LinearModel.random(3, 16, 2, Box.UNIT);
      Apgd attack = Apgd.of(new Ball(Norm.LINF, 0.1), 1);
      assertThatThrownBy(
              () ->
                  attack.withLoss(new Loss.Ratio()).perturb(two, Points.samples(two, points), goal))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "model must tell at least 3 classes apart for Ratio[], got 2; take the cross"
                  + " entropy");
      assertThatThrownBy(
              () ->
                  Apgd.targeted(new Ball(Norm.LINF, 0.1), 1)
                      .perturb(three, Points.samples(three, points), goal))
          .hasMessageContaining("at least 4 classes");
      assertThat(attack.perturb(two, Points.samples(two, points), goal).fooled()).isPositive();
    }
    assertThatThrownBy(() -> Apgd.of(new Ball(Norm.L0, 3), 1))
        .hasMessageContaining("linf, l2 or l1");
    assertThatThrownBy(() -> new Apgd(new Ball(Norm.LINF, 0.1), 1, new Loss.Ratio(), Double.NaN, 1))
        .hasMessageContaining("rho");
    assertThatThrownBy(() -> new Loss.TargetedRatio(0)).hasMessageContaining("rank");
  }

  @Test
  void everyOptionMatters() {
    try (Scope scope = Scope.open()) {
      // Curved, so that the schedule has something to do; what counts are the images tried.
      double[] seen = {0};
      Classifier curved =
          Points.wrapped(
              model,
              x -> {
                seen[0] += x.detach().sum().item_double();
                return x.mul(Ops.scalar(50)).sin();
              },
              z -> z.clone());
      Tensor images = Points.samples(model, points).images();
      Tensor labels = curved.logits(images).argmax(new LongOptional(1), false);
      Samples samples = Samples.of(images, labels);
      Ball ball = new Ball(Norm.LINF, 0.002);
      List<Double> sums = new ArrayList<>();
      for (Apgd attack :
          new Apgd[] {
            new Apgd(ball, 60, new Loss.CrossEntropy(), 0.75, 1),
            new Apgd(ball.withRadius(0.0021), 60, new Loss.CrossEntropy(), 0.75, 1),
            new Apgd(ball, 20, new Loss.CrossEntropy(), 0.75, 1),
            new Apgd(ball, 60, new Loss.Ratio(), 0.75, 1),
            new Apgd(ball, 60, new Loss.CrossEntropy(), 1, 1),
            new Apgd(ball, 60, new Loss.CrossEntropy(), 0.75, 2)
          }) {
        seen[0] = 0;
        attack.perturb(curved, samples, goal);
        sums.add(seen[0]);
      }
      assertThat(sums).doesNotHaveDuplicates();
    }
  }
}
