package dev.semblance.similarity.eval;

import java.util.Arrays;

/**
 * Counts the distances of different pairs into the gaps between those of same pairs, which is all
 * that a ROC curve holds: memory grows with the same pairs only.
 */
final class PairCounter {
  /** The distinct distances of same pairs, ascending. */
  private final double[] levels;

  private final long[] same;

  /** At 2i the different pairs between level i-1 and i, at 2i+1 those equal to level i. */
  private final long[] different;

  private PairCounter(double[] levels, long[] same) {
    this.levels = levels;
    this.same = same;
    this.different = new long[2 * levels.length + 1];
  }

  /** A counter with its same pairs; sorts {@code distances} in place. */
  static PairCounter of(double[] distances) {
    for (int i = 0; i < distances.length; i++) {
      distances[i] += 0.0; // -0.0 and 0.0 are one level
    }
    Arrays.parallelSort(distances);
    double[] levels = new double[distances.length];
    long[] same = new long[distances.length];
    int count = 0;
    for (double distance : distances) {
      if (count == 0 || levels[count - 1] != distance) {
        levels[count++] = distance;
      }
      same[count - 1]++;
    }
    return new PairCounter(Arrays.copyOf(levels, count), Arrays.copyOf(same, count));
  }

  /** An empty counter with the same levels, for another thread. */
  PairCounter another() {
    return new PairCounter(levels, same);
  }

  void addDifferent(double distance) {
    int at = Arrays.binarySearch(levels, distance + 0.0);
    different[at >= 0 ? 2 * at + 1 : 2 * (-at - 1)]++;
  }

  void addAll(PairCounter other) {
    for (int i = 0; i < different.length; i++) {
      different[i] += other.different[i];
    }
  }

  int levels() {
    return levels.length;
  }

  double level(int i) {
    return levels[i];
  }

  long same(int i) {
    return same[i];
  }

  /** Different pairs between level {@code i - 1} and {@code i}, ends not included. */
  long between(int i) {
    return different[2 * i];
  }

  long equal(int i) {
    return different[2 * i + 1];
  }
}
