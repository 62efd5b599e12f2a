package dev.semblance.core.nn;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.jspecify.annotations.Nullable;

/**
 * A residual network with pre-activation for small images: {@code x + conv2(relu(bn2(conv1(relu(
 * bn1(x))))))}, stage after stage, then normalisation, ReLU, mean over space and a linear head.
 *
 * <p>Input float32 [n, channels, h, w]; features [n, last width]; logits [n, classes]. Weight
 * names: {@code conv1}, {@code layer<stage>.<block>.{bn1,conv1,bn2,conv2,shortcut}}, {@code bn},
 * {@code fc}. A stage after the first begins with stride 2, padded by 0 before and 1 after in both
 * directions (by 1 and 1 where the side is odd, as TensorFlow's SAME), and a 1x1 {@code shortcut}
 * convolution of the block's input. Unlike the paper's, every convolution has a bias and the
 * shortcut is not the identity where the width changes.
 */
@Source(key = "he2016identity", where = "Eq. (6), Fig. 1 (b)")
@Source(key = "he2016deep", where = "section 4.2")
public final class ResNet implements Net {
  private final Config config;
  private final Weights weights;
  private final Conv2d conv;
  private final List<Block> blocks = new ArrayList<>();
  private final BatchNorm norm;
  private final Linear head;

  /**
   * The shape of the net.
   *
   * @param channels of the input
   * @param depth convolutions and the head: 2 x stages x blocks + 2
   * @param widths channels of each stage
   * @param classes of the output
   * @param epsilon of the batch normalisation
   */
  public record Config(int channels, int depth, List<Integer> widths, int classes, double epsilon)
      implements Architecture {
    public Config {
      Check.atLeast("channels", channels, 1);
      Check.atLeast("number of widths", widths.size(), 1);
      widths.forEach(width -> Check.atLeast("width", width, 1));
      Check.atLeast("classes", classes, 1);
      Check.positive("epsilon", epsilon);
      widths = List.copyOf(widths);
      int step = 2 * widths.size();
      if (depth < step + 2 || (depth - 2) % step != 0) {
        throw new IllegalArgumentException(
            "depth must be "
                + step
                + " x blocks + 2 for "
                + widths.size()
                + " stages, got "
                + depth);
      }
    }

    /** He et al.'s widths for CIFAR-10: 16, 32, 64; epsilon as Keras has it. */
    public static Config of(int channels, int depth, int classes) {
      return new Config(channels, depth, List.of(16, 32, 64), classes, 0.001);
    }

    /** Blocks in each stage. */
    int blocks() {
      return (depth - 2) / (2 * widths.size());
    }

    @Override
    public ResNet build(long seed) {
      return new ResNet(this, seed);
    }
  }

  /** One residual block; a stride of 2 comes with a shortcut convolution. */
  private record Block(
      BatchNorm norm1, Conv2d conv1, BatchNorm norm2, Conv2d conv2, @Nullable Conv2d shortcut) {
    static Block of(Weights weights, String name, int in, int out, boolean halve, double epsilon) {
      return new Block(
          BatchNorm.of(weights, name + ".bn1", in, epsilon),
          Conv2d.of(weights, name + ".conv1", in, out, 3, halve ? 2 : 1, halve ? 0 : 1, true),
          BatchNorm.of(weights, name + ".bn2", out, epsilon),
          Conv2d.of(weights, name + ".conv2", out, out, 3, 1, 1, true),
          halve ? Conv2d.of(weights, name + ".shortcut", in, out, 1, 2, 0, true) : null);
    }

    Tensor apply(Tensor input, Mode mode) {
      Tensor h = norm1.apply(input, mode).relu_();
      h = conv1.apply(shortcut == null ? h : padded(h));
      h = conv2.apply(norm2.apply(h, mode).relu_());
      return h.add_(shortcut == null ? input : shortcut.apply(input));
    }
  }

  /** So that stride 2 leaves ceil(side / 2): 1 after, and 1 before only where the side is odd. */
  private static Tensor padded(Tensor h) {
    return torch.constant_pad_nd(h, h.size(3) % 2, 1, h.size(2) % 2, 1);
  }

  private ResNet(Config config, long seed) {
    this.config = config;
    this.weights = new Weights(seed);
    int in = config.widths.getFirst();
    this.conv = Conv2d.of(weights, "conv1", config.channels, in, 3, 1, 1, true);
    for (int stage = 0; stage < config.widths.size(); stage++) {
      int out = config.widths.get(stage);
      for (int j = 0; j < config.blocks(); j++) {
        String name = "layer" + (stage + 1) + "." + j;
        blocks.add(Block.of(weights, name, in, out, stage > 0 && j == 0, config.epsilon));
        in = out;
      }
    }
    this.norm = BatchNorm.of(weights, "bn", in, config.epsilon);
    this.head = Linear.of(weights, "fc", in, config.classes);
  }

  @Override
  public Config architecture() {
    return config;
  }

  @Override
  public Weights weights() {
    return weights;
  }

  @Override
  public int featureWidth() {
    return config.widths.getLast();
  }

  @Override
  public Tensor features(Tensor input, Mode mode) {
    // Channels last: the convolutions run a third faster; the values differ in rounding only.
    Tensor h = conv.apply(input.contiguous(MemoryFormat.ChannelsLast));
    for (Block block : blocks) {
      h = block.apply(h, mode);
    }
    return norm.apply(h, mode).relu_().mean(new long[] {2, 3}, false, Ops.sameType());
  }

  @Override
  public Tensor forward(Tensor input, Mode mode) {
    return head.apply(features(input, mode));
  }
}
