package dev.semblance.generative.diffusion;

import org.bytedeco.pytorch.Tensor;

/** A net in its own terms: what it says of an input at its own scale and time. */
@FunctionalInterface
public interface Prediction {
  /**
   * The answer.
   *
   * @param input [n, c, h, w] at the scale the net was trained at
   * @param time of each image, floating point [n], in the net's own unit
   * @return [n, c, h, w]
   */
  Tensor predict(Tensor input, Tensor time);
}
