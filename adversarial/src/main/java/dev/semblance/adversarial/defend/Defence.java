package dev.semblance.adversarial.defend;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.defend.InnerAttack.Climb;
import dev.semblance.adversarial.defend.InnerAttack.Start;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An inner attack and the loss that its images enter: what {@link RobustLearner} does in a step.
 *
 * @param attack makes the adversarial images; none: the loss gets the clean ones twice
 * @param loss of the outer step
 */
public record Defence(@Nullable InnerAttack attack, RobustLoss loss) {
  public Defence {
    Objects.requireNonNull(loss, "loss");
  }

  /** Plain training. */
  public static Defence none() {
    return new Defence(null, new MixedCrossEntropy(1));
  }

  /**
   * Half the loss on the images of one full step without random start (goodfellow2015explaining,
   * section 6). At large radii the net learns to make exactly this step harmless.
   */
  public static Defence fgsm(Ball ball) {
    return new Defence(
        new InnerAttack(ball, ball.radius(), 1, Start.CLEAN, Climb.CROSS_ENTROPY),
        new MixedCrossEntropy(0.5));
  }

  /**
   * One step of 1.25 radius from a uniform start, nothing but adversarial images (wong2020fast,
   * Algorithm 3 and section 5.1).
   */
  public static Defence fast(Ball ball) {
    return new Defence(
        new InnerAttack(ball, 1.25 * ball.radius(), 1, Start.UNIFORM, Climb.CROSS_ENTROPY),
        new MixedCrossEntropy(0));
  }

  /** Steps of 2.5 radius / steps from a uniform start (madry2018towards, section 5). */
  public static Defence pgd(Ball ball, int steps) {
    return new Defence(
        new InnerAttack(
            ball, 2.5 * ball.radius() / steps, steps, Start.UNIFORM, Climb.CROSS_ENTROPY),
        new MixedCrossEntropy(0));
  }

  /** {@link Trades}, its images by steps of 2.5 radius / steps up the divergence. */
  public static Defence trades(Ball ball, int steps) {
    return new Defence(
        new InnerAttack(ball, 2.5 * ball.radius() / steps, steps, Start.NEARBY, Climb.DIVERGENCE),
        Trades.of());
  }

  /** {@link Mart}, its images by steps of 2.5 radius / steps up the cross entropy. */
  public static Defence mart(Ball ball, int steps) {
    return new Defence(
        new InnerAttack(
            ball, 2.5 * ball.radius() / steps, steps, Start.NEARBY, Climb.CROSS_ENTROPY),
        Mart.of());
  }
}
