package dev.semblance.core.nn;

import dev.semblance.core.tensor.Check;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A small convolutional classifier: 3x3 convolutions to 32 and 64 channels without padding, 2x2 max
 * pooling, linear layers of 128 and {@code classes} values, ReLU in between. For 28x28 grey images
 * it has 1.2 million parameters.
 *
 * <p>Input float32 [n, channels, height, width]; features [n, 128]; logits [n, classes]. Weight
 * names: {@code conv1 conv2 fc1 fc2}. It is the network that is usually trained to show adversarial
 * training at the size of MNIST.
 */
public final class SmallCnn implements Layered {
  private static final int FEATURES = 128;
  private final Config config;
  private final Weights weights;
  private final Conv2d conv1;
  private final Conv2d conv2;
  private final Linear fc1;
  private final Linear fc2;

  /**
   * The shape of the net.
   *
   * @param channels of the input
   * @param height of the input, at least 6
   * @param width of the input, at least 6
   * @param classes of the output
   */
  public record Config(int channels, int height, int width, int classes) implements Architecture {
    public Config {
      Check.atLeast("channels", channels, 1);
      Check.atLeast("height", height, 6);
      Check.atLeast("width", width, 6);
      Check.atLeast("classes", classes, 1);
    }

    /** For grey images of 28x28 pixels in 10 classes, as MNIST has them. */
    public static Config of() {
      return new Config(1, 28, 28, 10);
    }

    @Override
    public SmallCnn build(long seed) {
      return new SmallCnn(this, seed);
    }
  }

  private SmallCnn(Config config, long seed) {
    this.config = config;
    this.weights = new Weights(seed);
    this.conv1 = Conv2d.of(weights, "conv1", config.channels, 32, 3, 1, 0, true);
    this.conv2 = Conv2d.of(weights, "conv2", 32, 64, 3, 1, 0, true);
    int flat = 64 * ((config.height - 4) / 2) * ((config.width - 4) / 2);
    this.fc1 = Linear.of(weights, "fc1", flat, FEATURES);
    this.fc2 = Linear.of(weights, "fc2", FEATURES, config.classes);
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
    return FEATURES;
  }

  @Override
  public Tensor features(Tensor input, Mode mode) {
    Tensor h = conv2.apply(conv1.apply(input).relu_()).relu_();
    return fc1.apply(torch.max_pool2d(h, 2, 2).flatten(1, -1)).relu_();
  }

  @Override
  public Tensor forward(Tensor input, Mode mode) {
    return fc2.apply(features(input, mode));
  }

  @Override
  public List<Layer> layers() {
    Relu relu = new Relu();
    return List.of(conv1, relu, conv2, relu, new MaxPool(2), new Flatten(), fc1, relu, fc2);
  }
}
