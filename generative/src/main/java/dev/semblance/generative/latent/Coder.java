package dev.semblance.generative.latent;

import org.bytedeco.pytorch.Tensor;

/**
 * A model between images and codes. Both directions change nothing in it and record no gradient.
 */
public interface Coder {
  /** The number of values of a code. */
  int codeWidth();

  /**
   * The code of each image; of a distribution of codes its mean.
   *
   * @param images float32 [n, c, h, w] in the units of the model's preprocessing
   * @return float32 [n, {@link #codeWidth}], in the current scope
   */
  Tensor encode(Tensor images);

  /**
   * The image of each code; of a distribution of images its mean.
   *
   * @param codes float32 [n, {@link #codeWidth}]
   * @return float32 [n, c, h, w] in the units of the model's preprocessing, in the current scope
   */
  Tensor decode(Tensor codes);
}
