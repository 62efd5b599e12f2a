package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MomentumTest extends AttackContract {
  private final double[][] points = Points.uniform(80, 16, 3);
  private final LinearModel model = LinearModel.random(5, 16, 2, Box.UNIT);
  private final Misclassify goal = new Misclassify();

  @Override
  public Attack attack(long seed, double budget) {
    int steps = (int) Math.max(1, 100 * budget);
    return new Momentum(new Ball(norm(), radius()), radius() / 50, steps, 1, Objective::margin);
  }

  @Override
  public Norm norm() {
    return Norm.LINF;
  }

  @Override
  public double radius() {
    return 0.09;
  }

  @Override
  public boolean random() {
    return false;
  }

  @Override
  public double slack() {
    return 0.03;
  }

  /** Without memory it is the basic iterative method, bit for bit. */
  @Test
  void withoutMemoryItIsTheBasicMethod() {
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points);
      Ball ball = new Ball(Norm.LINF, 0.1);
      AttackResult plain = new Pgd(ball, 0.01, 15, false, 0).perturb(model, samples, goal);
      AttackResult none =
          new Momentum(ball, 0.01, 15, 0, Objective::crossEntropy).perturb(model, samples, goal);
      assertThat(none.outcomes()).isEqualTo(plain.outcomes());
      assertThat(none.adversarial().equal(plain.adversarial())).isTrue();
      assertThat(none.fooled()).isPositive();
    }
  }

  /** One step of the radius is the fast gradient method, bit for bit, with any memory. */
  @Test
  void oneStepIsTheFastMethod() {
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points);
      Ball ball = new Ball(Norm.LINF, 0.1);
      AttackResult fast = Pgd.fast(ball).perturb(model, samples, goal);
      AttackResult pgd = new Pgd(ball, 0.1, 1, false, 5).perturb(model, samples, goal);
      AttackResult one =
          new Momentum(ball, 0.1, 1, 1, Objective::crossEntropy).perturb(model, samples, goal);
      assertThat(pgd.adversarial().equal(fast.adversarial())).isTrue();
      assertThat(one.adversarial().equal(fast.adversarial())).isTrue();
      assertThat(fast.fooled()).isPositive();
    }
  }

  @Test
  void everyOptionMatters() {
    Ball ball = new Ball(Norm.LINF, 0.1);
    List<Double> sums = new ArrayList<>();
    for (Momentum attack :
        new Momentum[] {
          new Momentum(ball, 0.02, 8, 1, Objective::crossEntropy),
          new Momentum(ball.withRadius(0.09), 0.02, 8, 1, Objective::crossEntropy),
          new Momentum(ball, 0.03, 8, 1, Objective::crossEntropy),
          new Momentum(ball, 0.02, 2, 1, Objective::crossEntropy),
          new Momentum(ball, 0.02, 8, 0.2, Objective::crossEntropy),
          new Momentum(ball, 0.02, 8, 1, Objective::margin)
        }) {
      try (Scope scope = Scope.open()) {
        double[] seen = {0};
        attack.perturb(
            Points.wrapped(
                model,
                x -> {
                  seen[0] += x.detach().square().sum().item_double();
                  return x.clone();
                },
                z -> z.clone()),
            Points.samples(model, points),
            goal);
        sums.add(seen[0]);
      }
    }
    assertThat(sums).doesNotHaveDuplicates();
    assertThatThrownBy(() -> new Momentum(ball, 0.1, 1, Double.NaN, Objective::margin))
        .hasMessageContaining("decay");
    assertThatThrownBy(() -> new Momentum(ball, 0, 1, 1, Objective::margin))
        .hasMessageContaining("stepSize");
  }
}
