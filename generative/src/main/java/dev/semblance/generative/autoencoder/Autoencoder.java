package dev.semblance.generative.autoencoder;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.generative.latent.Coder;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * An encoder to a code and a decoder back: {@code y = g(f(x))}.
 *
 * <p>{@link #features} are the code, so that the encoder can start another training; {@link
 * #forward} is the reconstruction, pixels of the same shape as the images: float32 [n, c, h, w], in
 * 0..1 with {@link PixelLoss#BERNOULLI}. Without hidden layers and with a linear code and squared
 * loss the best one spans the first principal components (baldi1989neural).
 *
 * <p>It is no {@link dev.semblance.generative.Sampler}: nothing says where codes lie. {@link
 * SamplingAutoencoder} adds that.
 */
@Source(key = "vincent2010stacked", where = "section 2.2")
public final class Autoencoder implements Net, Coder {
  private final Config config;
  private final Weights weights;
  private final Encoder encoder;
  private final Decoder decoder;

  /**
   * What rebuilds it.
   *
   * @param trunk hidden layers of encoder and decoder
   * @param width of the code
   * @param code what values it may have
   * @param active the largest values of a code that are kept, the others are 0; 0: all are kept.
   *     Source: makhzani2014ksparse, section 2.1
   * @param loss decides what the decoder's outputs stand for
   */
  public record Config(Trunk trunk, int width, Code code, int active, PixelLoss loss)
      implements Architecture {
    public Config {
      Check.atLeast("width", width, 1);
      Check.between("active", active, 0, width);
    }

    @Override
    public Autoencoder build(long seed) {
      return new Autoencoder(this, seed);
    }
  }

  private Autoencoder(Config config, long seed) {
    this.config = config;
    this.weights = new Weights(seed);
    this.encoder = new Encoder(weights, "encoder", config.trunk, 0, config.width);
    this.decoder = new Decoder(weights, "decoder", config.trunk, config.width, 0);
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
    return config.width;
  }

  @Override
  public int codeWidth() {
    return config.width;
  }

  @Override
  public Tensor features(Tensor input, Mode mode) {
    Tensor code = config.code.applyTo(encoder.apply(config.trunk.checked(input), null));
    if (config.active == 0 || config.active == config.width) {
      return code;
    }
    Tensor least = torch.topk(code, config.active).get0().narrow(1, config.active - 1, 1);
    return code.masked_fill(code.lt(least), Ops.scalar(0));
  }

  @Override
  public Tensor forward(Tensor input, Mode mode) {
    return pixels(outputs(features(input, mode)));
  }

  @Override
  public Tensor encode(Tensor images) {
    return Ops.withoutGradient(() -> features(images, Mode.INFERENCE));
  }

  @Override
  public Tensor decode(Tensor codes) {
    Check.matrix("codes", codes);
    return Ops.withoutGradient(() -> pixels(outputs(codes)));
  }

  /** The decoder's outputs, float32 [n, pixels]: what the loss takes. */
  Tensor outputs(Tensor codes) {
    return decoder.apply(codes, null);
  }

  /** The weight of the decoder's first map, one column for each value of the code. */
  Tensor dictionary() {
    return decoder.first();
  }

  private Tensor pixels(Tensor outputs) {
    Trunk trunk = config.trunk;
    return config.loss.pixels(outputs).view(-1, trunk.channels(), trunk.height(), trunk.width());
  }
}
