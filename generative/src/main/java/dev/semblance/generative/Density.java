package dev.semblance.generative;

import org.bytedeco.pytorch.Tensor;

/** A model that says how probable an observation is. */
@FunctionalInterface
public interface Density {
  /**
   * The log-density of each image.
   *
   * @param images float32 [n, c, h, w] in the units of the model's preprocessing, as {@link
   *     dev.semblance.core.nn.Preprocessing#apply} gives them
   * @param noise keys of what is drawn for a bound or an estimate: the images' numbers and the seed
   * @param condition of each image, or {@link Condition#none()}
   * @return in the current scope
   */
  LogDensity logDensity(Tensor images, Noise noise, Condition condition);
}
