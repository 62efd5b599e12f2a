package dev.semblance.adversarial.blackbox;

/** Distances between images in plain arrays. */
final class Distances {
  private Distances() {}

  static double linf(double[] a, double[] b) {
    double most = 0;
    for (int i = 0; i < a.length; i++) {
      most = Math.max(most, Math.abs(a[i] - b[i]));
    }
    return most;
  }

  static double l2(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  /** Scales to unit length; leaves zeros. */
  static void normalize(double[] direction) {
    double sum = 0;
    for (double value : direction) {
      sum += value * value;
    }
    if (sum > 0) {
      double length = Math.sqrt(sum);
      for (int i = 0; i < direction.length; i++) {
        direction[i] /= length;
      }
    }
  }
}
