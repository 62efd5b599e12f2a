package dev.semblance.generative.gan;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** From noise to images. */
@FunctionalInterface
interface Generator {
  /**
   * The images.
   *
   * @param z float32 [n, latent]
   * @param classes float32 [n, classes], a one in each row; absent without classes
   * @return float32 [n, c, h, w]
   */
  Tensor apply(Tensor z, @Nullable Tensor classes, Pass pass);
}
