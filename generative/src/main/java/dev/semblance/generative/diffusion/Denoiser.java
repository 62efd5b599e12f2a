package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The expected image given a noised one: {@code D(x, sigma) = E[x0 | x]}, {@code x = x0 + sigma
 * noise}. It tells the score, {@code (D - x) / sigma^2}.
 *
 * <p>The adapters make one of a net trained in any of the usual terms. What guides or clips
 * decorates a denoiser; solvers know neither.
 */
@FunctionalInterface
@Source(key = "karras2022elucidating", where = "Eq. (3)")
@Source(key = "ho2022classifier", where = "Eq. (6) (guidance)")
public interface Denoiser {
  /**
   * The expected images.
   *
   * @param x floating point [n, c, h, w]
   * @param sigma of each image, float64 [n], positive
   * @return of x's shape and type, in the current scope
   */
  Tensor denoise(Tensor x, Tensor sigma);

  /** Of a net trained in the given terms. */
  static Denoiser of(Prediction net, Preconditioning terms) {
    return (x, sigma) -> {
      try (Scope scope = Scope.open()) {
        double[] sigmas = Ops.toDoubles(sigma);
        if (sigmas.length != x.size(0)) {
          throw new IllegalArgumentException(
              "sigma must have a value for each of " + x.size(0) + " images, got " + sigmas.length);
        }
        double[][] scales = new double[4][sigmas.length];
        for (int i = 0; i < sigmas.length; i++) {
          Preconditioning.Scales at = terms.at(sigmas[i]);
          scales[0][i] = at.skip();
          scales[1][i] = at.out();
          scales[2][i] = at.in();
          scales[3][i] = at.time();
        }
        Tensor time = Ops.doubles(scales[3], sigmas.length).to(x.scalar_type());
        Tensor answer = net.predict(x.mul(each(scales[2], x)), time);
        // Karras et al. 2022, Eq. (7).
        return scope.keep(x.mul(each(scales[0], x)).addcmul_(answer, each(scales[1], x)));
      }
    };
  }

  /** Of a net that tells the noise, in a variance-preserving chain. */
  static Denoiser ofEpsilon(Prediction net, NoiseSchedule schedule) {
    return of(net, Preconditioning.epsilon(schedule));
  }

  /** Of a net that tells the image, in a variance-preserving chain. */
  static Denoiser ofX0(Prediction net, NoiseSchedule schedule) {
    return of(net, Preconditioning.x0(schedule));
  }

  /** Of a net that tells v, in a variance-preserving chain. */
  static Denoiser ofV(Prediction net, NoiseSchedule schedule) {
    return of(net, Preconditioning.v(schedule));
  }

  /** Of a net that tells the velocity of a straight path from noise to image. */
  static Denoiser ofVelocity(Prediction net) {
    return of(net, Preconditioning.velocity());
  }

  /** Of a preconditioned net; {@code sigmaData} is the deviation of the data. */
  static Denoiser ofEdm(Prediction net, double sigmaData) {
    return of(net, Preconditioning.edm(sigmaData));
  }

  /**
   * Classifier-free guidance: {@code D = D_u + g (D_c - D_u)}. With g = 1 and g = 0 one of the two
   * is asked only.
   *
   * @param guidance g; the paper's w is g - 1
   */
  static Denoiser guided(Denoiser conditional, Denoiser unconditional, double guidance) {
    Check.finite("guidance", guidance);
    if (guidance == 1) {
      return conditional;
    }
    if (guidance == 0) {
      return unconditional;
    }
    // On D in place of epsilon: each is affine in the other.
    return (x, sigma) -> {
      try (Scope scope = Scope.open()) {
        Tensor without = unconditional.denoise(x, sigma);
        return scope.keep(without.lerp(conditional.denoise(x, sigma), Ops.scalar(guidance)));
      }
    };
  }

  /** The same with every value moved into [low, high]. */
  default Denoiser clipped(double low, double high) {
    if (!(low < high)) {
      throw new IllegalArgumentException("low must be < high, got " + low + " and " + high);
    }
    return (x, sigma) -> {
      try (Scope scope = Scope.open()) {
        return scope.keep(
            denoise(x, sigma)
                .clamp(new ScalarOptional(Ops.scalar(low)), new ScalarOptional(Ops.scalar(high))));
      }
    };
  }

  /** A factor for each image, in x's type. */
  private static Tensor each(double[] factors, Tensor x) {
    long[] shape = new long[Math.toIntExact(x.dim())];
    Arrays.fill(shape, 1);
    shape[0] = factors.length;
    ScalarType type = x.scalar_type().intern();
    return Ops.doubles(factors, shape).to(type);
  }
}
