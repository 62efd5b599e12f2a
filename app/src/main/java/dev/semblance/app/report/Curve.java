package dev.semblance.app.report;

import java.util.Arrays;

/**
 * A number followed over training. Curves of one chart share its axes.
 *
 * @param chart the title of the chart it is drawn in, for instance {@code Loss}
 * @param name the name of the line, for instance {@code train}
 * @param unit the unit of the values, may be empty
 * @param steps the steps, [n], ascending; borrowed, not copied
 * @param values the values, [n]; NaN and infinities are marked as gaps; borrowed, not copied
 */
@SuppressWarnings("ArrayRecordComponent") // plain columns, never compared
public record Curve(String chart, String name, String unit, long[] steps, double[] values) {
  public Curve {
    if (steps.length != values.length) {
      throw new IllegalArgumentException(
          "steps and values of curve "
              + name
              + " must have one length, got "
              + steps.length
              + " and "
              + values.length);
    }
  }

  /** A curve in a chart of its own. */
  public static Curve of(String name, String unit, long[] steps, double[] values) {
    return new Curve(name, name, unit, steps, values);
  }

  /** The mean of the finite values of each of some stretches, at the stretch's middle step. */
  Curve means(int stretches) {
    int n = values.length;
    long[] middles = new long[stretches];
    double[] means = new double[stretches];
    for (int s = 0; s < stretches; s++) {
      int from = (int) ((long) n * s / stretches);
      int to = (int) ((long) n * (s + 1) / stretches);
      middles[s] = steps[(from + to - 1) / 2];
      means[s] =
          Arrays.stream(values, from, to).filter(Double::isFinite).average().orElse(Double.NaN);
    }
    return new Curve(chart, name, unit, middles, means);
  }

  /**
   * A curve of at most about {@code most} points that looks the same: the smallest and the largest
   * value of every stretch stay, and the first one that is not finite.
   */
  Curve thinned(int most) {
    int n = values.length;
    if (n <= most) {
      return this;
    }
    int stretches = Math.max(1, most / 3);
    boolean[] kept = new boolean[n];
    for (int s = 0; s < stretches; s++) {
      int from = (int) ((long) n * s / stretches);
      int to = (int) ((long) n * (s + 1) / stretches);
      int least = -1;
      int largest = -1;
      int broken = -1;
      for (int i = from; i < to; i++) {
        if (!Double.isFinite(values[i])) {
          broken = broken < 0 ? i : broken;
        } else {
          least = least < 0 || values[i] < values[least] ? i : least;
          largest = largest < 0 || values[i] > values[largest] ? i : largest;
        }
      }
      for (int i : new int[] {least, largest, broken}) {
        if (i >= 0) {
          kept[i] = true;
        }
      }
    }
    kept[0] = true;
    kept[n - 1] = true;
    long[] thinSteps = new long[n];
    double[] thinValues = new double[n];
    int m = 0;
    for (int i = 0; i < n; i++) {
      if (kept[i]) {
        thinSteps[m] = steps[i];
        thinValues[m++] = values[i];
      }
    }
    return new Curve(chart, name, unit, Arrays.copyOf(thinSteps, m), Arrays.copyOf(thinValues, m));
  }
}
