package dev.semblance.core.nn;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.jspecify.annotations.Nullable;

/**
 * A U-Net that knows the time, and the class if there are any: image to image of the same size.
 *
 * <p>Residual blocks {@code skip(x) + conv(silu(norm(conv(silu(norm(x))) + time)))} at each level,
 * a 3x3 convolution of stride 2 between levels; self-attention at the lowest level; on the way up
 * nearest-neighbour enlargement, and the outputs of the way down joined as channels. The last
 * convolution of each block and of the net begins at zero.
 *
 * <p>Input and output float [n, channels, height, width]; sides that the halvings do not divide are
 * padded by zeros at the right and below, and cut again. It has no weights of its own: they stand
 * in the {@link Weights} it is built in. Differs from ho2020denoising: the convolution of an
 * enlargement stands before it, at a quarter of the arithmetic; one block more on the way up only
 * where {@code blocks} says so; the image may enter as squares of pixels ({@code patch}).
 */
@Source(key = "ronneberger2015unet", where = "Fig. 1")
@Source(key = "ho2020denoising", where = "Appendix B")
public final class UNet {
  private final Config config;
  private final TimeEmbedding embedding;
  private final Conv2d first;
  private final List<List<Block>> down = new ArrayList<>();
  private final List<Conv2d> halvings = new ArrayList<>();
  private final Block before;
  private final @Nullable Attention attention;
  private final Block after;
  private final List<List<Block>> up = new ArrayList<>();
  private final List<Conv2d> doublings = new ArrayList<>();
  private final GroupNorm norm;
  private final Conv2d last;
  private final boolean channelsLast;

  /**
   * The shape of the net.
   *
   * @param channels of the images
   * @param patch side of the squares of pixels that enter as channels; 1: none
   * @param widths channels of each level, from the finest; each level halves the sides
   * @param blocks of each level on each way
   * @param attention whether the lowest level has self-attention
   * @param classes 0: none
   * @param dropout rate in the blocks
   */
  public record Config(
      int channels,
      int patch,
      List<Integer> widths,
      int blocks,
      boolean attention,
      int classes,
      double dropout) {
    public Config {
      Check.atLeast("channels", channels, 1);
      Check.atLeast("patch", patch, 1);
      Check.atLeast("number of widths", widths.size(), 1);
      for (int width : widths) {
        if (width < 4 || width % 4 != 0) {
          throw new IllegalArgumentException("width must be a multiple of 4, got " + width);
        }
      }
      Check.atLeast("blocks", blocks, 1);
      Check.atLeast("classes", classes, 0);
      if (!(dropout >= 0 && dropout < 1)) {
        throw new IllegalArgumentException("dropout must be in [0, 1), got " + dropout);
      }
      widths = List.copyOf(widths);
    }

    /** What the sides of an image are padded to multiples of. */
    int multiple() {
      return patch << (widths.size() - 1);
    }
  }

  /** One residual block; without a {@code skip} the width stays. */
  private record Block(
      GroupNorm norm1,
      Conv2d conv1,
      Linear time,
      GroupNorm norm2,
      Dropout dropout,
      Conv2d conv2,
      @Nullable Conv2d skip,
      int place) {}

  private UNet(
      Config config,
      TimeEmbedding embedding,
      Conv2d first,
      Block before,
      @Nullable Attention attention,
      Block after,
      GroupNorm norm,
      Conv2d last,
      boolean channelsLast) {
    this.config = config;
    this.embedding = embedding;
    this.first = first;
    this.before = before;
    this.attention = attention;
    this.after = after;
    this.norm = norm;
    this.last = last;
    this.channelsLast = channelsLast;
  }

  /** A new net whose weights are made in {@code weights}, their names beginning with a prefix. */
  public static UNet of(Weights weights, String prefix, Config config) {
    Builder builder = new Builder(weights, prefix, config);
    List<Integer> widths = config.widths;
    int bottom = widths.getLast();
    int input = config.channels * config.patch * config.patch;
    UNet net =
        new UNet(
            config,
            TimeEmbedding.of(
                weights, prefix + "time", widths.getFirst(), builder.timeWidth(), config.classes),
            Conv2d.of(weights, prefix + "first", input, widths.getFirst(), 3, 1, 1, true),
            builder.block("middle.0", bottom, bottom),
            config.attention
                ? Attention.of(weights, prefix + "middle.attention", bottom, heads(bottom))
                : null,
            builder.block("middle.1", bottom, bottom),
            GroupNorm.of(weights, prefix + "norm", widths.getFirst()),
            zeroConvolution(weights, prefix + "last", widths.getFirst(), input),
            true);
    Deque<Integer> skips = new ArrayDeque<>();
    int width = widths.getFirst();
    for (int level = 0; level < widths.size(); level++) {
      List<Block> blocks = new ArrayList<>();
      for (int j = 0; j < config.blocks; j++) {
        blocks.add(builder.block("down." + level + "." + j, width, widths.get(level)));
        width = widths.get(level);
        skips.push(width);
      }
      net.down.add(blocks);
      if (level + 1 < widths.size()) {
        net.halvings.add(
            Conv2d.of(weights, prefix + "down." + level + ".half", width, width, 3, 2, 1, true));
      }
    }
    for (int level = widths.size() - 1; level >= 0; level--) {
      List<Block> blocks = new ArrayList<>();
      for (int j = 0; j < config.blocks; j++) {
        blocks.add(builder.block("up." + level + "." + j, width + skips.pop(), widths.get(level)));
        width = widths.get(level);
      }
      net.up.add(blocks);
      if (level > 0) {
        int next = widths.get(level - 1);
        net.doublings.add(
            Conv2d.of(weights, prefix + "up." + level + ".double", width, next, 3, 1, 1, true));
        width = next;
      }
    }
    return net;
  }

  /** Channels of a head are about 64, as in later U-Nets. */
  private static int heads(int channels) {
    int heads = Math.max(1, channels / 64);
    while (channels % heads != 0) {
      heads--;
    }
    return heads;
  }

  private static Conv2d zeroConvolution(Weights weights, String name, int in, int out) {
    return new Conv2d(
        weights.constant(name + ".weight", 0, out, in, 3, 3),
        weights.constant(name + ".bias", 0, out),
        1,
        1);
  }

  /** Makes blocks and counts them. */
  private static final class Builder {
    private final Weights weights;
    private final String prefix;
    private final Config config;
    private int place = 0;

    Builder(Weights weights, String prefix, Config config) {
      this.weights = weights;
      this.prefix = prefix;
      this.config = config;
    }

    int timeWidth() {
      return 4 * config.widths.getFirst();
    }

    Block block(String name, int in, int out) {
      String full = prefix + name;
      return new Block(
          GroupNorm.of(weights, full + ".norm1", in),
          Conv2d.of(weights, full + ".conv1", in, out, 3, 1, 1, true),
          Linear.of(weights, full + ".time", timeWidth(), out),
          GroupNorm.of(weights, full + ".norm2", out),
          new Dropout(config.dropout),
          zeroConvolution(weights, full + ".conv2", out, out),
          in == out ? null : Conv2d.of(weights, full + ".skip", in, out, 1, 1, 0, true),
          place++);
    }
  }

  /**
   * The same weights with feature maps in the layout [n, c, h, w] instead of channels last: equal
   * to rounding. For measurements.
   */
  public UNet contiguous() {
    UNet net = new UNet(config, embedding, first, before, attention, after, norm, last, false);
    net.down.addAll(down);
    net.halvings.addAll(halvings);
    net.up.addAll(up);
    net.doublings.addAll(doublings);
    return net;
  }

  /** The width of {@link #bottom}'s rows. */
  public int bottomWidth() {
    return config.widths.getLast();
  }

  /**
   * The output image.
   *
   * @param input [n, channels, height, width]
   * @param time of each image, input's type, [n]
   * @param classes int64 [n], -1: no class; null: no class for all
   * @param keys of what is dropped out, or null for nothing
   */
  public Tensor apply(
      Tensor input, Tensor time, @Nullable Tensor classes, Dropout.@Nullable Keys keys) {
    try (Scope scope = Scope.open()) {
      Deque<Tensor> skips = new ArrayDeque<>();
      Tensor vector = embedding.apply(time, classes);
      Tensor h = descend(input, vector, keys, skips);
      for (int i = 0; i < up.size(); i++) {
        for (Block block : up.get(i)) {
          h = block(block, torch.cat(new TensorVector(h, skips.pop()), 1), vector, keys);
        }
        if (i < doublings.size()) {
          Tensor small = convolve(doublings.get(i), h);
          h = torch.upsample_nearest2d(small, 2 * small.size(2), 2 * small.size(3));
        }
      }
      h = convolve(last, torch.silu(norm.apply(h)));
      if (config.patch > 1) {
        h = torch.pixel_shuffle(h, config.patch);
      }
      return scope.keep(h.narrow(2, 0, input.size(2)).narrow(3, 0, input.size(3)).contiguous());
    }
  }

  /**
   * What the net makes of an image at its lowest level, averaged over space: [n, {@link
   * #bottomWidth}]. Arguments as for {@link #apply}.
   */
  public Tensor bottom(Tensor input, Tensor time, @Nullable Tensor classes) {
    try (Scope scope = Scope.open()) {
      Tensor vector = embedding.apply(time, classes);
      Tensor h = descend(input, vector, null, new ArrayDeque<>());
      return scope.keep(h.mean(2, 3));
    }
  }

  private Tensor descend(
      Tensor input, Tensor vector, Dropout.@Nullable Keys keys, Deque<Tensor> skips) {
    Tensor h = padded(input);
    if (config.patch > 1) {
      h = torch.pixel_unshuffle(h, config.patch);
    }
    h = convolve(first, channelsLast ? h.contiguous(MemoryFormat.ChannelsLast) : h.contiguous());
    for (int level = 0; level < down.size(); level++) {
      for (Block block : down.get(level)) {
        h = block(block, h, vector, keys);
        skips.push(h);
      }
      if (level < halvings.size()) {
        h = convolve(halvings.get(level), h);
      }
    }
    h = block(before, h, vector, keys);
    if (attention != null) {
      h = attention.apply(h);
    }
    return block(after, h, vector, keys);
  }

  private Tensor block(Block block, Tensor x, Tensor vector, Dropout.@Nullable Keys keys) {
    Tensor h = convolve(block.conv1, torch.silu(block.norm1.apply(x)));
    h = h.add(block.time.apply(vector).view(x.size(0), -1, 1, 1));
    h = block.dropout.apply(torch.silu(block.norm2.apply(h)), keys, block.place);
    return convolve(block.conv2, h).add_(block.skip == null ? x : convolve(block.skip, x));
  }

  private Tensor convolve(Conv2d convolution, Tensor x) {
    if (channelsLast) {
      return convolution.apply(x);
    }
    return torch.conv2d(
        x,
        convolution.weight(),
        Ops.optional(convolution.bias()),
        new long[] {convolution.stride(), convolution.stride()},
        new long[] {convolution.padding(), convolution.padding()},
        new long[] {1, 1},
        1);
  }

  private Tensor padded(Tensor input) {
    long multiple = config.multiple();
    long below = Math.floorMod(-input.size(2), multiple);
    long right = Math.floorMod(-input.size(3), multiple);
    return below == 0 && right == 0 ? input : torch.constant_pad_nd(input, 0, right, 0, below);
  }
}
