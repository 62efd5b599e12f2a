package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.generative.Noise;
import org.bytedeco.pytorch.Tensor;

/**
 * Heun's method for {@code dx/dsigma = (x - D) / sigma}: Euler's step, then the mean of the slopes
 * at both ends. Order 2, two calls a step, one in the last: 2N - 1 in all.
 *
 * @param churn before each step
 */
@Source(key = "karras2022elucidating", where = "Algorithms 1 and 2")
public record Heun(Churn churn) implements Solver {
  /** Without churn: Algorithm 1. */
  public static Heun of() {
    return new Heun(Churn.none());
  }

  @Override
  public Tensor solve(Denoiser denoiser, Tensor x, NoiseGrid grid, Noise noise) {
    return Walk.down(
        denoiser,
        x,
        grid,
        noise,
        (walk, at, step, sigma, to) -> {
          double from = churn.raised(sigma, grid.steps());
          Tensor raised = churn.raise(walk, at, step, sigma, from);
          Tensor denoised = walk.denoise(raised, from);
          if (to == 0) {
            return denoised;
          }
          Tensor slope = Walk.mix(1 / from, raised, -1 / from, denoised);
          Tensor euler = raised.add(slope, Ops.scalar(to - from));
          Tensor corrected = Walk.mix(1 / to, euler, -1 / to, walk.denoise(euler, to));
          return raised.add(slope.add_(corrected), Ops.scalar((to - from) / 2));
        });
  }
}
