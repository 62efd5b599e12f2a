package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Pseudo linear multistep: {@link Euler}'s step along a mixture of the last four noise predictions,
 * weights (55, -59, 37, -9) / 24. The first steps have fewer; the very first is the mean of two
 * predictions, hence N + 1 calls. Order 2: the weights are those of even steps.
 *
 * <p>The step to 0 takes the denoised image as it is, as the other solvers do.
 */
@Source(key = "liu2022pseudo", where = "Eqs. (9), (12), (13); the start as in the released code")
public record Plms() implements Solver {
  private static final double[][] WEIGHTS = {
    {1},
    {3 / 2.0, -1 / 2.0},
    {23 / 12.0, -16 / 12.0, 5 / 12.0},
    {55 / 24.0, -59 / 24.0, 37 / 24.0, -9 / 24.0}
  };

  @Override
  public Tensor solve(Denoiser denoiser, Tensor x, NoiseGrid grid, Noise noise) {
    try (Scope scope = Scope.open()) {
      // The last four, in a ring.
      List<Tensor> past = new ArrayList<>();
      for (int i = 0; i < WEIGHTS.length; i++) {
        past.add(torch.zeros_like(x));
      }
      return scope.keep(
          Walk.down(
              denoiser,
              x,
              grid,
              noise,
              (walk, at, step, from, to) -> {
                Tensor denoised = walk.denoise(at, from);
                if (to == 0) {
                  return denoised;
                }
                Tensor slope = past.get(step % past.size());
                slope.copy_(at).sub_(denoised).div_(Ops.scalar(from));
                if (step == 0) {
                  Tensor there = at.add(slope, Ops.scalar(to - from));
                  Tensor second = there.sub(walk.denoise(there, to)).div_(Ops.scalar(to));
                  return at.add(second.add_(slope), Ops.scalar((to - from) / 2));
                }
                double[] weights = WEIGHTS[Math.min(step, WEIGHTS.length - 1)];
                for (int i = 0; i < weights.length; i++) {
                  Tensor one = past.get((step - i) % past.size());
                  at.add_(one, Ops.scalar(weights[i] * (to - from)));
                }
                return at;
              }));
    }
  }
}
