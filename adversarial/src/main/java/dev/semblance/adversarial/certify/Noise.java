package dev.semblance.adversarial.certify;

import dev.semblance.core.tensor.Rng;

/**
 * Normal noise, keyed by (seed, sample, draw): millions of values a second, the same bits whatever
 * the batch.
 */
final class Noise {
  private static final double TWO_TO_MINUS_52 = 0x1.0p-52;

  private Noise() {}

  /** Fills {@code values} from {@code first} on with {@code count} draws of N(0, deviation^2). */
  static void fill(
      float[] values, int first, int count, double deviation, long seed, long sample, long draw) {
    long key = Rng.mix(Rng.mix(Rng.mix(seed + Rng.GOLDEN) ^ sample) + Rng.GOLDEN * (draw + 1));
    int i = first;
    int end = first + count;
    while (i < end) {
      // Marsaglia's polar method: two values of a uniform point in the unit circle.
      double u = (Rng.mix(key += Rng.GOLDEN) >> 11) * TWO_TO_MINUS_52;
      double v = (Rng.mix(key += Rng.GOLDEN) >> 11) * TWO_TO_MINUS_52;
      double square = u * u + v * v;
      if (square < 1 && square > 0) {
        double scale = deviation * Math.sqrt(-2 * StrictMath.log(square) / square);
        values[i++] = (float) (u * scale);
        if (i < end) {
          values[i++] = (float) (v * scale);
        }
      }
    }
  }
}
