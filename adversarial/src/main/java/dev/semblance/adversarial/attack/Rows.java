package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.goal.Aim;
import org.bytedeco.pytorch.Tensor;

/**
 * The rows that an attack works on together; each is at its own step.
 *
 * @param origin the clean images [m, ...]
 * @param aim of the rows
 * @param ids of the samples
 * @param steps each row has taken
 * @param box the images live in
 */
public record Rows(Tensor origin, Aim aim, long[] ids, int[] steps, Box box) {
  /** The number of rows. */
  public int size() {
    return ids.length;
  }
}
