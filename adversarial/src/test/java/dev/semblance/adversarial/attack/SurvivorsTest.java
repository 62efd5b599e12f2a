package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SurvivorsTest {
  private static final int N = 120;
  private final double[][] points = Points.uniform(N, 12, 5);
  private final LinearModel model = LinearModel.random(5, 12, 4, Box.UNIT);
  private final Misclassify goal = new Misclassify();

  /** One small step from a random point: much is left to luck. */
  private final Pgd attack = new Pgd(new Ball(Norm.LINF, 0.1), 0.03, 1, true, 1);

  @Test
  void oneRunIsTheAttackItself() {
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points);
      AttackResult plain = attack.perturb(model, samples, goal);
      AttackResult once = Restarts.of(attack, 1).perturb(model, samples, goal);
      assertThat(once.outcomes()).isEqualTo(plain.outcomes());
      assertThat(once.adversarial().equal(plain.adversarial())).isTrue();
    }
  }

  /** Run r of many is run r alone, on those whom the runs before left. */
  @Test
  void aRunAmongManyIsTheSameRunAlone() {
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points);
      AttackResult three = Restarts.of(attack, 3).perturb(model, samples, goal);
      List<AttackResult> alone = new ArrayList<>();
      for (int run = 0; run < 3; run++) {
        alone.add(attack.restart(run).perturb(model, samples, goal));
      }
      int[] won = new int[3];
      for (int i = 0; i < N; i++) {
        int winner = 0;
        while (winner < 3 && alone.get(winner).outcomes().get(i).verdict() != Verdict.FOOLED) {
          winner++;
        }
        Outcome outcome = three.outcomes().get(i);
        long forwards = 0;
        for (int run = 0; run <= Math.min(winner, 2); run++) {
          forwards += alone.get(run).outcomes().get(i).forwards();
        }
        assertThat(outcome.forwards()).isEqualTo(forwards);
        if (winner == 3) {
          assertThat(outcome.verdict()).isEqualTo(Verdict.WITHSTOOD);
        } else {
          won[winner]++;
          assertThat(outcome.verdict()).isEqualTo(Verdict.FOOLED);
          assertThat(outcome.stage()).isEqualTo(winner);
          assertThat(Points.image(three, i)).isEqualTo(Points.image(alone.get(winner), i));
        }
      }
      assertThat(won[0]).isPositive();
      assertThat(won[1] + won[2]).isPositive();
      assertThat(three.robust()).isPositive();
    }
  }

  @Test
  void whatOneGaveUpAnotherMayBreak() {
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points);
      Pgd strong = Pgd.of(new Ball(Norm.LINF, 0.3), 20, 2);
      Attack helpless =
          (m, some, g, engine) ->
              new AttackResult(
                  some.images().clone(),
                  java.util.Arrays.stream(some.ids())
                      .mapToObj(
                          id ->
                              new Outcome(
                                  id,
                                  id % 2 == 0 ? Verdict.GIVEN_UP : Verdict.UNTRIED,
                                  3,
                                  1,
                                  2,
                                  0,
                                  0,
                                  Double.POSITIVE_INFINITY,
                                  false,
                                  "no"))
                      .toList());
      AttackResult alone = strong.perturb(model, samples, goal);
      AttackResult both = Survivors.of(helpless, strong).perturb(model, samples, goal);
      for (int i = 0; i < N; i++) {
        boolean fooled = alone.outcomes().get(i).verdict() == Verdict.FOOLED;
        assertThat(both.outcomes().get(i).verdict())
            .isEqualTo(i % 2 == 1 ? Verdict.UNTRIED : fooled ? Verdict.FOOLED : Verdict.GIVEN_UP);
      }
      assertThat(both.fooled()).isPositive();
    }
  }

  @Test
  void badInputIsNamed() {
    assertThatThrownBy(() -> Restarts.of(attack, 0)).hasMessage("times must be >= 1, got 0");
    assertThatThrownBy(() -> Survivors.of(List.of())).hasMessageContaining("at least one");
    assertThatThrownBy(() -> attack.restart(-1)).hasMessageContaining("index must be >= 0");
  }
}
