package dev.semblance.generative;

import org.bytedeco.pytorch.Tensor;

/** A model that new data can be drawn from. Drawing changes nothing in it. */
@FunctionalInterface
public interface Sampler {
  /**
   * New images. Image i is a function of (seed, i) and its condition, whatever else is drawn with
   * it: the draws are equal to the bit, what passes through a net to rounding.
   *
   * @param noise the images' numbers and the seed
   * @param condition of each image, or {@link Condition#none()}
   * @return float32 [n, c, h, w] in the units of the model's preprocessing, in the current scope
   * @throws IllegalArgumentException naming what conditions the model takes, for another one
   */
  Tensor sample(Noise noise, Condition condition);
}
