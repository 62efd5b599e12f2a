package dev.semblance.generative.flow;

import dev.semblance.core.Source;
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
import dev.semblance.generative.Conditional;
import dev.semblance.generative.Density;
import dev.semblance.generative.Kind;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.LogDensity.Support;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Sampler;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A normalizing flow: {@code log p(x) = log N(f(x); 0, I) + log |det df/dx|}.
 *
 * <p>Points are taken as they are and have an exact density. Pixels 0..255 are made continuous, v =
 * (x + u) / 256 with u uniform in [0, 1); the mean of log p over u is a lower bound of the image's
 * log-probability (theis2016note, Eq. (2)), although the flow itself is exact.
 *
 * <p>{@link #features} and {@link #forward} are the latent values [n, d]; of pixels with u = 1/2,
 * so that an image has one description. A flow with classes takes labels or none; training drops
 * some of the labels so that both have a meaning.
 */
@Source(key = "dinh2017density", where = "Eqs. (2)-(3)")
@Source(key = "kingma2018glow", where = "section 2")
@Source(key = "papamakarios2017masked", where = "section 3")
@Source(key = "durkan2019neural", where = "section 4")
@Source(key = "reed2017parallel", where = "section 3 (order of the pixel groups in layout SPLINE)")
@Source(key = "theis2016note", where = "section 3.1 (dequantisation)")
public final class Flow implements Net, Sampler, Density, Conditional {
  private static final double LEVELS = 256;

  private final Config config;
  private final Weights weights;
  private final Bijection map;

  /** How the maps are put together. */
  public enum Layout {
    /** Couplings by checkerboards, then by halves of the channels, and multi-scale splits. */
    REALNVP,
    /** Actnorm, invertible mixing of the channels, couplings, and multi-scale splits. */
    GLOW,
    /**
     * Of images: splines on the unit box, one coupling before each split, so that every group of
     * pixels is mapped given the pixels themselves that are left; the coarsest image is
     * autoregressive. Of points: as {@link #GLOW}.
     */
    SPLINE,
    /** Masked autoregressive maps of vectors, with the order reversed in between. */
    MAF
  }

  /** What a coupling does to an element. */
  public enum Transform {
    ADDITIVE,
    AFFINE,
    SPLINE
  }

  /**
   * The settings of a flow.
   *
   * @param layout of the maps
   * @param transform of an element
   * @param bins of a spline; 0 for other transforms
   * @param support pixels 0..255 or points
   * @param channels of an image
   * @param height of an image
   * @param width of an image
   * @param classes that can be asked for; 0: none
   * @param levels squeezes of an image, each halving its sides; 0: vectors and dense nets
   * @param steps couplings of each kind on each level, or maps of a vector; of {@link
   *     Layout#SPLINE} with levels, maps of the coarsest image
   * @param hidden width of the nets inside; of {@link Layout#SPLINE} with levels, on the first of
   *     them, twice as wide on each further one and 16 times on the coarsest image
   * @param depth of the nets inside: hidden layers, or residual blocks on images
   * @param plu whether the mixing of channels is kept as factors P L U
   * @param lambda of the logit that pixels go through; 0 for points and splines on the unit box
   */
  public record Config(
      Layout layout,
      Transform transform,
      int bins,
      Support support,
      int channels,
      int height,
      int width,
      int classes,
      int levels,
      int steps,
      int hidden,
      int depth,
      boolean plu,
      double lambda)
      implements Architecture {
    private static final int MOST_LEVELS = 12;
    private static final int MOST_BINS = 4096;
    private static final int WIDEST = 1 << 16;
    private static final int LARGEST = 1 << 24;

    public Config {
      if (transform == Transform.SPLINE) {
        Check.between("bins", bins, 2, MOST_BINS);
      } else if (bins != 0) {
        throw new IllegalArgumentException(
            "bins must be 0 for transform " + transform + ", got " + bins);
      }
      Check.atLeast("channels", channels, 1);
      Check.atLeast("height", height, 1);
      Check.atLeast("width", width, 1);
      Check.between("channels * height * width", (double) channels * height * width, 2, LARGEST);
      Check.atLeast("classes", classes, 0);
      Check.between("levels", levels, 0, MOST_LEVELS);
      Check.atLeast("steps", steps, 1);
      Check.between("hidden", hidden, 1, WIDEST);
      Check.atLeast("depth", depth, 1);
      if (support == Support.BITS) {
        throw new IllegalArgumentException("a flow models PIXELS or POINTS, got BITS");
      }
      if (levels > 0 && layout == Layout.MAF) {
        throw new IllegalArgumentException("levels must be 0 for layout MAF, got " + levels);
      }
      int multiple = 1 << levels;
      if (height % multiple != 0 || width % multiple != 0) {
        throw new IllegalArgumentException(
            "sides must be multiples of "
                + multiple
                + " for levels "
                + levels
                + ", got "
                + height
                + "x"
                + width
                + "; fit the images to "
                + up(height, multiple)
                + "x"
                + up(width, multiple)
                + " or take fewer levels");
      }
      boolean unitBox = layout == Layout.SPLINE && support == Support.PIXELS;
      if (unitBox && transform != Transform.SPLINE) {
        throw new IllegalArgumentException(
            "transform must be SPLINE for pixels in layout SPLINE, got " + transform);
      }
      if (layout == Layout.SPLINE && support == Support.POINTS && levels > 0) {
        throw new IllegalArgumentException(
            "levels must be 0 for points in layout SPLINE, got " + levels);
      }
      if (support == Support.POINTS || unitBox) {
        if (lambda != 0) {
          throw new IllegalArgumentException(
              "lambda must be 0 where there is no logit (points, layout SPLINE), got " + lambda);
        }
      } else if (!(lambda > 0 && lambda < 0.5)) {
        throw new IllegalArgumentException("lambda must be in (0, 0.5), got " + lambda);
      }
    }

    private static int up(int side, int multiple) {
      return (side + multiple - 1) / multiple * multiple;
    }

    /** Whether the maps work on [0, 1], with no logit. */
    boolean unitBox() {
      return layout == Layout.SPLINE && support == Support.PIXELS;
    }

    /** The number of values of an image. */
    int size() {
      return Math.toIntExact((long) channels * height * width);
    }

    @Override
    public Flow build(long seed) {
      return new Flow(this, seed);
    }
  }

  private Flow(Config config, long seed) {
    this.config = config;
    this.weights = new Weights(seed);
    this.map = new FlowLayers(config, weights, seed).all();
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
    return config.size();
  }

  @Override
  public int classes() {
    return config.classes;
  }

  /** The latent values: [n, d]; no condition. */
  @Override
  public Tensor features(Tensor input, Mode mode) {
    try (Scope scope = Scope.open()) {
      Tensor middle =
          config.support == Support.PIXELS
              ? continuous(input, input.new_full(new long[] {1}, Ops.scalar(0.5)))
              : checked(input);
      return scope.keep(map.forward(middle, Condition.none()).value());
    }
  }

  /** The same as {@link #features}. */
  @Override
  public Tensor forward(Tensor input, Mode mode) {
    return features(input, mode);
  }

  /** The map from continuous values to latent ones. Borrowed. */
  public Bijection map() {
    return map;
  }

  /**
   * The log-density of continuous values; differentiable.
   *
   * @param values points, or pixels as {@link #dequantised} makes them: floating point [n, c, h, w]
   * @return nats, [n], of the type of {@code values}
   */
  public Tensor logProbability(Tensor values, Condition condition) {
    try (Scope scope = Scope.open()) {
      Bijection.Mapped mapped = map.forward(values, taken(condition, values.size(0)));
      return scope.keep(logNormal(mapped.value()).add(mapped.logDet()));
    }
  }

  static Tensor logNormal(Tensor z) {
    double constant = -0.5 * z.size(1) * Math.log(2 * Math.PI);
    return z.square().sum(1).mul(Ops.scalar(-0.5)).add(Ops.scalar(constant));
  }

  /**
   * {@code (x + u) / 256} of pixels x.
   *
   * @param images [n, c, h, w] of whole numbers 0..255
   * @param noise keys of u
   * @param step key of u
   * @throws IllegalArgumentException for other values
   */
  public Tensor dequantised(Tensor images, Noise noise, long step) {
    try (Scope scope = Scope.open()) {
      Tensor u =
          noise
              .uniform(Rng.Purpose.DEQUANTISE, step, config.channels, config.height, config.width)
              .to(images.scalar_type());
      return scope.keep(continuous(images, u));
    }
  }

  private Tensor continuous(Tensor images, Tensor u) {
    Tensor x = checked(images);
    if (!(x.amin().item_double() >= 0 && x.amax().item_double() <= LEVELS - 1)) {
      throw new IllegalArgumentException(
          "pixels must be in 0..255, got "
              + x.amin().item_double()
              + ".."
              + x.amax().item_double()
              + "; give images as they are stored");
    }
    if (x.ne(x.round()).any().item_bool()) {
      throw new IllegalArgumentException(
          "pixels must be whole numbers 0..255, got fractions; round them");
    }
    return x.add(u).mul(Ops.scalar(1 / LEVELS));
  }

  private Tensor checked(Tensor images) {
    if (images.dim() != 4
        || images.size(1) != config.channels
        || images.size(2) != config.height
        || images.size(3) != config.width
        || !images.is_floating_point()) {
      throw new IllegalArgumentException(
          "images must be floating point [n, "
              + config.channels
              + ", "
              + config.height
              + ", "
              + config.width
              + "], got "
              + images.scalar_type()
              + " "
              + Shapes.of(images));
    }
    return images;
  }

  /** The condition, if this flow takes it. */
  Condition taken(Condition condition, long n) {
    return switch (condition) {
      case Condition.None none -> none;
      case Condition.Labels labels -> {
        if (config.classes == 0) {
          throw refused(condition);
        }
        if (labels.labels().length != n) {
          throw new IllegalArgumentException(
              "labels must be " + n + ", got " + labels.labels().length);
        }
        yield labels.within(config.classes);
      }
      case Condition.Values other -> throw refused(other);
      case Condition.Image other -> throw refused(other);
    };
  }

  private IllegalArgumentException refused(Condition condition) {
    return new IllegalArgumentException(
        "this flow takes "
            + (config.classes > 0 ? "labels" : "no condition")
            + ", got "
            + condition.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT)
            + (config.classes > 0 ? "" : "; train one that is conditional"));
  }

  @Override
  public Tensor sample(Noise noise, Condition condition) {
    return sample(noise, condition, 1);
  }

  /**
   * This flow with latent values drawn from N(0, temperature^2): below 1 fewer outliers and less
   * variety.
   *
   * @param temperature at least 0
   */
  public Sampler tempered(double temperature) {
    Check.notNegative("temperature", temperature);
    return (noise, condition) -> sample(noise, condition, temperature);
  }

  private Tensor sample(Noise noise, Condition condition, double temperature) {
    try (Scope scope = Scope.open()) {
      Tensor z = noise.gaussian(Rng.Purpose.LATENT, 0, config.size()).mul(Ops.scalar(temperature));
      Condition asked = taken(condition, noise.size());
      Tensor values = Ops.withoutGradient(() -> map.inverse(z, asked).value());
      return scope.keep(config.support == Support.PIXELS ? pixels(values) : values);
    }
  }

  private static Tensor pixels(Tensor v) {
    return v.mul(Ops.scalar(LEVELS))
        .floor()
        .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(LEVELS - 1)))
        .contiguous();
  }

  /** One draw of u for pixels; see {@link #withDraws} for more. */
  @Override
  public LogDensity logDensity(Tensor images, Noise noise, Condition condition) {
    return withDraws(1, false).logDensity(images, noise, condition);
  }

  /**
   * The density of this flow from several draws of u; of points it is exact whatever is asked.
   *
   * @param draws for each image
   * @param logMeanExp whether the draws' densities are averaged instead of their logarithms: a
   *     tighter bound, whose standard error is that of the mean in first order
   */
  public Density withDraws(int draws, boolean logMeanExp) {
    Check.atLeast("draws", draws, 1);
    return (images, noise, condition) ->
        Ops.withoutGradient(() -> density(images, noise, condition, draws, logMeanExp));
  }

  private LogDensity density(
      Tensor images, Noise noise, Condition condition, int draws, boolean logMeanExp) {
    try (Scope scope = Scope.open()) {
      if (config.support == Support.POINTS) {
        Tensor value = logProbability(checked(images), condition).to(ScalarType.Double);
        return new LogDensity(
            scope.keep(value),
            scope.keep(value.new_zeros(value.size(0))),
            new Kind.Exact(),
            Support.POINTS);
      }
      int n = Math.toIntExact(images.size(0));
      double[][] values = new double[draws][];
      for (int draw = 0; draw < draws; draw++) {
        try (Scope pass = Scope.open()) {
          // Training's steps count up from 0.
          Tensor v = dequantised(images, noise, -1 - draw);
          values[draw] = Ops.toDoubles(logProbability(v, condition));
        }
      }
      double[] value = new double[n];
      double[] error = new double[n];
      double units = config.size() * Math.log(LEVELS);
      for (int i = 0; i < n; i++) {
        Draws of = Draws.of(values, i, logMeanExp);
        // A pixel is a cell of side 1/256: its probability is the density times the volume.
        value[i] = of.value - units;
        error[i] = of.standardError;
      }
      return new LogDensity(
          scope.keep(Ops.doubles(value, n)),
          scope.keep(Ops.doubles(error, n)),
          new Kind.LowerBound(draws),
          Support.PIXELS);
    }
  }

  /** Several log-densities of one image as one. */
  private record Draws(double value, double standardError) {
    static Draws of(double[][] values, int image, boolean logMeanExp) {
      int draws = values.length;
      double top = Double.NEGATIVE_INFINITY;
      for (double[] value : values) {
        top = Math.max(top, value[image]);
      }
      double sum = 0;
      double squares = 0;
      for (double[] value : values) {
        double v = logMeanExp ? Math.exp(value[image] - top) : value[image] - top;
        sum += v;
        squares += v * v;
      }
      double mean = sum / draws;
      double variance = Math.max(0, squares / draws - mean * mean) * draws / (draws - 1.0);
      double error = draws == 1 ? Double.NaN : Math.sqrt(variance / draws);
      return logMeanExp
          ? new Draws(top + Math.log(mean), error / mean)
          : new Draws(top + mean, error);
    }
  }
}
