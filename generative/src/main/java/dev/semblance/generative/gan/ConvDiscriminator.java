package dev.semblance.generative.gan;

import dev.semblance.core.nn.BatchNorm;
import dev.semblance.core.nn.Conv2d;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The discriminator of DCGAN: 4x4 convolutions of stride 2 with leaky ReLU, then one linear map of
 * the smallest image.
 */
final class ConvDiscriminator implements Discriminator {
  private final Gan.Config config;
  private final @Nullable Tensor planes;
  private final List<Halving> halvings = new ArrayList<>();
  private final Head head;

  /** A convolution that halves the sides. */
  private record Halving(Spectral weight, @Nullable Tensor bias, @Nullable BatchNorm norm) {
    Tensor apply(Tensor input, Pass pass) {
      Tensor h = new Conv2d(weight.weight(), bias, 2, 1).apply(input);
      return torch.leaky_relu(Normalised.apply(norm, h, pass), Ops.scalar(Gan.LEAK));
    }
  }

  ConvDiscriminator(Gan.Config config, Weights weights) {
    this.config = config;
    this.planes =
        config.conditioning() == Conditioning.CONCATENATED
            ? weights.normal(
                "embedding.weight", 1, config.classes(), (long) config.height() * config.width())
            : null;
    int in = config.channels() + (planes == null ? 0 : 1);
    for (int out : config.widths()) {
      String name = "halving" + halvings.size();
      // Not at the input: radford2016unsupervised, section 3.
      boolean normalised =
          config.discriminatorNorm() == DiscriminatorNorm.BATCH && !halvings.isEmpty();
      Tensor weight = weights.normal(name + ".weight", Initial.DCGAN, out, in, 4, 4);
      halvings.add(
          new Halving(
              Spectral.of(
                  weights, name, weight, config.discriminatorNorm() == DiscriminatorNorm.SPECTRAL),
              normalised ? null : weights.constant(name + ".bias", 0, out),
              normalised ? BatchNorm.of(weights, name + ".norm", out, Normalised.EPSILON) : null));
      in = out;
    }
    this.head = new Head(weights, config, featureWidth(), Initial.DCGAN);
  }

  @Override
  public Tensor features(Tensor images, @Nullable Tensor classes, Pass pass) {
    Tensor h = images;
    if (planes != null && classes != null) {
      Tensor plane = classes.matmul(planes).view(-1, 1, config.height(), config.width());
      h = torch.cat(new TensorVector(h, plane), 1);
    }
    for (Halving halving : halvings) {
      h = halving.apply(h, pass);
    }
    return h.flatten(1, -1);
  }

  @Override
  public Tensor head(Tensor features, @Nullable Tensor classes) {
    return head.apply(features, classes);
  }

  @Override
  public int featureWidth() {
    return config.widths().getLast()
        * config.smallest(config.height())
        * config.smallest(config.width());
  }

  @Override
  public void advance() {
    halvings.forEach(halving -> halving.weight.advance());
    head.advance();
  }
}
