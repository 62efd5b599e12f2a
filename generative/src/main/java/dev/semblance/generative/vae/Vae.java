package dev.semblance.generative.vae;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Conditional;
import dev.semblance.generative.Density;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.LogDensity.Support;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Sampler;
import dev.semblance.generative.autoencoder.Decoder;
import dev.semblance.generative.autoencoder.Encoder;
import dev.semblance.generative.autoencoder.Trunk;
import dev.semblance.generative.latent.Coder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A variational autoencoder: {@code z ~ N(0, I)}, {@code x ~ p(x|z)} by a decoder, and an encoder
 * that gives {@code q(z|x)}, Gaussian with a diagonal covariance.
 *
 * <p>Of any distribution q of codes,
 *
 * <pre>
 * log p(x) = E_q log p(x, z)/q(z|x) + KL(q(z|x), p(z|x))
 *         >= E_q log p(x|z) - KL(q(z|x), p(z))
 * </pre>
 *
 * since a divergence is not negative; the right side is trained, and falls short of {@code log p}
 * by how far q is from the posterior. Several draws give a better bound, {@link ImportanceWeights}.
 *
 * <p>{@link #features} are the means of q, {@link #forward} is the reconstruction from them: the
 * mean of {@code p(x|z)}. Images are float32 [n, c, h, w], in 0..1 with {@link
 * PixelModel#BERNOULLI} and {@link PixelModel#CONTINUOUS_BERNOULLI}. A {@link Binarisation} is
 * applied by {@link #logDensity} and in training; features are taken of the images as they are, the
 * expected bits, except under a threshold.
 */
@Source(key = "kingma2014auto", where = "Eq. (3), section 3")
public final class Vae implements Net, Sampler, Density, Conditional, Coder {
  /** Draws for each image by {@link #logDensity}. */
  public static final int SAMPLES = 200;

  // Codes that pass the decoder at once in an evaluation: enough for matrix products at full speed.
  private static final int CODES = 2048;
  private static final int PRODUCT_FROM = 16;
  private static final long SUM = 2;
  private static final double ACTIVE = 0.01;
  private static final double LOG_2PI = Math.log(2 * Math.PI);

  private final Config config;
  private final Weights weights;
  private final Encoder encoder;
  private final Decoder decoder;
  private final @Nullable Tensor spread;

  /**
   * What rebuilds it.
   *
   * @param trunk hidden layers of encoder and decoder
   * @param classes of the labels that it takes as a condition; 0: none
   * @param latent width of the code
   * @param decoder distribution of the pixels
   * @param deviation s of a Gaussian, in the units of the images; at the start where it is learned
   * @param binarisation of the pixels
   * @param noisy whether {@link #sample} draws the pixels too, rather than giving their means
   */
  public record Config(
      Trunk trunk,
      int classes,
      int latent,
      PixelModel decoder,
      double deviation,
      Binarisation binarisation,
      boolean noisy)
      implements Architecture {
    public Config {
      Check.atLeast("classes", classes, 0);
      Check.atLeast("latent", latent, 1);
      Check.positive("deviation", deviation);
      if (binarisation != Binarisation.NONE && decoder != PixelModel.BERNOULLI) {
        throw new IllegalArgumentException(
            "binarisation "
                + binarisation
                + " needs the BERNOULLI decoder, got "
                + decoder
                + "; set binarisation to NONE");
      }
    }

    @Override
    public Vae build(long seed) {
      return new Vae(this, seed);
    }
  }

  private Vae(Config config, long seed) {
    this.config = config;
    this.weights = new Weights(seed);
    this.encoder = new Encoder(weights, "encoder", config.trunk, config.classes, 2 * config.latent);
    this.decoder = new Decoder(weights, "decoder", config.trunk, config.latent, config.classes);
    this.spread =
        switch (config.decoder) {
          case BERNOULLI, CONTINUOUS_BERNOULLI, FIXED_GAUSSIAN -> null;
          case LEARNED_GAUSSIAN ->
              weights.constant("decoder.log_deviation", Math.log(config.deviation));
          case OPTIMAL_GAUSSIAN ->
              weights.buffer("decoder.squared_error", config.deviation * config.deviation);
        };
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
    return config.latent;
  }

  @Override
  public int classes() {
    return config.classes;
  }

  @Override
  public int codeWidth() {
    return config.latent;
  }

  @Override
  public Tensor features(Tensor input, Mode mode) {
    Tensor images =
        config.binarisation == Binarisation.THRESHOLD
            ? config.binarisation.apply(input, Noise.of(0, 0, 1), 0)
            : input;
    return posterior(images, hot(Condition.none(), images.size(0))).mean();
  }

  @Override
  public Tensor forward(Tensor input, Mode mode) {
    return images(features(input, mode), Condition.none());
  }

  @Override
  public Tensor encode(Tensor images) {
    return Ops.withoutGradient(() -> features(checked(images), Mode.INFERENCE));
  }

  @Override
  public Tensor decode(Tensor codes) {
    return decode(codes, Condition.none());
  }

  /** The same under a condition. */
  public Tensor decode(Tensor codes, Condition condition) {
    Check.matrix("codes", codes);
    return Ops.withoutGradient(() -> images(codes, condition));
  }

  /** The deviation s of the pixels; 0 where they are not Gaussian. */
  public double deviation() {
    return switch (config.decoder) {
      case BERNOULLI, CONTINUOUS_BERNOULLI -> 0;
      case FIXED_GAUSSIAN -> config.deviation;
      case LEARNED_GAUSSIAN -> Math.exp(Objects.requireNonNull(spread).item_double());
      case OPTIMAL_GAUSSIAN -> Math.sqrt(Objects.requireNonNull(spread).item_double());
    };
  }

  /**
   * {@inheritDoc} Means of the pixels, or draws of them where the configuration says {@code noisy}.
   */
  @Override
  public Tensor sample(Noise noise, Condition condition) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor codes = noise.gaussian(Rng.Purpose.LATENT, 0, config.latent);
      Tensor outputs = outputs(codes, condition);
      if (!config.noisy) {
        return scope.keep(means(outputs));
      }
      long[] shape = {config.trunk.channels(), config.trunk.height(), config.trunk.width()};
      return scope.keep(
          switch (config.decoder) {
            case BERNOULLI -> Binarisation.DYNAMIC.apply(means(outputs), noise, 0);
            case CONTINUOUS_BERNOULLI ->
                ContinuousBernoulli.quantile(noise.uniform(Rng.Purpose.NOISE, 0, shape), outputs);
            default ->
                outputs.add(noise.gaussian(Rng.Purpose.NOISE, 0, shape), Ops.scalar(deviation()));
          });
    }
  }

  /**
   * How many values of the code say something of the image: the variance over images of their
   * posterior mean is above 0.01. Source: burda2016importance, section 5.1.
   *
   * @param means float32 [n, latent], as {@link #encode} gives them, n at least 2
   */
  public static int activeUnits(Tensor means) {
    Check.matrix("means", means);
    try (Scope scope = Scope.open()) {
      Tensor variance = means.std(new long[] {0}, true, false).square();
      return (int) variance.gt(Ops.scalar(ACTIVE)).sum().item_long();
    }
  }

  @Override
  public LogDensity logDensity(Tensor images, Noise noise, Condition condition) {
    return density(SAMPLES).logDensity(images, noise, condition);
  }

  /** The same by another number of draws for each image. */
  public Density density(int samples) {
    Check.atLeast("samples", samples, 1);
    return (images, noise, condition) -> {
      try (Scope scope = Scope.open()) {
        LogDensity density =
            importanceWeights(images, noise, condition, samples).logDensity(support());
        scope.keep(density.value());
        scope.keep(density.standardError());
        return density;
      }
    };
  }

  private Support support() {
    return config.decoder == PixelModel.BERNOULLI ? Support.BITS : Support.POINTS;
  }

  /**
   * The weights of codes drawn for images: of each image the first codes are the same whatever
   * their number. The images are binarised by the model's rule.
   *
   * @param images float32 [n, c, h, w]
   * @throws IllegalArgumentException for grey pixels that no rule makes bits of: their loss is no
   *     probability
   */
  public ImportanceWeights importanceWeights(
      Tensor images, Noise noise, Condition condition, int samples) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor target = binary(checked(images), noise);
      int n = Math.toIntExact(target.size(0));
      Tensor beside = hot(condition, n);
      GaussianPosterior whole = posterior(target, beside);
      int group = Math.max(1, CODES / samples);
      List<Tensor> parts = new ArrayList<>();
      for (int from = 0; from < n; from += group) {
        int size = Math.min(group, n - from);
        try (Scope inner = Scope.open()) {
          GaussianPosterior part =
              new GaussianPosterior(
                  whole.mean().narrow(0, from, size), whole.logVariance().narrow(0, from, size));
          Tensor epsilon =
              noise.part(from, from + size).gaussian(Rng.Purpose.LATENT, 0, samples, config.latent);
          Tensor x = target.narrow(0, from, size);
          Tensor besidePart = beside == null ? null : beside.narrow(0, from, size);
          parts.add(inner.keep(logWeights(x, besidePart, part, epsilon)));
        }
      }
      Tensor logs = torch.cat(new TensorVector(parts.toArray(new Tensor[0])), 0);
      return new ImportanceWeights(scope.keep(logs));
    }
  }

  private Tensor logWeights(
      Tensor x, @Nullable Tensor beside, GaussianPosterior posterior, Tensor epsilon) {
    long n = epsilon.size(0);
    long k = epsilon.size(1);
    Tensor z = posterior.draw(epsilon);
    Tensor ratio = posterior.logPriorRatio(z).to(ScalarType.Double);
    List<Tensor> parts = new ArrayList<>();
    // Many draws for one image: piece by piece as well.
    long piece = Math.max(1, CODES / n);
    for (long from = 0; from < k; from += piece) {
      try (Scope inner = Scope.open()) {
        Tensor codes = z.narrow(1, from, Math.min(piece, k - from));
        parts.add(inner.keep(logLikelihood(output(codes, beside), x).to(ScalarType.Double)));
      }
    }
    return torch.cat(new TensorVector(parts.toArray(new Tensor[0])), 1).add(ratio);
  }

  /**
   * The decoder's outputs of several codes for each image.
   *
   * @param z float32 [n, k, latent]
   * @param beside [n, classes] or none
   * @return float32 [n, k, dimensions]
   */
  Tensor output(Tensor z, @Nullable Tensor beside) {
    long n = z.size(0);
    long k = z.size(1);
    Tensor repeated =
        beside == null
            ? null
            : beside.unsqueeze(1).expand(n, k, config.classes).reshape(n * k, config.classes);
    return decoder.apply(z.reshape(n * k, config.latent), repeated).view(n, k, -1);
  }

  /** The posterior of images that are binarised already. */
  GaussianPosterior posterior(Tensor images, @Nullable Tensor beside) {
    Tensor both = encoder.apply(images, beside);
    // Not chunk: its tensors are the list's and die with it.
    return new GaussianPosterior(
        both.narrow(1, 0, config.latent), both.narrow(1, config.latent, config.latent));
  }

  /**
   * {@code log p(x|z)}.
   *
   * @param output float32 [n, k, dimensions]
   * @param x float32 [n, c, h, w]
   * @return float32 [n, k]
   */
  Tensor logLikelihood(Tensor output, Tensor x) {
    Tensor flat = x.flatten(1, -1);
    if (config.decoder.isOfLogits()) {
      // x log(pi) + (1 - x) log(1 - pi) = x a - softplus(a) for the logit a. Many small products of
      // a matrix and a vector cost more than they save.
      Tensor product =
          output.size(1) < PRODUCT_FROM
              ? output.mul(flat.unsqueeze(1)).sum(new long[] {2})
              : output.matmul(flat.unsqueeze(2)).squeeze(2);
      Tensor bits = product.sub(torch.softplus(output).sum(new long[] {2}));
      return config.decoder == PixelModel.BERNOULLI ? bits : bits.add(logNormaliser(output));
    }
    Tensor squares = output.sub(flat.unsqueeze(1)).square().sum(new long[] {2});
    int d = config.trunk.dimensions();
    if (config.decoder == PixelModel.LEARNED_GAUSSIAN) {
      Tensor logDeviation = Objects.requireNonNull(spread);
      Tensor precision = logDeviation.mul(Ops.scalar(-2)).exp();
      return squares
          .mul(precision)
          .add(logDeviation.mul(Ops.scalar(2)).add(Ops.scalar(LOG_2PI)).mul(Ops.scalar(d)))
          .mul(Ops.scalar(-0.5));
    }
    double s = deviation();
    return squares
        .div(Ops.scalar(s * s))
        .add(Ops.scalar(d * (LOG_2PI + 2 * Math.log(s))))
        .mul(Ops.scalar(-0.5));
  }

  /** What makes the Bernoulli's loss the density of grey pixels: [n, k]. */
  private static Tensor logNormaliser(Tensor output) {
    return ContinuousBernoulli.logNormaliser(output).sum(new long[] {2});
  }

  /**
   * {@code log p(x|z)} in training, [n, k], or where k is 1 its mean [1, 1]: with {@link
   * PixelModel#OPTIMAL_GAUSSIAN} at the batch's own best s, towards which the model's moves by
   * {@code rate}.
   */
  Tensor logLikelihood(Tensor output, Tensor x, double rate) {
    if (config.decoder.isOfLogits() && output.size(1) == 1) {
      // One kernel forward and one backward: a third of a step's time beside the products.
      Tensor mean =
          torch
              .binary_cross_entropy_with_logits(
                  output.squeeze(1), x.flatten(1, -1), Ops.optional(null), Ops.optional(null), SUM)
              .div(Ops.scalar(-x.size(0)))
              .view(1, 1);
      return config.decoder == PixelModel.BERNOULLI ? mean : mean.add(logNormaliser(output).mean());
    }
    if (config.decoder != PixelModel.OPTIMAL_GAUSSIAN) {
      return logLikelihood(output, x);
    }
    Tensor squares = output.sub(x.flatten(1, -1).unsqueeze(1)).square();
    Tensor best = squares.mean();
    Ops.withoutGradient(
        () -> Objects.requireNonNull(spread).lerp_(best.detach(), Ops.scalar(rate)));
    // At s^2 = mean squared error the quadratic term is a constant; the gradient is that of
    // -d/2 log(mse), which the quadratic term has at fixed s: rybkin2021simple, Eq. (6).
    Tensor fixed = best.detach();
    return squares
        .sum(new long[] {2})
        .div(fixed)
        .add(fixed.log().add(Ops.scalar(LOG_2PI)).mul(Ops.scalar(config.trunk.dimensions())))
        .mul(Ops.scalar(-0.5));
  }

  /** The labels as the nets take them: float32 [n, classes], zeros for no class; none without. */
  @Nullable Tensor hot(Condition condition, long n) {
    if (config.classes == 0) {
      if (condition instanceof Condition.None) {
        return null;
      }
      throw new IllegalArgumentException(
          "this VAE takes no condition, got "
              + condition.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT)
              + "; train one with conditional=true");
    }
    float[] values = new float[Math.toIntExact(n * config.classes)];
    switch (condition) {
      case Condition.None none -> {}
      case Condition.Labels labels -> {
        long[] each = labels.within(config.classes).labels();
        if (each.length != n) {
          throw new IllegalArgumentException("labels must be " + n + ", got " + each.length);
        }
        for (int i = 0; i < each.length; i++) {
          if (each[i] != Condition.NO_CLASS) {
            values[Math.toIntExact(i * (long) config.classes + each[i])] = 1;
          }
        }
      }
      case Condition.Values other -> throw refused(other);
      case Condition.Image other -> throw refused(other);
    }
    return Ops.floats(values, n, config.classes);
  }

  private static IllegalArgumentException refused(Condition other) {
    return new IllegalArgumentException(
        "condition of this VAE must be labels or none, got "
            + other.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT));
  }

  private Tensor images(Tensor codes, Condition condition) {
    return means(outputs(codes, condition));
  }

  /** The decoder's outputs in the shape of images. */
  private Tensor outputs(Tensor codes, Condition condition) {
    Trunk trunk = config.trunk;
    return decoder
        .apply(codes, hot(condition, codes.size(0)))
        .view(-1, trunk.channels(), trunk.height(), trunk.width());
  }

  private Tensor means(Tensor outputs) {
    return switch (config.decoder) {
      case BERNOULLI -> outputs.sigmoid();
      case CONTINUOUS_BERNOULLI -> ContinuousBernoulli.mean(outputs);
      default -> outputs;
    };
  }

  private Tensor binary(Tensor images, Noise noise) {
    if (config.decoder != PixelModel.BERNOULLI) {
      return images;
    }
    Tensor bits = config.binarisation.apply(images, noise, 0);
    if (config.binarisation == Binarisation.NONE
        && bits.mul(bits.sub(Ops.scalar(1))).count_nonzero().item_long() > 0) {
      throw new IllegalArgumentException(
          "this VAE has Bernoulli pixels and no binarisation: on grey pixels its loss is no"
              + " probability; train with binarisation static, dynamic or threshold, or with"
              + " the CONTINUOUS_BERNOULLI or a Gaussian decoder");
    }
    return bits;
  }

  private Tensor checked(Tensor images) {
    config.trunk.checked(images);
    if (config.decoder.isOfLogits()) {
      double low = images.min().item_double();
      double high = images.max().item_double();
      if (!(low >= 0 && high <= 1)) {
        throw new IllegalArgumentException(
            "pixels must be in 0..1, got "
                + low
                + ".."
                + high
                + "; apply the model's preprocessing");
      }
    }
    return images;
  }
}
