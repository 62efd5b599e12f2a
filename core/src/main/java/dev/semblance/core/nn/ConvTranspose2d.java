package dev.semblance.core.nn;

import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A transposed convolution over [n, in, h, w]: the map whose matrix is the transpose of a
 * convolution's. A side s becomes {@code (s - 1) stride - 2 padding + k + outputPadding}; kernel 4,
 * stride 2 and padding 1 double it.
 *
 * @param weight [in, out, k, k]
 * @param bias [out] or absent
 * @param stride in both directions
 * @param padding taken off each side of the result
 * @param outputPadding added at the bottom and at the right
 */
public record ConvTranspose2d(
    Tensor weight, @Nullable Tensor bias, long stride, long padding, long outputPadding) {
  private static final long[] NO_DILATION = {1, 1};

  /** The map, differentiable twice; the input is left as it is. */
  public Tensor apply(Tensor input) {
    return torch.conv_transpose2d(
        input,
        weight,
        Ops.optional(bias),
        new long[] {stride, stride},
        new long[] {padding, padding},
        new long[] {outputPadding, outputPadding},
        1,
        NO_DILATION);
  }
}
