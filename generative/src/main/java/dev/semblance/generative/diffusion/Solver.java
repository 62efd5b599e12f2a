package dev.semblance.generative.diffusion;

import dev.semblance.generative.Noise;
import org.bytedeco.pytorch.Tensor;

/**
 * A way from noise to an image down a grid of noise levels: a pure function, without memory between
 * calls. No gradient is recorded.
 */
@FunctionalInterface
public interface Solver {
  /**
   * The images at noise level 0.
   *
   * @param x floating point [n, c, h, w] at the grid's first level; not changed
   * @param noise of the images, for solvers that draw
   * @return of x's shape and type, in the current scope
   */
  Tensor solve(Denoiser denoiser, Tensor x, NoiseGrid grid, Noise noise);
}
