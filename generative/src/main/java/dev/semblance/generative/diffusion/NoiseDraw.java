package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Rng;

/** How the noise level of a training image is drawn. */
@Source(key = "ho2020denoising", where = "Algorithm 1 (chain)")
@Source(key = "karras2022elucidating", where = "Table 1, noise distribution (log-normal)")
@Source(key = "lipman2023flow", where = "Eq. (23) (even time)")
public enum NoiseDraw {
  /** Uniform in the time of the chain; the paper's steps are whole, these are not. */
  CHAIN,
  /** The logarithm is normal. */
  LOG_NORMAL,
  /** {@code (1 - t) / t} with t uniform in (0, 1). */
  EVEN_TIME;

  /** Nearer than this to noise or image, float32 has no digits left. */
  private static final double EDGE = 1e-4;

  /**
   * One draw, positive.
   *
   * @param mean of the logarithm, used by {@link #LOG_NORMAL}
   * @param deviation of the logarithm, used by {@link #LOG_NORMAL}
   */
  double draw(Rng rng, NoiseSchedule schedule, double mean, double deviation) {
    return switch (this) {
      case CHAIN -> schedule.sigma(rng.nextDouble() * (schedule.steps() - 1));
      case LOG_NORMAL -> Math.exp(mean + deviation * rng.gaussian());
      case EVEN_TIME -> {
        double t = EDGE + (1 - 2 * EDGE) * rng.nextDouble();
        yield (1 - t) / t;
      }
    };
  }
}
