package dev.semblance.core.nn;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Normalisation of each image by itself, over groups of neighbouring channels of [n, c, h, w].
 *
 * @param weight [c]
 * @param bias [c]
 * @param groups a divisor of c
 * @param epsilon added to the variance
 */
@Source(key = "wu2018group", where = "Eqs. (1), (7)")
public record GroupNorm(Tensor weight, Tensor bias, int groups, double epsilon) {
  private static final int MOST_GROUPS = 32;

  // A vector of the processor in channels last: with groups of four the kernel is ten times slower.
  private static final int CHANNELS_OF_A_GROUP = 8;

  /**
   * New weights {@code name.weight}, {@code name.bias}: the identity after normalisation. Groups of
   * eight channels or more, at most 32 groups.
   */
  public static GroupNorm of(Weights weights, String name, int channels) {
    int groups = Math.clamp(channels / CHANNELS_OF_A_GROUP, 1, MOST_GROUPS);
    while (channels % groups != 0) {
      groups--;
    }
    return new GroupNorm(
        weights.constant(name + ".weight", 1, channels),
        weights.constant(name + ".bias", 0, channels),
        groups,
        1e-5);
  }

  /** The same shape and memory layout. */
  public Tensor apply(Tensor input) {
    return torch.group_norm(
        input, groups, Ops.optional(weight), Ops.optional(bias), epsilon, false);
  }
}
