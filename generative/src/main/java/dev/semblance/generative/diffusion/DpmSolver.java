package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * DPM-Solver++ with several steps: the denoised image taken as constant (order 1, {@link Euler}) or
 * as linear in log sigma through this step's and the last one's (2M, order 2). One call a step.
 *
 * @param order 1 or 2; the first step and that to 0 are always of order 1
 */
@Source(key = "lu2022dpmpp", where = "Algorithm 2, Eq. (12)")
public record DpmSolver(int order) implements Solver {
  public DpmSolver {
    if (order != 1 && order != 2) {
      throw new IllegalArgumentException("order must be 1 or 2, got " + order);
    }
  }

  /** 2M. */
  public static DpmSolver of() {
    return new DpmSolver(2);
  }

  @Override
  public Tensor solve(Denoiser denoiser, Tensor x, NoiseGrid grid, Noise noise) {
    try (Scope scope = Scope.open()) {
      Tensor before = torch.zeros_like(x);
      return scope.keep(
          Walk.down(
              denoiser,
              x,
              grid,
              noise,
              (walk, at, step, from, to) -> {
                Tensor denoised = walk.denoise(at, from);
                double r = 0;
                if (order == 2 && step > 0 && to > 0) {
                  // r = h_before / h with h the step in lambda = -log sigma.
                  r = Math.log(grid.sigma(step - 1) / from) / Math.log(from / to);
                }
                Tensor used = r > 0 ? Walk.move(before, denoised, 1 + 1 / (2 * r)) : denoised;
                Walk.move(at, used, 1 - to / from);
                before.copy_(denoised);
                return at;
              }));
    }
  }
}
