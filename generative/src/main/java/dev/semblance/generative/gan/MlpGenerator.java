package dev.semblance.generative.gan;

import dev.semblance.core.nn.Linear;
import dev.semblance.core.nn.Weights;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Linear maps with ReLU between them, from noise (and an embedded class) to flattened images. */
final class MlpGenerator implements Generator {
  private final Gan.Config config;
  private final @Nullable Tensor embedding;
  private final List<Linear> hidden = new ArrayList<>();
  private final Linear output;

  MlpGenerator(Gan.Config config, Weights weights) {
    this.config = config;
    this.embedding = embedding(config, weights);
    int in = config.latent() + (embedding == null ? 0 : Initial.EMBEDDING);
    for (int width : config.widths().reversed()) {
      hidden.add(Initial.linear(weights, "hidden" + hidden.size(), in, width, Initial.he(in)));
      in = width;
    }
    // Half of He's variance: nothing is cut off behind it.
    this.output = Initial.linear(weights, "output", in, config.values(), Math.sqrt(1.0 / in));
  }

  /** Standard normal embeddings of the classes, [classes, 50]; absent without classes. */
  static @Nullable Tensor embedding(Gan.Config config, Weights weights) {
    return config.conditioning() == Conditioning.NONE
        ? null
        : weights.normal("embedding.weight", 1, config.classes(), Initial.EMBEDDING);
  }

  /** Noise and, where there are classes, the embedded ones beside it. */
  static Tensor input(Tensor z, @Nullable Tensor classes, @Nullable Tensor embedding) {
    return embedding == null || classes == null
        ? z
        : torch.cat(new TensorVector(z, classes.matmul(embedding)), 1);
  }

  @Override
  public Tensor apply(Tensor z, @Nullable Tensor classes, Pass pass) {
    Tensor h = input(z, classes, embedding);
    for (Linear layer : hidden) {
      h = layer.apply(h).relu();
    }
    return config.shaped(output.apply(h));
  }
}
