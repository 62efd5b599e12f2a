package dev.semblance.core.data.synthetic;

import dev.semblance.core.tensor.Rng;

/** Bell-shaped draws of mean 0 that are cheap and never far out: sums of four uniform ones. */
final class Bell {
  private static final double ROOT3 = 1.7320508075688772;

  private Bell() {}

  /** Of the given deviation, and never beyond 3.5 of it. */
  static double of(Rng rng, double deviation) {
    double sum = 0;
    for (int i = 0; i < 4; i++) {
      sum += (rng.nextInt() & 0xFFFFFFFFL) * 0x1.0p-32;
    }
    return (sum - 2) * deviation * ROOT3;
  }

  /** Of deviation 1, from a single draw: about 1,000 different values, for noise. */
  static double coarse(Rng rng) {
    int bits = rng.nextInt();
    int sum = (bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >>> 24);
    // Four bytes sum to mean 510 and deviation 147.8.
    return (sum - 510) / 147.8;
  }
}
