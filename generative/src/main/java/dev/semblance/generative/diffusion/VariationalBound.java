package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Kind;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The variational bound of a chain of noise levels {@code sigma(1) < ... < sigma(N)} on the
 * log-density of images: {@code -log p(x) <= L_N + sum_{t=2..N} L_{t-1} + L_0}, where the model
 * walks down the chain by the denoised image and the posterior's variance.
 *
 * <p>{@code L_{t-1} = (1/sigma(t-1)^2 - 1/sigma(t)^2) |x - D(x + sigma(t) noise)|^2 / 2}. The sum
 * over t is estimated without bias: t is cut into equal strata, from each of which an image takes
 * one level of its own; as many strata as levels take all. L_0 is of a normal distribution about
 * the image denoised at level 1; of pixels its mass over the width of a grey value, at the ends of
 * the range over all beyond. L_N is in closed form.
 *
 * @param strata of the levels
 * @param repeats of the whole; the standard error is over them
 */
@Source(key = "ho2020denoising", where = "Eqs. (5), (7), (8), (13)")
@Source(key = "kingma2021variational", where = "section 4: the terms by signal-to-noise ratios")
@Source(key = "nichol2021improved", where = "section 2.1: the variance of the last step")
public record VariationalBound(int strata, int repeats) {
  public VariationalBound {
    Check.atLeast("strata", strata, 1);
    Check.atLeast("repeats", repeats, 1);
  }

  /** 32 strata, once: 33 calls of the net. */
  public static VariationalBound of() {
    return new VariationalBound(32, 1);
  }

  /**
   * What is bounded.
   *
   * @param grid the levels, of at least 2 steps
   * @param spread added to the highest level in the deviation that the walk starts with: {@code
   *     sqrt(sigma(N)^2 + spread^2)}
   * @param lastVariance of the last step, from level 1 to the image
   * @param pixelWidth the distance of two grey values between -1 and 1; 0: points
   */
  public record Chain(NoiseGrid grid, double spread, double lastVariance, double pixelWidth) {
    public Chain {
      Check.atLeast("steps", grid.steps(), 2);
      Check.notNegative("spread", spread);
      Check.positive("lastVariance", lastVariance);
      Check.notNegative("pixelWidth", pixelWidth);
    }

    /** All levels of a schedule; the last step has the posterior's variance of the one before. */
    static Chain of(NoiseSchedule schedule, double spread, double pixelWidth) {
      NoiseGrid all = NoiseGrid.of(schedule, schedule.steps(), NoiseGrid.Spacing.TRAILING);
      double variance = schedule.beta(1) * (1 - schedule.alphaBar(0)) / (1 - schedule.alphaBar(1));
      return new Chain(all, spread, variance, pixelWidth);
    }

    /** Levels of a grid; the last step has the variance of the lowest. */
    static Chain of(NoiseGrid grid, double spread, double pixelWidth) {
      double least = grid.sigma(grid.steps() - 1);
      return new Chain(grid, spread, least * least, pixelWidth);
    }

    /** N. */
    int levels() {
      return grid.steps();
    }

    /** sigma(t), t = 1..N. */
    double sigma(int t) {
      return grid.sigma(grid.steps() - t);
    }

    /** The factor of the squared error at level t = 2..N. */
    double weight(int t) {
      double below = 1 / sigma(t - 1);
      double here = 1 / sigma(t);
      return (below - here) * (below + here) / 2;
    }
  }

  /**
   * The bounds of images.
   *
   * @param x floating point [n, ...]
   * @param noise of the images
   * @return in the current scope
   */
  public LogDensity of(Denoiser denoiser, Tensor x, Chain chain, Noise noise) {
    int n = Math.toIntExact(x.size(0));
    int levels = chain.levels() - 1;
    if (strata > levels) {
      throw new IllegalArgumentException(
          "strata must be <= " + levels + ", the levels of the sum, got " + strata);
    }
    double[] sum = new double[n];
    double[] squares = new double[n];
    double[] start = start(x, chain);
    for (int repeat = 0; repeat < repeats; repeat++) {
      double[] value = start.clone();
      add(value, end(denoiser, x, chain, noise, repeat));
      for (int stratum = 0; stratum < strata; stratum++) {
        add(value, term(denoiser, x, chain, noise, repeat, stratum));
      }
      for (int i = 0; i < n; i++) {
        sum[i] -= value[i];
        squares[i] += value[i] * value[i];
      }
    }
    double[] error = new double[n];
    for (int i = 0; i < n; i++) {
      sum[i] /= repeats;
      double variance = (squares[i] - repeats * sum[i] * sum[i]) / (repeats - 1);
      error[i] = repeats == 1 ? Double.NaN : Math.sqrt(Math.max(0, variance) / repeats);
    }
    return new LogDensity(
        Ops.doubles(sum, n),
        Ops.doubles(error, n),
        new Kind.LowerBound(repeats),
        chain.pixelWidth > 0 ? LogDensity.Support.PIXELS : LogDensity.Support.POINTS);
  }

  private static void add(double[] to, double[] terms) {
    for (int i = 0; i < to.length; i++) {
      to[i] += terms[i];
    }
  }

  /** L_N: the divergence of {@code N(x, sigma^2)} from {@code N(0, sigma^2 + spread^2)}. */
  private static double[] start(Tensor x, Chain chain) {
    double level = chain.grid.most() * chain.grid.most();
    double prior = level + chain.spread * chain.spread;
    double each = 0.5 * (Math.log(prior / level) + level / prior - 1);
    double[] squares = squares(x);
    double values = (double) x.numel() / squares.length;
    return Arrays.stream(squares).map(square -> values * each + square / (2 * prior)).toArray();
  }

  /** The terms of one level of a stratum, times the levels it stands for. */
  private double[] term(
      Denoiser denoiser, Tensor x, Chain chain, Noise noise, int repeat, int stratum) {
    int levels = chain.levels() - 1;
    int from = 2 + (int) ((long) stratum * levels / strata);
    int to = 2 + (int) ((stratum + 1L) * levels / strata);
    long[] images = noise.images();
    double[] sigmas = new double[images.length];
    double[] factors = new double[images.length];
    for (int i = 0; i < images.length; i++) {
      long step = (long) repeat * strata + stratum;
      int t = from + Rng.of(noise.seed(), Rng.Purpose.TIME, images[i], step).below(to - from);
      sigmas[i] = chain.sigma(t);
      factors[i] = chain.weight(t) * (to - from);
    }
    try (Scope scope = Scope.open()) {
      Tensor denoised = denoised(denoiser, x, sigmas, noise, step(repeat, stratum + 1));
      double[] terms = squares(x.sub(denoised));
      for (int i = 0; i < terms.length; i++) {
        terms[i] *= factors[i];
      }
      return terms;
    }
  }

  /** L_0. */
  private double[] end(Denoiser denoiser, Tensor x, Chain chain, Noise noise, int repeat) {
    double[] sigmas = new double[noise.size()];
    Arrays.fill(sigmas, chain.sigma(1));
    try (Scope scope = Scope.open()) {
      Tensor denoised = denoised(denoiser, x, sigmas, noise, step(repeat, 0));
      double variance = chain.lastVariance;
      if (chain.pixelWidth == 0) {
        double[] terms = squares(x.sub(denoised));
        double values = (double) x.numel() / terms.length;
        return Arrays.stream(terms)
            .map(t -> t / (2 * variance) + values / 2 * Math.log(2 * Math.PI * variance))
            .toArray();
      }
      Tensor logs = logMass(x, denoised, Math.sqrt(variance), chain.pixelWidth);
      return Ops.toDoubles(logs.neg().flatten(1, -1).sum(1));
    }
  }

  /**
   * The log mass of each grey value under a normal distribution; the ends of the range take what is
   * beyond them. In the lower tail, where differences keep their digits.
   */
  static Tensor logMass(Tensor x, Tensor mean, double deviation, double pixelWidth) {
    try (Scope scope = Scope.open()) {
      // Pixels are float32: to the grey value itself, so that the masses leave no gap.
      Tensor grey =
          x.to(ScalarType.Double)
              .add(Ops.scalar(1))
              .div(Ops.scalar(pixelWidth))
              .round()
              .mul(Ops.scalar(pixelWidth))
              .sub(Ops.scalar(1));
      Tensor apart = grey.sub(mean.to(ScalarType.Double));
      double half = pixelWidth / 2;
      double edge = 1 - half;
      Tensor low = apart.sub(Ops.scalar(half)).div(Ops.scalar(deviation));
      Tensor high = apart.add(Ops.scalar(half)).div(Ops.scalar(deviation));
      low = low.masked_fill(grey.lt(Ops.scalar(-edge)), Ops.scalar(Double.NEGATIVE_INFINITY));
      high = high.masked_fill(grey.gt(Ops.scalar(edge)), Ops.scalar(Double.POSITIVE_INFINITY));
      Tensor upper = low.gt(Ops.scalar(0));
      Tensor a = torch.where(upper, high.neg(), low);
      Tensor b = torch.where(upper, low.neg(), high);
      Tensor logA = torch.special_log_ndtr(a);
      Tensor logB = torch.special_log_ndtr(b);
      // log(B - A) = log B + log(1 - A / B).
      return scope.keep(logB.add(logA.sub(logB).exp().neg().log1p()));
    }
  }

  private long step(int repeat, int call) {
    return (long) repeat * (strata + 1) + call;
  }

  private static Tensor denoised(
      Denoiser denoiser, Tensor x, double[] sigmas, Noise noise, long step) {
    long[] shape = x.shape();
    Tensor sigma = Ops.doubles(sigmas, sigmas.length);
    long[] wide = new long[shape.length];
    Arrays.fill(wide, 1);
    wide[0] = shape[0];
    Tensor drawn =
        noise
            .gaussian(Rng.Purpose.PROBE, step, Arrays.copyOfRange(shape, 1, shape.length))
            .to(x.scalar_type())
            .mul_(sigma.to(x.scalar_type()).view(wide));
    return denoiser.denoise(drawn.add_(x), sigma);
  }

  private static double[] squares(Tensor x) {
    try (Scope scope = Scope.open()) {
      return Ops.toDoubles(x.to(ScalarType.Double).square().flatten(1, -1).sum(1));
    }
  }
}
