package dev.semblance.generative.autoencoder;

import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** How far a reconstruction is from its image: summed over the pixels, a mean over the batch. */
public enum PixelLoss {
  /** {@code sum (x - y)^2}; the outputs are the pixels. */
  SQUARED,
  /**
   * {@code -sum x log y + (1 - x) log(1 - y)}; the outputs are the logits of y, x is in 0..1. Its
   * least value is not 0 where x is grey.
   */
  BERNOULLI;

  private static final long SUM = 2;

  /**
   * The loss, differentiable.
   *
   * @param outputs of the decoder, float32 [n, d]
   * @param images float32 [n, d]
   * @return [], float32
   */
  Tensor of(Tensor outputs, Tensor images) {
    Tensor sum =
        switch (this) {
          case SQUARED -> torch.mse_loss(outputs, images, SUM);
          case BERNOULLI ->
              torch.binary_cross_entropy_with_logits(
                  outputs, images, Ops.optional(null), Ops.optional(null), SUM);
        };
    return sum.div(Ops.scalar(images.size(0)));
  }

  /** The pixels that outputs stand for. */
  Tensor pixels(Tensor outputs) {
    return this == BERNOULLI ? outputs.sigmoid() : outputs;
  }
}
