package dev.semblance.bench;

import java.util.Arrays;
import java.util.Locale;

/** Repeats, quartiles and one line for each figure. */
final class Measure {
  private Measure() {}

  /** Seconds of each of {@code repeats} calls, after {@code warmups}. */
  static double[] seconds(int warmups, int repeats, Runnable body) {
    for (int i = 0; i < warmups; i++) {
      body.run();
    }
    double[] seconds = new double[repeats];
    for (int i = 0; i < repeats; i++) {
      long start = System.nanoTime();
      body.run();
      seconds[i] = (System.nanoTime() - start) * 1e-9;
    }
    return seconds;
  }

  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  }

  /** {@code name: median unit (min .. max, n)}, values scaled. */
  static void print(String name, String unit, double scale, double... values) {
    double[] scaled = Arrays.stream(values).map(v -> v * scale).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "%-44s %10.4g %-9s (min %.4g, max %.4g, n %d)%n",
        name,
        median(scaled),
        unit,
        scaled[0],
        scaled[scaled.length - 1],
        scaled.length);
  }

  /** The same for a rate: items over seconds. */
  static void printRate(String name, String unit, double items, double... seconds) {
    print(name, unit, 1, Arrays.stream(seconds).map(s -> items / s).toArray());
  }
}
