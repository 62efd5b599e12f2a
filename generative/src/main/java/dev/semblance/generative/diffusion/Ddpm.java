package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.generative.Noise;
import org.bytedeco.pytorch.Tensor;

/**
 * The ancestral chain of DDPM: a draw from {@code q(x' | x, x0 = D)} at each step, none at the
 * last. In sigma: mean {@code (sigma'^2 / sigma^2) x + (1 - sigma'^2 / sigma^2) D}. The steps are
 * the grid's, however few: beta of a step is {@code 1 - alphaBar / alphaBar'}.
 *
 * @param variance of a step
 */
@Source(key = "ho2020denoising", where = "Eqs. (6), (7), Algorithm 2")
public record Ddpm(Variance variance) implements Solver {
  /** The two bounds of a step's variance. */
  public enum Variance {
    /** {@code beta (1 - alphaBar') / (1 - alphaBar)}, exact for an image of one value. */
    SMALL,
    /** {@code beta}, exact for normal images of deviation 1. */
    LARGE
  }

  /** With the smaller variance. */
  public static Ddpm of() {
    return new Ddpm(Variance.SMALL);
  }

  @Override
  public Tensor solve(Denoiser denoiser, Tensor x, NoiseGrid grid, Noise noise) {
    return Walk.down(
        denoiser,
        x,
        grid,
        noise,
        (walk, at, step, from, to) -> {
          double share = to * to / (from * from);
          Walk.move(at, walk.denoise(at, from), 1 - share);
          if (to == 0) {
            return at;
          }
          double fall = (from - to) * (from + to);
          double square =
              switch (variance) {
                case SMALL -> fall * share;
                // beta / alphaBar' with alphaBar = 1 / (1 + sigma^2).
                case LARGE -> fall * (1 + to * to) / (1 + from * from);
              };
          at.add_(walk.draw(at, step), Ops.scalar(Math.sqrt(square)));
          return at;
        });
  }
}
