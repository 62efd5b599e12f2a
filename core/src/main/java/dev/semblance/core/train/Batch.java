package dev.semblance.core.train;

import org.bytedeco.pytorch.Tensor;

/**
 * What a learner gets for one step.
 *
 * @param step counted from 0
 * @param rows of the data set; keys of per-sample randomness
 * @param images uint8 [n, c, h, w]; floating point where they are no pixels but in a model's units
 * @param labels int64 [n]
 */
public record Batch(long step, long[] rows, Tensor images, Tensor labels) {
  /** The number of items. */
  public int size() {
    return rows.length;
  }
}
