package dev.semblance.generative.flow;

import org.bytedeco.pytorch.Tensor;

/**
 * A monotone map of a number with a few parameters, applied to every element with parameters of its
 * own. All-zero parameters are where training starts.
 */
public interface Elementwise {
  /** The number of parameters of an element. */
  int parameters();

  /**
   * Towards latent values.
   *
   * @param x floating point [n, ...]
   * @param parameters of the same type, [n, ..., {@link #parameters()}]
   */
  Bijection.Mapped forward(Tensor x, Tensor parameters);

  /** Back; arguments as for {@link #forward}. */
  Bijection.Mapped inverse(Tensor z, Tensor parameters);

  /** The sum of each image's values: [n] of [n, ...]. */
  static Tensor total(Tensor values) {
    return values.dim() == 1 ? values : values.flatten(1, -1).sum(1);
  }
}
