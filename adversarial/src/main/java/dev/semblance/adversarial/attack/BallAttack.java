package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;

/** A {@link RowAttack} that asks whether there is a success within a given ball. */
public interface BallAttack extends RowAttack {
  /** The ball that images must stay in. */
  Ball ball();

  @Override
  default Norm norm() {
    return ball().norm();
  }

  @Override
  default double radius() {
    return ball().radius();
  }
}
