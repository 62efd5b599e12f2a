package dev.semblance.adversarial.ball;

import dev.semblance.core.tensor.Rng;

/**
 * The lambda at which {@code f(lambda) = sum_i min(max(a_i - lambda, 0), room_i)} falls to a given
 * value.
 *
 * <p>f is piecewise linear and never rises; its corners are {@code a_i - room_i}, above which value
 * i shrinks, and {@code a_i}, above which it is 0. Instead of sorting all corners, one corner after
 * the other, chosen at random, halves the interval in which the solution lies; values without a
 * corner inside are added up and dropped. The expected work is linear in the number of values.
 */
final class Threshold {
  private final double[] sizes;
  private final double[] rooms;
  private final int[] open; // values whose part of f is not yet known in (low, high)
  private int count = 0;

  // On (low, high): f(lambda) = constant - slope * lambda + the open values.
  private double low = 0;
  private double high = Double.POSITIVE_INFINITY;
  private double constant = 0;
  private long slope = 0;

  /** Row {@code from .. from + width - 1} of {@code sizes}, not negative, and {@code rooms}. */
  Threshold(double[] sizes, double[] rooms, int from, int width) {
    this.sizes = sizes;
    this.rooms = rooms;
    this.open = new int[width];
    for (int i = from; i < from + width; i++) {
      open[count++] = i;
    }
  }

  /** The least lambda >= 0 with {@code f(lambda) <= value}; NaN where a size is not finite. */
  double at(double value) {
    double sum = 0;
    double all = 0;
    for (int k = 0; k < count; k++) {
      sum += Math.min(sizes[open[k]], rooms[open[k]]);
      all += sizes[open[k]];
    }
    if (!Double.isFinite(all)) {
      return Double.NaN;
    }
    if (sum <= value) {
      return 0;
    }
    settle();
    for (long draw = 1; count > 0; draw++) {
      double corner = corner(draw);
      if (f(corner) > value) {
        low = corner;
      } else {
        high = corner;
      }
      settle();
    }
    // Without a falling value f is constant on the interval, and jumps nowhere.
    double lambda = slope > 0 ? (constant - value) / slope : low;
    return Math.min(Math.max(lambda, low), high);
  }

  /** A corner strictly inside the interval, of a random open value. */
  private double corner(long draw) {
    int pick = open[(int) Long.remainderUnsigned(Rng.mix(draw * Rng.GOLDEN), count)];
    double first = sizes[pick] - rooms[pick];
    double second = sizes[pick];
    boolean firstInside = first > low && first < high;
    boolean secondInside = second > low && second < high;
    if (firstInside && secondInside) {
      return draw % 2 == 0 ? first : second;
    }
    return firstInside ? first : second;
  }

  private double f(double lambda) {
    double sum = constant - slope * lambda;
    for (int k = 0; k < count; k++) {
      sum += Math.min(Math.max(sizes[open[k]] - lambda, 0), rooms[open[k]]);
    }
    return sum;
  }

  /** Adds up the values that have no corner inside the interval any more. */
  private void settle() {
    int kept = 0;
    for (int k = 0; k < count; k++) {
      int i = open[k];
      double size = sizes[i];
      double full = size - rooms[i];
      if (full >= high) {
        constant += rooms[i];
      } else if (size <= low) {
        continue;
      } else if (full <= low && size >= high) {
        constant += size;
        slope++;
      } else {
        open[kept++] = i;
      }
    }
    count = kept;
  }
}
