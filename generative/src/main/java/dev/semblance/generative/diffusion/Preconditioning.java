package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;

/**
 * The terms in which a net was trained: {@code D(x, sigma) = skip x + out F(in x, time)}. Every
 * usual parameterisation is one; this is the only place that knows them.
 *
 * <p>The plain squared error of the net's own answer F is {@code 1 / out^2} times that of the
 * denoised image, {@link Scales#ownWeight}.
 */
@FunctionalInterface
@Source(key = "karras2022elucidating", where = "Eq. (7), Table 1")
@Source(key = "salimans2022progressive", where = "Appendix D (v)")
@Source(key = "lipman2023flow", where = "Eqs. (20), (23) (velocity)")
public interface Preconditioning {
  /** The factors at a noise level, sigma positive. */
  Scales at(double sigma);

  /**
   * The factors of one noise level.
   *
   * @param skip of the noised image
   * @param out of the net's answer
   * @param in of the noised image on its way into the net
   * @param time in the net's own unit
   */
  record Scales(double skip, double out, double in, double time) {
    /**
     * The weight on the squared error of the denoised image that makes it the squared error of the
     * net's own answer.
     */
    public double ownWeight() {
      return 1 / (out * out);
    }
  }

  /** F is the noise: {@code D = x - sigma F(alpha x, t)}, {@code alpha = 1 / sqrt(1 + sigma^2)}. */
  static Preconditioning epsilon(NoiseSchedule schedule) {
    return sigma -> new Scales(1, -sigma, alpha(sigma), schedule.time(sigma));
  }

  /** F is the image: {@code D = F(alpha x, t)}. */
  static Preconditioning x0(NoiseSchedule schedule) {
    return sigma -> new Scales(0, 1, alpha(sigma), schedule.time(sigma));
  }

  /**
   * F is {@code v = alpha noise - alpha sigma x0}: {@code D = alpha^2 x - alpha sigma F(alpha x,
   * t)}.
   */
  static Preconditioning v(NoiseSchedule schedule) {
    return sigma -> {
      double alpha = alpha(sigma);
      return new Scales(alpha * alpha, -alpha * sigma, alpha, schedule.time(sigma));
    };
  }

  /**
   * F is the velocity {@code x0 - noise} of {@code x_t = t x0 + (1 - t) noise}, t in (0, 1): {@code
   * sigma = (1 - t) / t}, {@code D = t x + (1 - t) F(t x, t)}.
   */
  static Preconditioning velocity() {
    return sigma -> {
      double t = 1 / (1 + sigma);
      // 1 - t as sigma t: exact where t is close to 1.
      return new Scales(t, sigma * t, t, t);
    };
  }

  /**
   * F has answers of unit variance at every level, where data have deviation {@code sigmaData}.
   * Time is {@code ln(sigma) / 4}.
   */
  static Preconditioning edm(double sigmaData) {
    Check.positive("sigmaData", sigmaData);
    return sigma -> {
      double total = sigma * sigma + sigmaData * sigmaData;
      double root = Math.sqrt(total);
      return new Scales(
          sigmaData * sigmaData / total, sigma * sigmaData / root, 1 / root, Math.log(sigma) / 4);
    };
  }

  private static double alpha(double sigma) {
    return 1 / Math.sqrt(1 + sigma * sigma);
  }
}
