package dev.semblance.similarity.loss;

import org.bytedeco.pytorch.Tensor;

/**
 * A loss and its gradient.
 *
 * @param value the reduced loss; 0 where there was no valid item
 * @param gradient [n, d] of the embeddings' type, the derivative of {@code value} by the
 *     embeddings, in the current scope
 * @param active items (pairs, triplets, anchors) that contributed a gradient
 * @param valid items that could have
 */
public record LossResult(double value, Tensor gradient, long active, long valid) {
  /** {@code active / valid}, or 0 without valid items. */
  public double activeFraction() {
    return valid == 0 ? 0 : (double) active / valid;
  }
}
