package dev.semblance.bench;

import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The small network that Python's side measures as well: convolutions to 32 and 64 channels (3x3,
 * no padding), max pooling, 128 and 10 linear units; 1.2 M parameters.
 */
final class SmallCnn implements AutoCloseable {
  final Weights weights = new Weights(0);
  private final Tensor w1 = weights.uniform("w1", 1.0 / 3, 32, 1, 3, 3);
  private final Tensor b1 = weights.uniform("b1", 1.0 / 3, 32);
  private final Tensor w2 = weights.uniform("w2", 0.059, 64, 32, 3, 3);
  private final Tensor b2 = weights.uniform("b2", 0.059, 64);
  private final Tensor w3 = weights.uniform("w3", 0.0104, 128, 64 * 12 * 12);
  private final Tensor b3 = weights.uniform("b3", 0.0104, 128);
  private final Tensor w4 = weights.uniform("w4", 0.088, 10, 128);
  private final Tensor b4 = weights.uniform("b4", 0.088, 10);

  Tensor forward(Tensor images) {
    Tensor h = conv(images, w1, b1).relu();
    h = torch.max_pool2d(conv(h, w2, b2).relu(), 2, 2).flatten(1, -1);
    h = torch.linear(h, w3, Ops.optional(b3)).relu();
    return torch.linear(h, w4, Ops.optional(b4));
  }

  private static Tensor conv(Tensor x, Tensor weight, Tensor bias) {
    return torch.conv2d(
        x, weight, Ops.optional(bias), new long[] {1, 1}, new long[] {0, 0}, new long[] {1, 1}, 1);
  }

  @Override
  public void close() {
    weights.close();
  }
}
