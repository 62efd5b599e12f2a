package dev.semblance.generative;

import org.bytedeco.pytorch.Tensor;

/**
 * Log-densities of a batch.
 *
 * @param value float64 [n], nats
 * @param standardError of each value over the draws made for it, float64 [n]; 0 where exact, NaN
 *     where a single draw does not tell
 * @param kind what the value is
 * @param of what it is a density of
 */
public record LogDensity(Tensor value, Tensor standardError, Kind kind, Support of) {
  /** What a density is over; densities over different supports do not compare. */
  public enum Support {
    /** A density over real vectors in the units of the model's preprocessing. */
    POINTS,
    /** The probability of an image of integer pixels 0..255. */
    PIXELS,
    /** The probability of an image of binary pixels. */
    BITS
  }

  /**
   * Bits for each of {@code dimensions} values: {@code -value / (dimensions ln 2)}.
   *
   * @throws IllegalStateException over {@link Support#POINTS}, where a density depends on the unit
   */
  public static double bitsPerDimension(double nats, long dimensions, Support of) {
    if (of == Support.POINTS) {
      throw new IllegalStateException(
          "bits per dimension need integer or binary pixels, got a density of points; report nats");
    }
    return -nats / (dimensions * Math.log(2));
  }
}
