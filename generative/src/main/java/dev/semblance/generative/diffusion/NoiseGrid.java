package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * The noise levels that a solver visits: strictly descending, finite, the last 0. N steps have N +
 * 1 levels. Host numbers in float64.
 *
 * @param sigmas at least 2
 */
@Source(key = "karras2022elucidating", where = "Eq. (5) (karras)")
@Source(key = "lu2022dpmpp", where = "section 6 (uniform in log signal-to-noise)")
@Source(key = "lin2024common", where = "Table 2 (linspace, leading, trailing)")
public record NoiseGrid(double[] sigmas) {
  public NoiseGrid {
    sigmas = sigmas.clone();
    Check.atLeast("number of noise levels", sigmas.length, 2);
    for (int i = 0; i < sigmas.length; i++) {
      Check.finite("noise level", sigmas[i]);
      if (i > 0 && !(sigmas[i] < sigmas[i - 1])) {
        throw new IllegalArgumentException(
            "noise levels must descend, got " + sigmas[i] + " after " + sigmas[i - 1]);
      }
    }
    if (sigmas[sigmas.length - 1] != 0) {
      throw new IllegalArgumentException(
          "the last noise level must be 0, got " + sigmas[sigmas.length - 1]);
    }
  }

  /**
   * Even in the {@code rho}-th root of sigma, from {@code most} to {@code least}, then 0.
   *
   * @param steps at least 1
   * @param rho at least 1; the paper's is 7
   */
  public static NoiseGrid karras(int steps, double least, double most, double rho) {
    if (!(rho >= 1)) {
      throw new IllegalArgumentException("rho must be >= 1, got " + rho);
    }
    double low = Math.pow(least, 1 / rho);
    double high = Math.pow(most, 1 / rho);
    return even(steps, least, most, u -> Math.pow(high + u * (low - high), rho));
  }

  /** Even in log sigma, hence in the logarithm of the signal-to-noise ratio; then 0. */
  public static NoiseGrid uniformLambda(int steps, double least, double most) {
    double low = Math.log(least);
    double high = Math.log(most);
    return even(steps, least, most, u -> Math.exp(high + u * (low - high)));
  }

  /** {@code sigma = tan(angle)} at even angles, the cosine schedule's own spacing; then 0. */
  public static NoiseGrid cosine(int steps, double least, double most) {
    double low = Math.atan(least);
    double high = Math.atan(most);
    return even(steps, least, most, u -> Math.tan(high + u * (low - high)));
  }

  /**
   * {@code sigma = (1 - t) / t} at even t up to 1, the grid of flow matching: its last step of
   * length {@code 1 / steps} ends at 0.
   */
  public static NoiseGrid evenTime(int steps, double most) {
    Check.atLeast("steps", steps, 1);
    Check.positive("most", most);
    double start = 1 / (1 + most);
    return of(
        steps,
        i -> {
          double t = start + (1 - start) * i / steps;
          return (1 - t) / t;
        });
  }

  /** How steps of a chain are chosen. */
  public enum Spacing {
    /** Even from the last time to the first, ends included. */
    LINSPACE,
    /** Multiples of {@code T / steps} rounded down, from below: the last time is left out. */
    LEADING,
    /** The same from above: the last time is taken. */
    TRAILING
  }

  /**
   * Levels of a chain, then 0.
   *
   * @param steps 1..T
   */
  public static NoiseGrid of(NoiseSchedule schedule, int steps, Spacing spacing) {
    int length = schedule.steps();
    Check.atLeast("steps", steps, 1);
    if (steps > length) {
      throw new IllegalArgumentException(
          "steps must be <= " + length + ", the length of the chain, got " + steps);
    }
    return of(
        steps,
        i ->
            schedule.sigma(
                switch (spacing) {
                  case LINSPACE ->
                      steps == 1 ? length - 1.0 : (length - 1.0) * (steps - 1 - i) / (steps - 1);
                  case LEADING -> (double) (length / steps * (steps - 1 - i));
                  case TRAILING -> Math.rint(length - (double) i * length / steps) - 1;
                }));
  }

  private static NoiseGrid even(int steps, double least, double most, Levels level) {
    Check.atLeast("steps", steps, 1);
    Check.positive("least", least);
    Check.positive("most", most);
    if (!(least < most)) {
      throw new IllegalArgumentException("least must be < most, got " + least + " and " + most);
    }
    // The ends are given exactly, whatever the powers round to.
    return of(
        steps, i -> i == 0 ? most : i == steps - 1 ? least : level.at((double) i / (steps - 1)));
  }

  private static NoiseGrid of(int steps, IntToDoubleFunction level) {
    double[] sigmas = new double[steps + 1];
    for (int i = 0; i < steps; i++) {
      sigmas[i] = level.applyAsDouble(i);
    }
    return new NoiseGrid(sigmas);
  }

  @FunctionalInterface
  private interface Levels {
    double at(double share);
  }

  /** The number of steps. */
  public int steps() {
    return sigmas.length - 1;
  }

  /** The level before step {@code i}; that of {@code steps()} is 0. */
  public double sigma(int i) {
    return sigmas[i];
  }

  /** The first and highest level. */
  public double most() {
    return sigmas[0];
  }

  @Override
  public double[] sigmas() {
    return sigmas.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NoiseGrid that && Arrays.equals(sigmas, that.sigmas);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sigmas);
  }

  @Override
  public String toString() {
    return "noise levels " + Arrays.toString(sigmas);
  }
}
