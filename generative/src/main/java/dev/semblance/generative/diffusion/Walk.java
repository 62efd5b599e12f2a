package dev.semblance.generative.diffusion;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import dev.semblance.generative.Noise;
import java.util.Arrays;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What solvers have in common: one place in memory for the images, one scope for each step.
 *
 * @param denoiser asked at each step
 * @param noise of the images
 * @param n images
 */
record Walk(Denoiser denoiser, Noise noise, int n) {
  /**
   * One step: from the images at {@code from} to those at {@code to}. It may return {@code x},
   * changed, which saves memory and a copy.
   */
  @FunctionalInterface
  interface Step {
    Tensor next(Walk walk, Tensor x, int index, double from, double to);
  }

  /** Takes all steps of a grid. Each frees what it used: nothing grows with their number. */
  static Tensor down(Denoiser denoiser, Tensor x, NoiseGrid grid, Noise noise, Step step) {
    if (x.dim() < 1 || x.size(0) != noise.size()) {
      throw new IllegalArgumentException(
          "x must hold " + noise.size() + " images as noise has, got " + Shapes.of(x));
    }
    try (Scope all = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Walk walk = new Walk(denoiser, noise, noise.size());
      Tensor place = x.detach().clone();
      for (int i = 0; i < grid.steps(); i++) {
        try (Scope scope = Scope.open()) {
          Tensor next = step.next(walk, place, i, grid.sigma(i), grid.sigma(i + 1));
          if (next != place) {
            place.copy_(next);
          }
        }
      }
      return all.keep(place);
    }
  }

  /** The expected images at one noise level for all, in memory other than x's. */
  Tensor denoise(Tensor x, double sigma) {
    double[] sigmas = new double[n];
    Arrays.fill(sigmas, sigma);
    Tensor denoised = denoiser.denoise(x, Ops.doubles(sigmas, n));
    return denoised.is_alias_of(x) ? denoised.clone() : denoised;
  }

  /** Standard normal draws of x's shape and type, keyed by image and step. */
  Tensor draw(Tensor x, int step) {
    long[] shape = x.shape();
    Tensor drawn =
        noise.gaussian(Rng.Purpose.NOISE, step, Arrays.copyOfRange(shape, 1, shape.length));
    return x.scalar_type().intern() == ScalarType.Float ? drawn : drawn.to(x.scalar_type());
  }

  /** Moves x to {@code (1 - share) x + share y}, in place. */
  static Tensor move(Tensor x, Tensor y, double share) {
    x.lerp_(y, Ops.scalar(share));
    return x;
  }
}
