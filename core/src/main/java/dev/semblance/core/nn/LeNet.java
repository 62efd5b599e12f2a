package dev.semblance.core.nn;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * LeNet in its present-day form: two 5x5 convolutions with ReLU and 2x2 max pooling, then linear
 * layers of 120, 84 and {@code classes} values.
 *
 * <p>Input float32 [n, channels, height, width]; features [n, 84]; logits [n, classes]. Weight
 * names: {@code conv1 conv2 fc1 fc2 fc3}. The paper has trained subsampling layers, a partly
 * connected second convolution, tanh and radial basis outputs instead.
 */
@Source(key = "lecun1998gradient", where = "section II.B, Fig. 2")
public final class LeNet implements Layered {
  private static final int FEATURES = 84;
  private final Config config;
  private final Weights weights;
  private final Conv2d conv1;
  private final Conv2d conv2;
  private final Linear fc1;
  private final Linear fc2;
  private final Linear fc3;

  /**
   * The shape of the net.
   *
   * @param channels of the input
   * @param height of the input, at least 16
   * @param width of the input, at least 16
   * @param classes of the output
   */
  public record Config(int channels, int height, int width, int classes) implements Architecture {
    public Config {
      Check.atLeast("channels", channels, 1);
      Check.atLeast("height", height, 16);
      Check.atLeast("width", width, 16);
      Check.atLeast("classes", classes, 1);
    }

    /** For colour images of 32x32 pixels in 10 classes, as CIFAR-10 has them. */
    public static Config of() {
      return new Config(3, 32, 32, 10);
    }

    @Override
    public LeNet build(long seed) {
      return new LeNet(this, seed);
    }
  }

  private LeNet(Config config, long seed) {
    this.config = config;
    this.weights = new Weights(seed);
    this.conv1 = Conv2d.of(weights, "conv1", config.channels, 6, 5, 1, 0, true);
    this.conv2 = Conv2d.of(weights, "conv2", 6, 16, 5, 1, 0, true);
    int flat = 16 * pooled(pooled(config.height)) * pooled(pooled(config.width));
    this.fc1 = Linear.of(weights, "fc1", flat, 120);
    this.fc2 = Linear.of(weights, "fc2", 120, FEATURES);
    this.fc3 = Linear.of(weights, "fc3", FEATURES, config.classes);
  }

  /** The side left by a 5x5 convolution without padding and 2x2 pooling. */
  private static int pooled(int side) {
    return (side - 4) / 2;
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
    Tensor h = torch.max_pool2d(conv1.apply(input).relu_(), 2, 2);
    h = torch.max_pool2d(conv2.apply(h).relu_(), 2, 2);
    h = fc1.apply(h.flatten(1, -1)).relu_();
    return fc2.apply(h).relu_();
  }

  @Override
  public Tensor forward(Tensor input, Mode mode) {
    return fc3.apply(features(input, mode));
  }

  @Override
  public List<Layer> layers() {
    Relu relu = new Relu();
    MaxPool pool = new MaxPool(2);
    return List.of(conv1, relu, pool, conv2, relu, pool, new Flatten(), fc1, relu, fc2, relu, fc3);
  }
}
