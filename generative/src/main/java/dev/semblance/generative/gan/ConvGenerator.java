package dev.semblance.generative.gan;

import dev.semblance.core.nn.BatchNorm;
import dev.semblance.core.nn.ConvTranspose2d;
import dev.semblance.core.nn.Linear;
import dev.semblance.core.nn.Weights;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The generator of DCGAN: a linear map to the smallest image of the widest layer, then transposed
 * convolutions that double its sides; batch normalisation and ReLU between them.
 */
final class ConvGenerator implements Generator {
  private final Gan.Config config;
  private final @Nullable Tensor embedding;
  private final Linear start;
  private final List<BatchNorm> norms = new ArrayList<>();
  private final List<ConvTranspose2d> doublings = new ArrayList<>();

  ConvGenerator(Gan.Config config, Weights weights) {
    this.config = config;
    this.embedding = MlpGenerator.embedding(config, weights);
    List<Integer> widths = config.widths().reversed();
    int in = config.latent() + (embedding == null ? 0 : Initial.EMBEDDING);
    int channels = widths.getFirst();
    int start = channels * config.smallest(config.height()) * config.smallest(config.width());
    this.start = Initial.linear(weights, "start", in, start, Initial.DCGAN);
    norms.add(BatchNorm.of(weights, "start.norm", channels, Normalised.EPSILON));
    for (int i = 0; i < widths.size(); i++) {
      boolean last = i + 1 == widths.size();
      int out = last ? config.channels() : widths.get(i + 1);
      String name = "doubling" + i;
      Tensor weight = weights.normal(name + ".weight", Initial.DCGAN, channels, out, 4, 4);
      // A bias before a normalisation would have no effect.
      Tensor bias = last ? weights.constant(name + ".bias", 0, out) : null;
      doublings.add(new ConvTranspose2d(weight, bias, 2, 1, 0));
      if (!last) {
        norms.add(BatchNorm.of(weights, name + ".norm", out, Normalised.EPSILON));
      }
      channels = out;
    }
  }

  @Override
  public Tensor apply(Tensor z, @Nullable Tensor classes, Pass pass) {
    Tensor h =
        start
            .apply(MlpGenerator.input(z, classes, embedding))
            .view(
                -1,
                config.widths().getLast(),
                config.smallest(config.height()),
                config.smallest(config.width()));
    for (int i = 0; i < doublings.size(); i++) {
      h = doublings.get(i).apply(Normalised.apply(norms.get(i), h, pass).relu());
    }
    return config.shaped(h);
  }
}
