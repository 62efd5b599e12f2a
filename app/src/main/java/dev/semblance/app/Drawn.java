package dev.semblance.app;

import dev.semblance.core.tensor.Rng;
import java.util.Arrays;

/** Some rows of a set, drawn at random: neither sorted classes nor classes in turn bias them. */
final class Drawn {
  private Drawn() {}

  /** {@code wanted} different rows of {@code size}, all where there are no more, in order. */
  static long[] rows(int size, int wanted, long seed) {
    int[] order = Rng.of(seed, Rng.Purpose.SELECT, size, 0).permutation(size);
    return Arrays.stream(order).limit(wanted).asLongStream().sorted().toArray();
  }
}
