package dev.semblance.core.nn;

import dev.semblance.core.tensor.Check;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A small convolutional encoder: blocks of 3x3 convolution, 2x2 max pooling (none in the last),
 * batch normalisation and ReLU, averaged onto a grid of {@code grid x grid} cells and flattened.
 *
 * <p>The features are the flattened grid, the head is linear to {@code outputs}. Any image size of
 * at least {@code 2^(blocks-1) * grid} pixels in both directions will do.
 */
public final class ConvEncoder implements Net {
  private final Config config;
  private final Weights weights;
  private final List<Conv2d> convolutions = new ArrayList<>();
  private final List<BatchNorm> norms = new ArrayList<>();
  private final Linear head;

  /**
   * The shape of the encoder.
   *
   * @param channels of the input, 1 or 3
   * @param widths output channels of each block
   * @param grid cells of the final average, in each direction
   * @param outputs of the head
   */
  public record Config(int channels, List<Integer> widths, int grid, int outputs)
      implements Architecture {
    public Config {
      Check.atLeast("channels", channels, 1);
      Check.atLeast("number of widths", widths.size(), 1);
      widths.forEach(width -> Check.atLeast("width", width, 1));
      Check.atLeast("grid", grid, 1);
      Check.atLeast("outputs", outputs, 1);
      widths = List.copyOf(widths);
    }

    /** Blocks for images of this size: three up to 32 pixels, one more for each doubling. */
    public static Config of(int channels, int height, int width, int outputs) {
      List<Integer> widths = new ArrayList<>(List.of(32, 64, 128));
      for (int side = Math.min(height, width); side > 32; side /= 2) {
        widths.add(128);
      }
      while (widths.size() > 1 && Math.min(height, width) >> (widths.size() - 1) < 3) {
        widths.remove(widths.size() - 1);
      }
      int grid = Math.min(3, Math.min(height, width) >> (widths.size() - 1));
      return new Config(channels, widths, Math.max(1, grid), outputs);
    }

    @Override
    public ConvEncoder build(long seed) {
      return new ConvEncoder(this, seed);
    }
  }

  private ConvEncoder(Config config, long seed) {
    this.config = config;
    this.weights = new Weights(seed);
    int in = config.channels;
    for (int i = 0; i < config.widths.size(); i++) {
      int out = config.widths.get(i);
      // The bias would be taken out again by the normalisation.
      convolutions.add(Conv2d.of(weights, "block" + i + ".conv", in, out, 3, 1, 1, false));
      norms.add(BatchNorm.of(weights, "block" + i + ".norm", out, 1e-5));
      in = out;
    }
    this.head = Linear.of(weights, "head", featureWidth(), config.outputs);
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
    return config.widths.getLast() * config.grid * config.grid;
  }

  @Override
  public Tensor features(Tensor input, Mode mode) {
    Tensor h = input;
    for (int i = 0; i < convolutions.size(); i++) {
      h = convolutions.get(i).apply(h);
      if (i < convolutions.size() - 1) {
        // Before normalisation: three quarters of its work would be thrown away.
        h = torch.max_pool2d(h, 2, 2);
      }
      h = norms.get(i).apply(h, mode).relu_();
    }
    return torch.adaptive_avg_pool2d(h, config.grid, config.grid).flatten(1, -1);
  }

  @Override
  public Tensor forward(Tensor input, Mode mode) {
    return head.apply(features(input, mode));
  }
}
