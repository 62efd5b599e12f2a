package dev.semblance.adversarial.access;

import dev.semblance.adversarial.ball.Box;
import org.bytedeco.pytorch.Tensor;

/**
 * A model whose logits and input gradients the attacker sees.
 *
 * <p>Normalisation is the model's own business: images and radii are in the units of {@link #box}.
 * The model runs as in use, never in training mode, and leaves its parameters' gradients alone.
 */
public interface Classifier {
  /**
   * The logits of images; differentiable by the images where libtorch records gradients.
   *
   * @param images float32 or float64 [n, ...] in {@link #box}
   * @return [n, {@link #classes}] of the same type; not probabilities
   */
  Tensor logits(Tensor images);

  /** The number of classes, at least 2. */
  int classes();

  /** The range of valid images. */
  Box box();
}
