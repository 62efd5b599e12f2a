package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.generative.Noise;
import org.bytedeco.pytorch.Tensor;

/**
 * DDIM: {@code x' = D + sqrt(sigma'^2 - s^2) (x - D) / sigma + s noise}, {@code s^2 = eta^2
 * (sigma'^2 / sigma^2) (sigma^2 - sigma'^2)}.
 *
 * <p>This is the paper's step divided by alpha', and the ancestral step in sigma. With eta 0
 * nothing is drawn and it is {@link Euler}; with eta 1 it has the mean and variance of {@link
 * Ddpm}'s chain with the smaller variance.
 *
 * @param eta in [0, 1]
 */
@Source(key = "song2021denoising", where = "Eqs. (12), (16)")
public record Ddim(double eta) implements Solver {
  public Ddim {
    Check.between("eta", eta, 0, 1);
  }

  /** Deterministic: eta 0. */
  public static Ddim of() {
    return new Ddim(0);
  }

  /** Ancestral: eta 1. */
  public static Ddim ancestral() {
    return new Ddim(1);
  }

  @Override
  public Tensor solve(Denoiser denoiser, Tensor x, NoiseGrid grid, Noise noise) {
    return Walk.down(
        denoiser,
        x,
        grid,
        noise,
        (walk, at, step, from, to) -> {
          // sigma^2 - sigma'^2 as a product: exact where the levels are close.
          double drawn = eta * (to / from) * Math.sqrt((from - to) * (from + to));
          double kept = Math.sqrt(Math.max(0, (to - drawn) * (to + drawn))) / from;
          Walk.move(at, walk.denoise(at, from), 1 - kept);
          if (drawn > 0) {
            at.add_(walk.draw(at, step), Ops.scalar(drawn));
          }
          return at;
        });
  }
}
