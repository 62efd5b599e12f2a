package dev.semblance.core.nn;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * SqueezeNet 1.1: a convolution and eight fire modules, each squeezing to few channels and
 * expanding by 1x1 and 3x3 convolutions side by side.
 *
 * <p>Input float32 [n, 3, h, w] of at least 17x17 pixels, 224x224 as trained; features [n, 512],
 * the mean over space below {@code classifier.1}; logits [n, classes], which a last ReLU keeps from
 * being negative. Weight names are torchvision's. The dropout before the classifier is left out: it
 * is nothing at inference, and when the classifier is trained anew it would need random numbers of
 * its own.
 */
@Source(key = "iandola2016squeezenet", where = "section 3, Table 1; version 1.1 of its repository")
public final class SqueezeNet implements Net {
  private static final int FEATURES = 512;
  private static final long[] POOL = {3, 3};
  private static final long[] STRIDE = {2, 2};
  private static final long[] NONE = {0, 0};
  private static final long[] NO_DILATION = {1, 1};

  private final Config config;
  private final Weights weights;
  private final Conv2d first;
  private final List<Fire> fires = new ArrayList<>();
  private final Conv2d classifier;

  /** The shape of the net: only the number of classes is free. */
  public record Config(int classes) implements Architecture {
    public Config {
      Check.atLeast("classes", classes, 1);
    }

    /** For the 1,000 classes of ImageNet. */
    public static Config of() {
      return new Config(1000);
    }

    @Override
    public SqueezeNet build(long seed) {
      return new SqueezeNet(this, seed);
    }
  }

  private record Fire(int index, Conv2d squeeze, Conv2d expand1, Conv2d expand3) {
    static Fire of(Weights weights, int index, int in, int squeezed, int expanded) {
      String name = "features." + index;
      return new Fire(
          index,
          Conv2d.of(weights, name + ".squeeze", in, squeezed, 1, 1, 0, true),
          Conv2d.of(weights, name + ".expand1x1", squeezed, expanded, 1, 1, 0, true),
          Conv2d.of(weights, name + ".expand3x3", squeezed, expanded, 3, 1, 1, true));
    }

    Tensor apply(Tensor input) {
      Tensor squeezed = squeeze.apply(input).relu_();
      return torch
          .cat(new TensorVector(expand1.apply(squeezed), expand3.apply(squeezed)), 1)
          .relu_();
    }

    /** Layers 2, 5 and 8 of torchvision's list are poolings. */
    boolean afterPooling() {
      return index == 3 || index == 6 || index == 9;
    }
  }

  private SqueezeNet(Config config, long seed) {
    this.config = config;
    this.weights = new Weights(seed);
    this.first = Conv2d.of(weights, "features.0", 3, 64, 3, 2, 0, true);
    fires.add(Fire.of(weights, 3, 64, 16, 64));
    fires.add(Fire.of(weights, 4, 128, 16, 64));
    fires.add(Fire.of(weights, 6, 128, 32, 128));
    fires.add(Fire.of(weights, 7, 256, 32, 128));
    fires.add(Fire.of(weights, 9, 256, 48, 192));
    fires.add(Fire.of(weights, 10, 384, 48, 192));
    fires.add(Fire.of(weights, 11, 384, 64, 256));
    fires.add(Fire.of(weights, 12, 512, 64, 256));
    // Normal with deviation 0.01, as torchvision draws it.
    this.classifier =
        new Conv2d(
            weights.normal("classifier.1.weight", 0.01, config.classes, FEATURES, 1, 1),
            weights.constant("classifier.1.bias", 0, config.classes),
            1,
            0);
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
    return meanOverSpace(map(input));
  }

  @Override
  public Tensor forward(Tensor input, Mode mode) {
    return meanOverSpace(classifier.apply(map(input)).relu_());
  }

  private Tensor map(Tensor input) {
    // Channels last: the convolutions run faster; the values differ in rounding only.
    Tensor h = first.apply(input.contiguous(MemoryFormat.ChannelsLast)).relu_();
    for (Fire fire : fires) {
      if (fire.afterPooling()) {
        h = torch.max_pool2d(h, POOL, STRIDE, NONE, NO_DILATION, true);
      }
      h = fire.apply(h);
    }
    return h;
  }

  private static Tensor meanOverSpace(Tensor map) {
    return map.mean(new long[] {2, 3}, false, Ops.sameType());
  }
}
