package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.goal.Aim;
import org.bytedeco.pytorch.Tensor;

/**
 * The rows that an attack works on together; each is at its own step.
 *
 * @param origin the clean images [m, ...]
 * @param logits of the clean images [m, k]
 * @param aim of the rows
 * @param ids of the samples
 * @param steps each row has taken
 * @param box the images live in
 */
public record Rows(Tensor origin, Tensor logits, Aim aim, long[] ids, int[] steps, Box box) {
  /** The number of rows. */
  public int size() {
    return ids.length;
  }

  /** A uniformly random point of the ball around each image, in the caller's scope. */
  Tensor randomPoint(Ball ball, long seed) {
    return ball.norm().random(origin, ball.radii(size()), box, seed, ids, 0);
  }
}
