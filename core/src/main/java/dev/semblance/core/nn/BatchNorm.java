package dev.semblance.core.nn;

import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation over the channels of [n, c, h, w] or [n, c]; momentum 0.1.
 *
 * @param weight [c]
 * @param bias [c]
 * @param mean running, [c]
 * @param variance running, [c]
 * @param epsilon added to the variance
 */
public record BatchNorm(Tensor weight, Tensor bias, Tensor mean, Tensor variance, double epsilon) {
  private static final double MOMENTUM = 0.1;

  /**
   * New weights {@code name.weight, name.bias} and buffers {@code name.running_mean,
   * name.running_var}.
   */
  public static BatchNorm of(Weights weights, String name, int channels, double epsilon) {
    return new BatchNorm(
        weights.constant(name + ".weight", 1, channels),
        weights.constant(name + ".bias", 0, channels),
        weights.buffer(name + ".running_mean", 0, channels),
        weights.buffer(name + ".running_var", 1, channels),
        epsilon);
  }

  /** The map; in training it normalises by the batch and moves the running statistics. */
  public Tensor apply(Tensor input, Mode mode) {
    return apply(input, mean, variance, mode == Mode.TRAINING);
  }

  /** Normalises by the batch and leaves the running statistics as they are. */
  public Tensor applyUnrecorded(Tensor input) {
    return apply(input, null, null, true);
  }

  private Tensor apply(
      Tensor input, @Nullable Tensor mean, @Nullable Tensor variance, boolean byBatch) {
    return torch.batch_norm(
        input,
        Ops.optional(weight),
        Ops.optional(bias),
        Ops.optional(mean),
        Ops.optional(variance),
        byBatch,
        MOMENTUM,
        epsilon,
        false);
  }
}
