package dev.semblance.generative.vae;

/**
 * The distribution of an image that the decoder describes, each pixel independent of the others.
 */
public enum PixelModel {
  /**
   * {@code log p(x) = sum x log(pi) + (1 - x) log(1 - pi)}, outputs are the logits of {@code pi}: a
   * probability of bits. On grey pixels it is a loss that reads like one.
   */
  BERNOULLI,
  /**
   * {@code log p(x) = sum log C(pi) + x log(pi) + (1 - x) log(1 - pi)}, outputs are the logits of
   * {@code pi}: a density of grey pixels in 0..1. Source: loaiza2019continuous.
   */
  CONTINUOUS_BERNOULLI,
  /** {@code log p(x) = -1/2 sum log(2 pi s^2) + (x - mean)^2 / s^2} with a given s. */
  FIXED_GAUSSIAN,
  /** The same with one s for all pixels that is trained with the weights. */
  LEARNED_GAUSSIAN,
  /**
   * The same with the s that is best for each batch, the root of its mean squared error; a running
   * mean of the error stands for it afterwards. Source: rybkin2021simple, section 4.2.
   */
  OPTIMAL_GAUSSIAN;

  /** Whether the decoder's outputs are logits, and pixels in 0..1. */
  boolean isOfLogits() {
    return this == BERNOULLI || this == CONTINUOUS_BERNOULLI;
  }
}
