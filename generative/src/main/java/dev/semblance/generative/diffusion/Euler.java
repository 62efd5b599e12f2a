package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.generative.Noise;
import org.bytedeco.pytorch.Tensor;

/**
 * Euler's method for {@code dx/dsigma = (x - D) / sigma}: order 1, one call a step. Without churn
 * it is {@link Ddim} with eta 0, and Euler's method in the time of flow matching.
 *
 * @param churn before each step
 */
@Source(key = "karras2022elucidating", where = "Algorithm 2 without the correction")
public record Euler(Churn churn) implements Solver {
  /** Without churn. */
  public static Euler of() {
    return new Euler(Churn.none());
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
          churn.raise(walk, at, step, sigma, from);
          return Walk.move(at, walk.denoise(at, from), 1 - to / from);
        });
  }
}
