package dev.semblance.generative.gan;

import dev.semblance.core.nn.Linear;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The discriminator's last map: {@code psi(phi)}, and {@code y^T V phi} where the class is told by
 * projection.
 */
final class Head {
  private final Spectral output;
  private final @Nullable Tensor bias;
  private final @Nullable Spectral projection;

  Head(Weights weights, Gan.Config config, int features, double deviation) {
    boolean spectral = config.discriminatorNorm() == DiscriminatorNorm.SPECTRAL;
    Linear linear = Initial.linear(weights, "output", features, 1, deviation);
    this.output = Spectral.of(weights, "output", linear.weight(), spectral);
    this.bias = linear.bias();
    this.projection =
        config.conditioning() == Conditioning.PROJECTION
            ? Spectral.of(
                weights,
                "projection",
                weights.normal("projection.weight", deviation, config.classes(), features),
                spectral)
            : null;
  }

  Tensor apply(Tensor features, @Nullable Tensor classes) {
    Tensor d = torch.linear(features, output.weight(), Ops.optional(bias));
    if (projection == null || classes == null) {
      return d;
    }
    // Miyato and Koyama 2018, Eq. (5)
    Tensor wanted = classes.matmul(projection.weight());
    return d.add(wanted.mul(features).sum(new long[] {1}, true, Ops.sameType()));
  }

  void advance() {
    output.advance();
    if (projection != null) {
      projection.advance();
    }
  }
}
