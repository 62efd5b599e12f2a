package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.core.tensor.Ops;
import java.util.Arrays;
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

  /** One number a row, [m, 1, ...] in the images' type: to stand beside images. */
  static Tensor beside(Tensor perRow, Tensor images) {
    long[] shape = new long[Math.toIntExact(images.dim())];
    Arrays.fill(shape, 1);
    shape[0] = images.size(0);
    return perRow.reshape(shape).to(images.scalar_type().intern());
  }

  /** The same from Java. */
  static Tensor beside(double[] perRow, Tensor images) {
    return beside(Ops.doubles(perRow, perRow.length), images);
  }

  /** Row by row the first or the second. */
  static Tensor either(boolean[] first, Tensor one, Tensor other) {
    double[] numbers = new double[first.length];
    for (int r = 0; r < first.length; r++) {
      numbers[r] = first[r] ? 1 : 0;
    }
    return one.where(beside(numbers, one).gt(Ops.scalar(0)), other);
  }
}
