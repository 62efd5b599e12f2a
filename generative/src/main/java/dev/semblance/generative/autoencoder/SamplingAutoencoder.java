package dev.semblance.generative.autoencoder;

import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Sampler;
import dev.semblance.generative.latent.Coder;
import java.util.Locale;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * An {@link Autoencoder} with a Gaussian fitted to its codes: new images are decoded draws from it.
 * What the codes' true density is nobody says, and an image has none; so this is no {@link
 * dev.semblance.generative.Density}.
 */
public final class SamplingAutoencoder implements Net, Sampler, Coder {
  // Of the mean variance: a code value that never varies leaves the covariance singular.
  private static final double RIDGE = 1e-6;

  private final Config config;
  private final Autoencoder autoencoder;
  private final Weights weights;
  private final Tensor mean;
  private final Tensor factor;

  /**
   * What rebuilds it.
   *
   * @param autoencoder that the codes are of
   */
  public record Config(Autoencoder.Config autoencoder) implements Architecture {
    @Override
    public SamplingAutoencoder build(long seed) {
      return new SamplingAutoencoder(this, seed);
    }
  }

  private SamplingAutoencoder(Config config, long seed) {
    this.config = config;
    this.autoencoder = config.autoencoder.build(seed);
    this.weights = new Weights(seed);
    weights.adopt("autoencoder.", autoencoder.weights());
    int width = autoencoder.codeWidth();
    this.mean = weights.buffer("code.mean", 0, width);
    this.factor = weights.buffer("code.factor", 0, width, width);
  }

  /**
   * A copy of {@code autoencoder} with mean and covariance of some codes. The caller closes it.
   *
   * @param codes float32 [n, width] of images like those to be drawn, n at least 2
   */
  public static SamplingAutoencoder fit(Autoencoder autoencoder, Tensor codes) {
    Check.matrix("codes", codes);
    int width = autoencoder.codeWidth();
    if (codes.size(1) != width || codes.size(0) < 2) {
      throw new IllegalArgumentException(
          "codes must be [n >= 2, " + width + "], got " + Shapes.of(codes));
    }
    SamplingAutoencoder fitted = new Config(autoencoder.architecture()).build(0);
    fitted.autoencoder.weights().load(autoencoder.weights().all());
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor values = codes.to(ScalarType.Double);
      Tensor centre = values.mean(0);
      Tensor apart = values.sub(centre);
      Tensor covariance = apart.t().matmul(apart).div(Ops.scalar(codes.size(0) - 1.0));
      double ridge = RIDGE * covariance.trace().item_double() / width + Double.MIN_NORMAL;
      Tensor steady = covariance.add(torch.eye(width, covariance.options()).mul(Ops.scalar(ridge)));
      fitted.mean.copy_(centre);
      fitted.factor.copy_(Ops.factorise(() -> torch.linalg_cholesky(steady)));
    }
    return fitted;
  }

  /** The fitted Gaussian's decoded draws. */
  @Override
  public Tensor sample(Noise noise, Condition condition) {
    if (!(condition instanceof Condition.None)) {
      throw new IllegalArgumentException(
          "an autoencoder takes no condition, got "
              + condition.getClass().getSimpleName().toLowerCase(Locale.ROOT)
              + "; train a conditional VAE for that");
    }
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor draws = noise.gaussian(Rng.Purpose.LATENT, 0, autoencoder.codeWidth());
      return scope.keep(autoencoder.decode(draws.matmul(factor.t()).add(mean)));
    }
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
    return autoencoder.featureWidth();
  }

  @Override
  public Tensor features(Tensor input, Mode mode) {
    return autoencoder.features(input, mode);
  }

  @Override
  public Tensor forward(Tensor input, Mode mode) {
    return autoencoder.forward(input, mode);
  }

  @Override
  public int codeWidth() {
    return autoencoder.codeWidth();
  }

  @Override
  public Tensor encode(Tensor images) {
    return autoencoder.encode(images);
  }

  @Override
  public Tensor decode(Tensor codes) {
    return autoencoder.decode(codes);
  }
}
