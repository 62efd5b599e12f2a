package dev.semblance.generative.gan;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import org.bytedeco.pytorch.Tensor;

/** Where the generator's noise comes from. */
public enum Prior {
  /** Standard normal. */
  GAUSSIAN,
  /** Uniform in [-1, 1), as in radford2016unsupervised, section 4. */
  UNIFORM;

  /** Draws of some images: float32 [n, width], in the current scope. */
  Tensor draw(Noise noise, long step, int width) {
    if (this == GAUSSIAN) {
      return noise.gaussian(Rng.Purpose.LATENT, step, width);
    }
    try (Scope scope = Scope.open()) {
      Tensor draws = noise.uniform(Rng.Purpose.LATENT, step, width);
      return scope.keep(draws.mul_(Ops.scalar(2)).sub_(Ops.scalar(1)));
    }
  }
}
