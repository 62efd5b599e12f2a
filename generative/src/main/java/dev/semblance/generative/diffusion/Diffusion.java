package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.Dropout;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.UNet;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Conditional;
import dev.semblance.generative.Density;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Sampler;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A denoiser of every noise level, hence a model that noise is turned into images by.
 *
 * <p>{@link #forward} is the denoised image at the noise level {@code sigmaData / 2}, float32 [n,
 * c, h, w]; {@link #features} is what the net makes of the image at this level: the lowest level of
 * the U-Net averaged over space, or the last hidden layer. {@link #sample} follows {@link
 * SamplingPlan#of()}, another plan by {@link #withPlan}. {@link #logDensity} is that of the
 * probability flow, an estimate; {@link #withBound} bounds it.
 *
 * <p>Images are in about -1..1. Of pixels the density is made discrete by uniform dequantisation:
 * {@code log P(image) ~ log p(x + width u) + d log width}, u uniform in [-1/2, 1/2) and width the
 * distance of two grey values.
 */
@Source(key = "ho2020denoising", where = "section 3")
@Source(key = "karras2022elucidating", where = "sections 2 and 3")
public final class Diffusion implements Net, Sampler, Density, Conditional {
  /** Images that go through the net at once when sampling. */
  private static final int CHUNK = 128;

  /** Heun steps of {@link #logDensity}. */
  public static final int DENSITY_STEPS = 64;

  /** Levels of {@link #withBound} where the model has no chain. */
  private static final int BOUND_LEVELS = 1000;

  private final Config config;
  private final Weights weights;
  private final NoiseSchedule schedule;
  private final Preconditioning terms;
  private final double timeFactor;
  private final @Nullable UNet unet;
  private final @Nullable TimeMlp mlp;

  /** What stands inside. */
  public enum Backbone {
    /** {@link UNet}, for images. */
    UNET,
    /** Linear layers, for points and vectors. */
    MLP
  }

  /**
   * What rebuilds it.
   *
   * @param channels of the images
   * @param height of the images
   * @param width of the images
   * @param backbone inside
   * @param widths channels of each level of the U-Net, or the hidden layers' widths
   * @param patch side of the squares of pixels that enter the U-Net as channels; 1 with linear
   *     layers
   * @param blocks of each level of the U-Net; 1 with linear layers
   * @param attention at the lowest level of the U-Net; not with linear layers
   * @param dropout rate when training
   * @param classes of the labels that it takes as a condition; 0: none
   * @param parameterisation of the net
   * @param schedule of the chain
   * @param chain T, the steps of the chain
   * @param sigmaData the deviation of the data in the model's units
   * @param pixelWidth the distance of two grey values in the model's units; 0: the data are points
   */
  public record Config(
      int channels,
      int height,
      int width,
      Backbone backbone,
      List<Integer> widths,
      int patch,
      int blocks,
      boolean attention,
      double dropout,
      int classes,
      Parameterisation parameterisation,
      NoiseSchedule.Rule schedule,
      int chain,
      double sigmaData,
      double pixelWidth)
      implements Architecture {
    public Config {
      Check.atLeast("channels", channels, 1);
      Check.atLeast("height", height, 1);
      Check.atLeast("width", width, 1);
      Check.atLeast("number of widths", widths.size(), 1);
      widths.forEach(each -> Check.atLeast("width", each, 1));
      Check.atLeast("patch", patch, 1);
      Check.atLeast("blocks", blocks, 1);
      if (backbone == Backbone.MLP && (patch > 1 || blocks > 1 || attention)) {
        throw new IllegalArgumentException(
            "backbone MLP takes patch 1, blocks 1 and no attention, got patch "
                + patch
                + ", blocks "
                + blocks
                + ", attention "
                + attention);
      }
      if (!(dropout >= 0 && dropout < 1)) {
        throw new IllegalArgumentException("dropout must be in [0, 1), got " + dropout);
      }
      Check.atLeast("classes", classes, 0);
      Check.atLeast("chain", chain, 2);
      Check.positive("sigmaData", sigmaData);
      Check.notNegative("pixelWidth", pixelWidth);
      widths = List.copyOf(widths);
    }

    @Override
    public Diffusion build(long seed) {
      return new Diffusion(this, seed);
    }
  }

  private Diffusion(Config config, long seed) {
    this.config = config;
    this.weights = new Weights(seed);
    this.schedule = NoiseSchedule.of(config.schedule, config.chain);
    this.terms = config.parameterisation.terms(schedule, config.sigmaData);
    this.timeFactor = config.parameterisation.timeFactor(schedule);
    this.unet =
        config.backbone == Backbone.UNET
            ? UNet.of(
                weights,
                "",
                new UNet.Config(
                    config.channels,
                    config.patch,
                    config.widths,
                    config.blocks,
                    config.attention,
                    config.classes,
                    config.dropout))
            : null;
    this.mlp =
        config.backbone == Backbone.MLP
            ? TimeMlp.of(
                weights,
                config.channels * config.height * config.width,
                config.widths,
                config.classes,
                config.dropout)
            : null;
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
  public int classes() {
    return config.classes;
  }

  /** The noise levels of the chain. */
  public NoiseSchedule schedule() {
    return schedule;
  }

  /** The terms the net is trained in. */
  Preconditioning terms() {
    return terms;
  }

  /** The least and the highest noise level that sampling visits, 0 apart. */
  public double leastSigma() {
    return config.parameterisation.leastSigma(schedule);
  }

  /** See {@link #leastSigma()}. */
  public double mostSigma() {
    return config.parameterisation.mostSigma(schedule);
  }

  /** The net in its own terms; differentiable. */
  private Tensor predict(
      Tensor input, Tensor time, @Nullable Tensor classes, Dropout.@Nullable Keys keys) {
    try (Scope scope = Scope.open()) {
      Tensor scaled = time.mul(Ops.scalar(timeFactor));
      return scope.keep(
          unet != null
              ? unet.apply(input, scaled, classes, keys)
              : Objects.requireNonNull(mlp).apply(input, scaled, classes, keys));
    }
  }

  /**
   * The denoiser of images of a condition; differentiable by the images, and by the weights where
   * gradients are recorded.
   *
   * @throws IllegalArgumentException for a condition that the model does not take
   */
  public Denoiser denoiser(Condition condition) {
    return denoiser(labels(condition), null);
  }

  /** The same with dropout, for training. */
  Denoiser denoiser(long @Nullable [] labels, Dropout.@Nullable Keys keys) {
    return Denoiser.of(
        (input, time) -> predict(input, time, labels == null ? null : Ops.longs(labels), keys),
        terms);
  }

  private long @Nullable [] labels(Condition condition) {
    return switch (condition) {
      case Condition.None none -> null;
      case Condition.Labels labels -> {
        if (config.classes > 0) {
          yield labels.within(config.classes).labels();
        }
        throw new IllegalArgumentException(
            "this model was trained without classes and takes no condition, got "
                + labels
                + "; train it with classes");
      }
      case Condition.Values values -> throw unknown("a vector");
      case Condition.Image image -> throw unknown("an image");
    };
  }

  private static IllegalArgumentException unknown(String what) {
    return new IllegalArgumentException(
        "a diffusion model takes a class as its condition or none, got " + what);
  }

  @Override
  public Tensor sample(Noise noise, Condition condition) {
    return sample(SamplingPlan.of(), noise, condition);
  }

  /** The same model, drawn from by another plan. Borrows the model. */
  public Sampler withPlan(SamplingPlan plan) {
    return (noise, condition) -> sample(plan, noise, condition);
  }

  private Tensor sample(SamplingPlan plan, Noise noise, Condition condition) {
    NoiseGrid grid = plan.levels(schedule, leastSigma(), mostSigma());
    long @Nullable [] labels = labels(condition);
    if (labels != null && labels.length != noise.size()) {
      throw new IllegalArgumentException(
          "labels must be those of " + noise.size() + " images, got " + labels.length);
    }
    Solver solver = plan.solver();
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      TensorVector parts = new TensorVector();
      for (int from = 0; from < noise.size(); from += CHUNK) {
        int to = Math.min(from + CHUNK, noise.size());
        try (Scope inner = Scope.open()) {
          Noise part = noise.part(from, to);
          Denoiser denoiser =
              denoiser(labels == null ? null : Arrays.copyOfRange(labels, from, to), null);
          if (labels != null) {
            denoiser = Denoiser.guided(denoiser, denoiser(null, null), plan.guidance());
          }
          Tensor start =
              part.gaussian(Rng.Purpose.START, 0, config.channels, config.height, config.width)
                  // The images at this level: noise and data.
                  .mul_(Ops.scalar(Math.hypot(grid.most(), config.sigmaData)));
          parts.push_back(
              inner.keep(
                  solver.solve(
                      plan.clip() ? denoiser.clipped(-1, 1) : denoiser, start, grid, part)));
        }
      }
      return scope.keep(torch.cat(parts, 0));
    }
  }

  @Override
  public LogDensity logDensity(Tensor images, Noise noise, Condition condition) {
    return logDensity(images, noise, condition, OdeDensity.of(), DENSITY_STEPS);
  }

  /**
   * The same by a given number of probes and of Heun steps, even in log sigma.
   *
   * @param steps at least 2
   */
  public LogDensity logDensity(
      Tensor images, Noise noise, Condition condition, OdeDensity density, int steps) {
    check(images, noise);
    Check.atLeast("steps", steps, 2);
    try (Scope scope = Scope.open()) {
      NoiseGrid grid = NoiseGrid.uniformLambda(steps + 1, leastSigma(), mostSigma());
      Tensor x = images.detach();
      double shift = 0;
      if (config.pixelWidth > 0) {
        Tensor uniform =
            noise.uniform(Rng.Purpose.DEQUANTISE, 0, config.channels, config.height, config.width);
        x = x.add(uniform.sub_(Ops.scalar(0.5)), Ops.scalar(config.pixelWidth));
        shift = images.numel() / (double) noise.size() * Math.log(config.pixelWidth);
      }
      LogDensity points = density.of(denoiser(condition), x, grid, noise);
      return new LogDensity(
          scope.keep(points.value().add(Ops.scalar(shift))),
          scope.keep(points.standardError()),
          points.kind(),
          config.pixelWidth > 0 ? LogDensity.Support.PIXELS : LogDensity.Support.POINTS);
    }
  }

  private void check(Tensor images, Noise noise) {
    long[] shape = {noise.size(), config.channels, config.height, config.width};
    if (!Arrays.equals(images.shape(), shape)) {
      throw new IllegalArgumentException(
          "images must be " + Arrays.toString(shape) + ", got " + Shapes.of(images));
    }
  }

  /**
   * The same model with a bound in place of the estimate: that of its chain, or of {@value
   * #BOUND_LEVELS} levels even in log sigma. Denoised pixels are held in -1..1. Borrows the model.
   */
  public Density withBound(VariationalBound bound) {
    VariationalBound.Chain walk =
        config.parameterisation.isChain()
            ? VariationalBound.Chain.of(schedule, config.sigmaData, config.pixelWidth)
            : VariationalBound.Chain.of(
                NoiseGrid.uniformLambda(BOUND_LEVELS, leastSigma(), mostSigma()),
                config.sigmaData,
                config.pixelWidth);
    return (images, noise, condition) -> {
      check(images, noise);
      try (Scope scope = Scope.open();
          NoGradGuard guard = new NoGradGuard()) {
        Denoiser plain = denoiser(condition);
        Denoiser denoiser = config.pixelWidth > 0 ? plain.clipped(-1, 1) : plain;
        LogDensity found = bound.of(denoiser, images, walk, noise);
        return new LogDensity(
            scope.keep(found.value()), scope.keep(found.standardError()), found.kind(), found.of());
      }
    };
  }

  @Override
  public int featureWidth() {
    return config.widths.getLast();
  }

  @Override
  public Tensor features(Tensor input, Mode mode) {
    try (Scope scope = Scope.open()) {
      Preconditioning.Scales at = terms.at(config.sigmaData / 2);
      double[] times = new double[Math.toIntExact(input.size(0))];
      Arrays.fill(times, at.time() * timeFactor);
      Tensor time = Ops.doubles(times, times.length).to(input.scalar_type());
      Tensor scaled = input.mul(Ops.scalar(at.in()));
      return scope.keep(
          unet != null
              ? unet.bottom(scaled, time, null)
              : Objects.requireNonNull(mlp).hidden(scaled, time, null, null));
    }
  }

  /** {@inheritDoc} The same in both modes: dropout is the learner's. */
  @Override
  public Tensor forward(Tensor input, Mode mode) {
    double[] sigmas = new double[Math.toIntExact(input.size(0))];
    Arrays.fill(sigmas, config.sigmaData / 2);
    try (Scope scope = Scope.open()) {
      return scope.keep(
          denoiser(Condition.none()).denoise(input, Ops.doubles(sigmas, sigmas.length)));
    }
  }
}
