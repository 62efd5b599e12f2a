package dev.semblance.generative.gan;

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
import dev.semblance.generative.Noise;
import dev.semblance.generative.Sampler;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A generator and the discriminator it is trained against. It draws images; how probable an image
 * is it cannot say, and it is no density.
 *
 * <p>As a net it is the discriminator: {@link #features} are the features below its head, {@link
 * #forward} its raw output d [n, 1], large where an image looks like data. Of a class that is not
 * told (neither method is) nothing is added. Weight names: {@code generator.*, discriminator.*}.
 *
 * <p>Images are float32 [n, c, h, w], in -1..1 where the output is bounded.
 */
@Source(key = "goodfellow2014generative", where = "section 3")
@Source(key = "radford2016unsupervised", where = "section 3, the convolutional players")
@Source(key = "mirza2014conditional", where = "section 3.2, classes")
@Source(key = "miyato2018cgans", where = "Eq. (5), classes by projection")
public final class Gan implements Net, Sampler, Conditional {
  /** The slope of leaky ReLU: radford2016unsupervised, section 4. */
  static final double LEAK = 0.2;

  private final Config config;
  private final Weights generatorWeights;
  private final Weights discriminatorWeights;
  private final Weights weights = new Weights(0);
  private final Generator generator;
  private final Discriminator discriminator;

  /**
   * The shape of both players.
   *
   * @param channels of an image
   * @param height of an image
   * @param width of an image
   * @param classes that can be asked for; 0: none
   * @param players the kind of nets
   * @param widths of the discriminator's layers from the image up; the generator has them in
   *     reverse. Convolutional players halve the sides once for each: 28 with two starts at 7
   * @param latent values of noise
   * @param prior of the noise
   * @param bounded whether images end in a tanh; points of the plane do not
   * @param discriminatorNorm of the discriminator's layers
   * @param conditioning how the class is told; none exactly where there are no classes
   */
  public record Config(
      int channels,
      int height,
      int width,
      int classes,
      Players players,
      List<Integer> widths,
      int latent,
      Prior prior,
      boolean bounded,
      DiscriminatorNorm discriminatorNorm,
      Conditioning conditioning)
      implements Architecture {
    public Config {
      Check.atLeast("channels", channels, 1);
      Check.atLeast("height", height, 1);
      Check.atLeast("width", width, 1);
      Check.atLeast("classes", classes, 0);
      Check.atLeast("number of widths", widths.size(), 1);
      widths.forEach(each -> Check.atLeast("width of a layer", each, 1));
      Check.atLeast("latent", latent, 1);
      widths = List.copyOf(widths);
      if ((classes == 0) != (conditioning == Conditioning.NONE)) {
        throw new IllegalArgumentException(
            "conditioning must be NONE exactly where there are no classes, got "
                + conditioning
                + " with "
                + classes
                + " classes");
      }
      if (players == Players.DCGAN) {
        long factor = 1L << Math.min(widths.size(), 30);
        if (height % factor != 0 || width % factor != 0) {
          throw new IllegalArgumentException(
              "sides of an image must be multiples of "
                  + factor
                  + " for "
                  + widths.size()
                  + " convolutions of stride 2, got "
                  + height
                  + "x"
                  + width
                  + "; resize, lower the depth or take players=mlp");
        }
      }
    }

    @Override
    public Gan build(long seed) {
      return new Gan(this, seed);
    }

    /** Values of an image. */
    int values() {
      return Math.multiplyExact(Math.multiplyExact(channels, height), width);
    }

    /** A side below all convolutions. */
    int smallest(int side) {
      return side >> widths.size();
    }

    /** The output of a generator as images. */
    Tensor shaped(Tensor output) {
      Tensor images = output.view(-1, channels, height, width);
      return bounded ? images.tanh() : images;
    }
  }

  private Gan(Config config, long seed) {
    this.config = config;
    this.generatorWeights = new Weights(seed);
    // Layers of equal name and shape must not start equal in both players.
    this.discriminatorWeights = new Weights(Rng.mix(seed + Rng.GOLDEN));
    switch (config.players) {
      case MLP -> {
        this.generator = new MlpGenerator(config, generatorWeights);
        this.discriminator = new MlpDiscriminator(config, discriminatorWeights);
      }
      case DCGAN -> {
        this.generator = new ConvGenerator(config, generatorWeights);
        this.discriminator = new ConvDiscriminator(config, discriminatorWeights);
      }
      default -> throw new IllegalStateException(config.players.name());
    }
    weights.adopt("generator.", generatorWeights);
    weights.adopt("discriminator.", discriminatorWeights);
  }

  @Override
  public Config architecture() {
    return config;
  }

  @Override
  public Weights weights() {
    return weights;
  }

  /** Those of the generator, named without prefix; closed with the net. */
  Weights generatorWeights() {
    return generatorWeights;
  }

  /** Those of the discriminator, named without prefix; closed with the net. */
  Weights discriminatorWeights() {
    return discriminatorWeights;
  }

  @Override
  public int classes() {
    return config.classes;
  }

  @Override
  public int featureWidth() {
    return discriminator.featureWidth();
  }

  /** The discriminator's features below its head. */
  @Override
  public Tensor features(Tensor input, Mode mode) {
    return discriminator.features(input, unknown(input), pass(mode));
  }

  /** The discriminator's raw output d(x): float32 [n, 1]. */
  @Override
  public Tensor forward(Tensor input, Mode mode) {
    return discriminator.head(features(input, mode), unknown(input));
  }

  /** No class of each image; absent where the model has none. */
  private @Nullable Tensor unknown(Tensor input) {
    return config.classes == 0
        ? null
        : torch.zeros(new long[] {input.size(0), config.classes}, input.options());
  }

  private static Pass pass(Mode mode) {
    return mode == Mode.TRAINING ? Pass.OWN : Pass.INFERENCE;
  }

  /** d of images that are said to be of some classes: [n, 1]. */
  Tensor judge(Tensor images, @Nullable Tensor classes, Pass pass) {
    return discriminator.head(discriminator.features(images, classes, pass), classes);
  }

  /** Images, differentiable by the generator's weights. */
  Tensor generate(Tensor z, @Nullable Tensor classes, Pass pass) {
    return generator.apply(z, classes, pass);
  }

  /** One power iteration of each spectral norm of the discriminator. */
  void advanceNorms() {
    discriminator.advance();
  }

  /** The noise of some images: float32 [n, latent], in the current scope. */
  public Tensor latent(Noise noise) {
    return config.prior.draw(noise, 0, config.latent);
  }

  /** The noise that a step of training draws, apart from that of samples. */
  Tensor latent(Noise noise, long draw) {
    return config.prior.draw(noise, 1 + draw, config.latent);
  }

  /**
   * The images of given noise.
   *
   * @param z float32 [n, latent]
   * @param condition labels; without classes none
   * @return float32 [n, c, h, w], in the current scope
   * @throws IllegalArgumentException for labels that the model does not have, or where it has
   *     classes and {@code condition} names none
   */
  public Tensor decode(Tensor z, Condition condition) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      int n = Math.toIntExact(z.size(0));
      if (config.classes > 0 && !(condition instanceof Condition.Labels)) {
        throw new IllegalArgumentException(
            "condition must name a class 0.." + (config.classes - 1) + " of each image, got none");
      }
      return scope.keep(generator.apply(z, classes(condition, n), Pass.INFERENCE));
    }
  }

  /** With classes and no condition, the class of image i is drawn uniformly, keyed by (seed, i). */
  @Override
  public Tensor sample(Noise noise, Condition condition) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor classes = classes(drawn(noise, condition), noise.size());
      return scope.keep(generator.apply(latent(noise), classes, Pass.INFERENCE));
    }
  }

  private Condition drawn(Noise noise, Condition condition) {
    if (config.classes == 0) {
      return condition;
    }
    long[] labels =
        switch (condition) {
          case Condition.None none -> {
            long[] any = new long[noise.size()];
            Arrays.fill(any, Condition.NO_CLASS);
            yield any;
          }
          case Condition.Labels given -> given.labels();
          default -> throw refused(condition);
        };
    long[] images = noise.images();
    for (int i = 0; i < Math.min(labels.length, images.length); i++) {
      if (labels[i] == Condition.NO_CLASS) {
        labels[i] = Rng.of(noise.seed(), Rng.Purpose.SELECT, images[i], 0).below(config.classes);
      }
    }
    return new Condition.Labels(labels);
  }

  /** A one for each image at its class; absent where the model has no classes. */
  @Nullable Tensor classes(Condition condition, int n) {
    if (condition instanceof Condition.None && config.classes == 0) {
      return null;
    }
    if (config.classes == 0 || !(condition instanceof Condition.Labels given)) {
      throw refused(condition);
    }
    long[] labels = given.within(config.classes).labels();
    if (labels.length != n) {
      throw new IllegalArgumentException(
          "condition must have a class for each of " + n + " images, got " + labels.length);
    }
    float[] ones = new float[n * config.classes];
    for (int i = 0; i < n; i++) {
      if (labels[i] != Condition.NO_CLASS) {
        ones[i * config.classes + (int) labels[i]] = 1;
      }
    }
    return Ops.floats(ones, n, config.classes);
  }

  private IllegalArgumentException refused(Condition condition) {
    return new IllegalArgumentException(
        config.classes == 0
            ? "this model was trained without classes and takes no condition, got "
                + condition.getClass().getSimpleName().toLowerCase(Locale.ROOT)
                + "; train with conditioning=concatenated"
            : "this model takes labels 0.."
                + (config.classes - 1)
                + ", got "
                + condition.getClass().getSimpleName().toLowerCase(Locale.ROOT));
  }

  @Override
  public void close() {
    weights.close();
  }
}
