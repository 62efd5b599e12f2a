package dev.semblance.generative.gan;

import dev.semblance.core.nn.BatchNorm;
import dev.semblance.core.nn.Linear;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Linear maps with leaky ReLU between them, over flattened images (and an embedded class). */
final class MlpDiscriminator implements Discriminator {
  private final @Nullable Tensor embedding;
  private final List<Hidden> hidden = new ArrayList<>();
  private final Head head;
  private final int featureWidth;

  /** A hidden layer. */
  private record Hidden(Spectral weight, @Nullable Tensor bias, @Nullable BatchNorm norm) {}

  MlpDiscriminator(Gan.Config config, Weights weights) {
    this.embedding =
        config.conditioning() == Conditioning.CONCATENATED
            ? weights.normal("embedding.weight", 1, config.classes(), Initial.EMBEDDING)
            : null;
    int in = config.values() + (embedding == null ? 0 : Initial.EMBEDDING);
    for (int width : config.widths()) {
      String name = "hidden" + hidden.size();
      Linear linear = Initial.linear(weights, name, in, width, Initial.he(in));
      hidden.add(
          new Hidden(
              Spectral.of(
                  weights,
                  name,
                  linear.weight(),
                  config.discriminatorNorm() == DiscriminatorNorm.SPECTRAL),
              linear.bias(),
              // Not at the input: radford2016unsupervised, section 3.
              config.discriminatorNorm() == DiscriminatorNorm.BATCH && !hidden.isEmpty()
                  ? BatchNorm.of(weights, name + ".norm", width, Normalised.EPSILON)
                  : null));
      in = width;
    }
    this.featureWidth = in;
    this.head = new Head(weights, config, in, Math.sqrt(1.0 / in));
  }

  @Override
  public Tensor features(Tensor images, @Nullable Tensor classes, Pass pass) {
    Tensor h = images.flatten(1, -1);
    if (embedding != null && classes != null) {
      h = torch.cat(new TensorVector(h, classes.matmul(embedding)), 1);
    }
    for (Hidden layer : hidden) {
      h = torch.linear(h, layer.weight.weight(), Ops.optional(layer.bias));
      h = torch.leaky_relu(Normalised.apply(layer.norm, h, pass), Ops.scalar(Gan.LEAK));
    }
    return h;
  }

  @Override
  public Tensor head(Tensor features, @Nullable Tensor classes) {
    return head.apply(features, classes);
  }

  @Override
  public int featureWidth() {
    return featureWidth;
  }

  @Override
  public void advance() {
    hidden.forEach(layer -> layer.weight.advance());
    head.advance();
  }
}
