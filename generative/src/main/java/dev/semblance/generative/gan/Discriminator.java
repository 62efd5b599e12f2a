package dev.semblance.generative.gan;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** From images to the raw output d. */
interface Discriminator {
  /**
   * What d is computed of.
   *
   * @param images float32 [n, c, h, w]
   * @param classes float32 [n, classes], at most a one in each row; absent without classes
   * @return float32 [n, {@link #featureWidth}]
   */
  Tensor features(Tensor images, @Nullable Tensor classes, Pass pass);

  /** The head over the features: [n, 1]. */
  Tensor head(Tensor features, @Nullable Tensor classes);

  int featureWidth();

  /** One power iteration of each spectral norm. */
  void advance();
}
