package dev.semblance.core.nn;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * A small convolutional classifier without pooling: 4x4 convolutions of stride 2 and padding 1 to
 * 16 and 32 channels, linear layers of 100 and {@code classes} values, ReLU in between. For 28x28
 * grey images it has 166,000 parameters and takes a twentieth of the arithmetic of {@link
 * SmallCnn}: with it adversarial training is a matter of minutes.
 *
 * <p>Input float32 [n, channels, height, width]; features [n, 100]; logits [n, classes]. Weight
 * names: {@code conv1 conv2 fc1 fc2}.
 */
@Source(key = "wong2018provable", where = "Section 5, MNIST; the net of wong2020fast, section 5.1")
public final class StridedCnn implements Layered {
  private static final int FEATURES = 100;
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
   * @param height of the input, at least 4
   * @param width of the input, at least 4
   * @param classes of the output
   */
  public record Config(int channels, int height, int width, int classes) implements Architecture {
    public Config {
      Check.atLeast("channels", channels, 1);
      Check.atLeast("height", height, 4);
      Check.atLeast("width", width, 4);
      Check.atLeast("classes", classes, 1);
    }

    /** For grey images of 28x28 pixels in 10 classes, as MNIST has them. */
    public static Config of() {
      return new Config(1, 28, 28, 10);
    }

    @Override
    public StridedCnn build(long seed) {
      return new StridedCnn(this, seed);
    }
  }

  private StridedCnn(Config config, long seed) {
    this.config = config;
    this.weights = new Weights(seed);
    this.conv1 = Conv2d.of(weights, "conv1", config.channels, 16, 4, 2, 1, true);
    this.conv2 = Conv2d.of(weights, "conv2", 16, 32, 4, 2, 1, true);
    int flat = 32 * (config.height / 2 / 2) * (config.width / 2 / 2);
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
    return fc1.apply(h.flatten(1, -1)).relu_();
  }

  @Override
  public Tensor forward(Tensor input, Mode mode) {
    return fc2.apply(features(input, mode));
  }

  @Override
  public List<Layer> layers() {
    Relu relu = new Relu();
    return List.of(conv1, relu, conv2, relu, new Flatten(), fc1, relu, fc2);
  }
}
