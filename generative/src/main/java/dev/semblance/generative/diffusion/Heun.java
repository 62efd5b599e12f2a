package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

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
    try (Scope scope = Scope.open()) {
      Tensor start = torch.empty_like(x);
      return scope.keep(
          Walk.down(
              denoiser,
              x,
              grid,
              noise,
              (walk, at, step, sigma, to) -> {
                double from = churn.raised(sigma, grid.steps());
                churn.raise(walk, at, step, sigma, from);
                if (to == 0) {
                  return walk.denoise(at, from);
                }
                start.copy_(at);
                // Euler's step e, then (x + e) / 2 + (to - from) / 2 (e - D(e)) / to.
                Walk.move(at, walk.denoise(at, from), 1 - to / from);
                Tensor denoised = walk.denoise(at, to);
                double half = (to - from) / (2 * to);
                at.mul_(Ops.scalar(0.5 + half))
                    .add_(start, Ops.scalar(0.5))
                    .sub_(denoised, Ops.scalar(half));
                return at;
              }));
    }
  }
}
