package dev.semblance.adversarial.attack;

/** A value that falls along half a cosine. */
final class Cosine {
  private Cosine() {}

  /** {@code first} at step 0, {@code last} at the last of {@code steps}. */
  static double from(double first, double last, int step, int steps) {
    double share = steps < 2 ? 0 : (double) step / (steps - 1);
    return last + (first - last) * (1 + Math.cos(Math.PI * share)) / 2;
  }
}
