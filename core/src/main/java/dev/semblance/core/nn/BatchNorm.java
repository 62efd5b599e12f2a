package dev.semblance.core.nn;

import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Batch normalisation over the channels of [n, c, h, w] or [n, c]; momentum 0.1. */
record BatchNorm(Tensor weight, Tensor bias, Tensor mean, Tensor variance, double epsilon) {
  private static final double MOMENTUM = 0.1;

  /**
   * New weights {@code name.weight, name.bias} and buffers {@code name.running_mean,
   * name.running_var}.
   */
  static BatchNorm of(Weights weights, String name, int channels, double epsilon) {
    return new BatchNorm(
        weights.constant(name + ".weight", 1, channels),
        weights.constant(name + ".bias", 0, channels),
        weights.buffer(name + ".running_mean", 0, channels),
        weights.buffer(name + ".running_var", 1, channels),
        epsilon);
  }

  Tensor apply(Tensor input, Mode mode) {
    return torch.batch_norm(
        input,
        Ops.optional(weight),
        Ops.optional(bias),
        Ops.optional(mean),
        Ops.optional(variance),
        mode == Mode.TRAINING,
        MOMENTUM,
        epsilon,
        false);
  }
}
