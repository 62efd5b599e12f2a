package dev.semblance.core.nn;

import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.jspecify.annotations.Nullable;

/**
 * A convolution over [n, in, h, w].
 *
 * @param weight [out, in, k, k]
 * @param bias [out] or absent
 * @param stride in both directions
 * @param padding zeros on each side
 */
public record Conv2d(Tensor weight, @Nullable Tensor bias, long stride, long padding)
    implements Layer {
  private static final long[] NO_DILATION = {1, 1};

  /** New weights {@code name.weight}, {@code name.bias}: He's uniform initialisation. */
  static Conv2d of(
      Weights weights,
      String name,
      int in,
      int out,
      int kernel,
      int stride,
      int padding,
      boolean bias) {
    double fanIn = (double) in * kernel * kernel;
    // He et al. 2015, Eq. (10): Var = 2 / fan-in; uniform bound sqrt(3 Var).
    Tensor weight =
        weights.uniform(name + ".weight", Math.sqrt(6 / fanIn), out, in, kernel, kernel);
    return new Conv2d(
        weight, bias ? weights.constant(name + ".bias", 0, out) : null, stride, padding);
  }

  @Override
  public Tensor apply(Tensor input) {
    return torch.conv2d(
        input,
        channelsLast(),
        Ops.optional(bias),
        new long[] {stride, stride},
        new long[] {padding, padding},
        NO_DILATION,
        1);
  }

  /**
   * The weight's layout decides that of the output: channels last, convolution, pooling and
   * normalisation need no reordering between layers.
   */
  private Tensor channelsLast() {
    if (weight.size(1) > 1) {
      return weight.contiguous(MemoryFormat.ChannelsLast);
    }
    // With one channel both layouts are contiguous and libtorch would take the other one; a copy
    // has this one's strides, and the small network on grey images trains a third faster by it.
    return weight.clone(new MemoryFormatOptional(MemoryFormat.ChannelsLast));
  }
}
