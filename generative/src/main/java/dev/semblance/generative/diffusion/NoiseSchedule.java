package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import java.util.Arrays;

/**
 * The noise levels of a chain of T steps: {@code alphaBar(t) = prod_{s <= t} (1 - beta(s))}, t =
 * 0..T-1, and {@code sigma(t) = sqrt((1 - alphaBar) / alphaBar)}, ascending. Products in float64.
 *
 * <p>Between the steps time is continuous: linear in log sigma, never rounded.
 */
@Source(key = "ho2020denoising", where = "section 2 and 4 (linear)")
@Source(key = "nichol2021improved", where = "Eq. (17) (cosine)")
@Source(key = "rombach2022high", where = "the released configuration (scaled linear)")
public final class NoiseSchedule {
  /** The number of steps that the betas of the papers are given for. */
  private static final double PAPER_STEPS = 1000;

  private static final double MOST_BETA = 0.999;

  private final double[] betas;
  private final double[] alphaBars;
  private final double[] logSigmas;

  /** How beta grows. */
  public enum Rule {
    /** Evenly from 1e-4 to 0.02. */
    LINEAR,
    /** {@code alphaBar(t) = cos^2((t / T + 0.008) / 1.008 pi / 2)} over its value at 0. */
    COSINE,
    /** The square of what grows evenly from the root of 0.00085 to the root of 0.012. */
    SCALED_LINEAR
  }

  private NoiseSchedule(double[] betas) {
    this.betas = betas;
    this.alphaBars = new double[betas.length];
    this.logSigmas = new double[betas.length];
    double product = 1;
    for (int t = 0; t < betas.length; t++) {
      product *= 1 - betas[t];
      alphaBars[t] = product;
      logSigmas[t] = 0.5 * (Math.log1p(-product) - Math.log(product));
    }
  }

  /**
   * The schedule of a rule. With other numbers of steps than 1000, the first and last beta of the
   * linear rules are multiplied by {@code 1000 / steps}, so that the chain ends at about the same
   * noise; none exceeds 0.999.
   *
   * @param steps T, at least 2
   */
  public static NoiseSchedule of(Rule rule, int steps) {
    Check.atLeast("steps", steps, 2);
    double[] betas = new double[steps];
    for (int t = 0; t < steps; t++) {
      double even = (double) t / (steps - 1);
      double beta =
          switch (rule) {
            case LINEAR -> (1 - even) * end(1e-4, steps) + even * end(0.02, steps);
            case SCALED_LINEAR -> {
              double root =
                  (1 - even) * Math.sqrt(end(0.00085, steps)) + even * Math.sqrt(end(0.012, steps));
              yield root * root;
            }
            case COSINE -> 1 - cosine((t + 1.0) / steps) / cosine((double) t / steps);
          };
      betas[t] = Math.min(beta, MOST_BETA);
    }
    return new NoiseSchedule(betas);
  }

  /** The schedule of given betas, each in (0, 1). */
  public static NoiseSchedule of(double... betas) {
    Check.atLeast("number of betas", betas.length, 2);
    for (double beta : betas) {
      if (!(beta > 0 && beta < 1)) {
        throw new IllegalArgumentException("beta must be in (0, 1), got " + beta);
      }
    }
    return new NoiseSchedule(betas.clone());
  }

  private static double end(double beta, int steps) {
    return Math.min(beta * PAPER_STEPS / steps, MOST_BETA);
  }

  private static double cosine(double time) {
    double root = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
    return root * root;
  }

  /** T. */
  public int steps() {
    return betas.length;
  }

  /** beta(t), t = 0..T-1. */
  public double beta(int t) {
    return betas[t];
  }

  /** alphaBar(t), t = 0..T-1. */
  public double alphaBar(int t) {
    return alphaBars[t];
  }

  /** sigma(t) of a continuous time in [0, T-1]. */
  public double sigma(double time) {
    Check.between("time", time, 0, betas.length - 1.0);
    int below = Math.min((int) time, betas.length - 2);
    double share = time - below;
    return Math.exp(logSigmas[below] + share * (logSigmas[below + 1] - logSigmas[below]));
  }

  /**
   * The continuous time at which the noise level is {@code sigma}: the inverse of {@link
   * #sigma(double)}. A level outside the chain has the time of its end.
   */
  public double time(double sigma) {
    double log = Math.log(Check.positive("sigma", sigma));
    int at = Arrays.binarySearch(logSigmas, log);
    if (at >= 0) {
      return at;
    }
    int above = -at - 1;
    if (above == 0) {
      return 0;
    }
    if (above == logSigmas.length) {
      return logSigmas.length - 1.0;
    }
    double low = logSigmas[above - 1];
    return above - 1 + (log - low) / (logSigmas[above] - low);
  }

  /** The least noise level, sigma(0). */
  public double leastSigma() {
    return sigma(0);
  }

  /** The highest noise level, sigma(T-1). */
  public double mostSigma() {
    return sigma(betas.length - 1.0);
  }
}
