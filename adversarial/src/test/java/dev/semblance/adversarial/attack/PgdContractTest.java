package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;

class PgdContractTest extends AttackContract {
  @Override
  public Attack attack(long seed, double budget) {
    Ball ball = new Ball(norm(), radius());
    int steps = (int) Math.max(1, 50 * budget);
    return new Pgd(ball, ball.radius() / 20, steps, true, seed).withObjective(Objective::margin);
  }

  @Override
  public Norm norm() {
    return Norm.LINF;
  }

  @Override
  public double radius() {
    return 0.09;
  }

  /** The margin changes its class where two are equally near; steps of 1/20 leave a little. */
  @Override
  public double slack() {
    return 0.03;
  }
}
