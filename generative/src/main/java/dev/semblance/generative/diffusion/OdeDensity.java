package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Kind;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The log-density of points under a denoiser, by following them up its noise levels: {@code log
 * p(x_0) = log N(x_N; 0, sigma_N^2) + int div(dx/dsigma) dsigma}, {@code dx/dsigma = (x - D) /
 * sigma}, by Heun's method.
 *
 * <p>An estimate of unknown sign: the points at the top are not quite normal, the method has an
 * error, and the divergence {@code (d - tr dD/dx) / sigma} is estimated by {@code v^T dD/dx v} with
 * v of random signs, one v for a whole path. The trace is exact for up to two values a point.
 *
 * @param probes v's for each point; the standard error is over them
 */
@Source(key = "song2021score", where = "section 4.3, Eqs. (39), (40)")
@Source(key = "grathwohl2019ffjord", where = "Eqs. (7), (8)")
public record OdeDensity(int probes) {
  /** Up to here the trace is taken exactly, a gradient for each value. */
  private static final long EXACT = 2;

  public OdeDensity {
    Check.atLeast("probes", probes, 1);
  }

  /** One probe. */
  public static OdeDensity of() {
    return new OdeDensity(1);
  }

  /**
   * The log-densities of points.
   *
   * @param x floating point [n, ...]; what lies at the grid's lowest level above 0
   * @param grid the levels, walked upwards
   * @param noise of the images, for the probes
   * @return in the current scope, over {@link LogDensity.Support#POINTS}
   */
  public LogDensity of(Denoiser denoiser, Tensor x, NoiseGrid grid, Noise noise) {
    Check.atLeast("steps", grid.steps(), 2);
    int n = Math.toIntExact(x.size(0));
    boolean exact = x.numel() / n <= EXACT;
    int count = exact ? 1 : probes;
    try (Scope all = Scope.open();
        AutoGradMode record = new AutoGradMode(true)) {
      double[][] values = new double[count][];
      for (int probe = 0; probe < count; probe++) {
        try (Scope scope = Scope.open()) {
          List<Tensor> directions = exact ? axes(x) : List.of(signs(noise, probe, x));
          values[probe] = path(denoiser, x.detach(), grid, directions);
        }
      }
      double[] mean = new double[n];
      double[] error = new double[n];
      for (int i = 0; i < n; i++) {
        double sum = 0;
        for (double[] value : values) {
          sum += value[i];
        }
        mean[i] = sum / count;
        double squares = 0;
        for (double[] value : values) {
          squares += (value[i] - mean[i]) * (value[i] - mean[i]);
        }
        error[i] = exact ? 0 : Math.sqrt(squares / (count - 1) / count);
      }
      Kind kind = new Kind.Estimate("heun ode", grid.steps() - 1, exact ? 0 : probes);
      return new LogDensity(
          all.keep(Ops.doubles(mean, n)),
          all.keep(Ops.doubles(error, n)),
          kind,
          LogDensity.Support.POINTS);
    }
  }

  private static double[] path(
      Denoiser denoiser, Tensor start, NoiseGrid grid, List<Tensor> directions) {
    Tensor x = start.clone();
    Tensor integral = Ops.zeros(ScalarType.Double, start.size(0));
    for (int i = grid.steps() - 1; i > 0; i--) {
      try (Scope scope = Scope.open()) {
        double from = grid.sigma(i);
        double by = grid.sigma(i - 1) - from;
        Slope first = slope(denoiser, x, from, directions);
        Slope second = slope(denoiser, x.add(first.of, Ops.scalar(by)), from + by, directions);
        x.add_(first.of.add_(second.of), Ops.scalar(by / 2));
        // In log sigma the integrand rises from 0 to d, flat at both ends: the trapezium rule is
        // far better there than in sigma.
        integral.add_(
            first.spread.add_(second.spread), Ops.scalar(Math.log(grid.sigma(i - 1) / from) / 2));
      }
    }
    double most = grid.most();
    long each = start.numel() / start.size(0);
    Tensor squares = x.to(ScalarType.Double).square().flatten(1, -1).sum(1);
    Tensor prior =
        squares
            .mul(Ops.scalar(-0.5 / (most * most)))
            .sub(Ops.scalar(0.5 * each * Math.log(2 * Math.PI * most * most)));
    return Ops.toDoubles(prior.add(integral));
  }

  /**
   * The right-hand side at one level.
   *
   * @param of the points, of their shape
   * @param spread sigma times the divergence of each point, float64 [n]
   */
  private record Slope(Tensor of, Tensor spread) {}

  private static Slope slope(Denoiser denoiser, Tensor x, double sigma, List<Tensor> directions) {
    double[] sigmas = new double[Math.toIntExact(x.size(0))];
    Arrays.fill(sigmas, sigma);
    Tensor leaf = x.detach().clone();
    leaf.set_requires_grad(true);
    Tensor denoised = denoiser.denoise(leaf, Ops.doubles(sigmas, sigmas.length));
    Tensor trace = Ops.zeros(ScalarType.Double, sigmas.length);
    for (int i = 0; i < directions.size(); i++) {
      Tensor direction = directions.get(i);
      Tensor product =
          torch
              .grad(
                  new TensorVector(denoised),
                  new TensorVector(leaf),
                  new TensorVector(direction),
                  new BoolOptional(i < directions.size() - 1),
                  false,
                  false)
              .get(0);
      trace.add_(product.mul(direction).flatten(1, -1).to(ScalarType.Double).sum(1));
    }
    long each = x.numel() / x.size(0);
    return new Slope(
        x.sub(denoised.detach()).div_(Ops.scalar(sigma)), trace.neg_().add_(Ops.scalar(each)));
  }

  private static List<Tensor> axes(Tensor x) {
    List<Tensor> axes = new ArrayList<>();
    int each = Math.toIntExact(x.numel() / x.size(0));
    long[] shape = x.shape();
    shape[0] = 1;
    for (int i = 0; i < each; i++) {
      double[] axis = new double[each];
      axis[i] = 1;
      axes.add(Ops.doubles(axis, shape).to(x.scalar_type()).expand_as(x).contiguous());
    }
    return axes;
  }

  private static Tensor signs(Noise noise, int probe, Tensor x) {
    long[] shape = x.shape();
    Tensor uniform =
        noise.uniform(Rng.Purpose.PROBE, probe, Arrays.copyOfRange(shape, 1, shape.length));
    return uniform.ge(Ops.scalar(0.5)).to(x.scalar_type()).mul_(Ops.scalar(2)).sub_(Ops.scalar(1));
  }
}
