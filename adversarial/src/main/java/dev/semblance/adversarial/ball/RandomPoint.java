package dev.semblance.adversarial.ball;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/** Draws a change for each row from the row's own key, and projects it. */
final class RandomPoint {
  private RandomPoint() {}

  /** What the draws of a batch depend on. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Keys(long seed, long[] samples, long step) {}

  /** A random change of one row. */
  @FunctionalInterface
  interface Draw {
    /** Fills {@code row} with a uniformly random point of the ball around 0. */
    void fill(Rng rng, double[] row, double radius);
  }

  static Tensor of(Norm norm, Tensor origin, Tensor radii, Box box, Keys keys, Draw draw) {
    double[] each = radii(origin, radii, keys);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            double[] values = Ops.toDoubles(origin);
            if (each.length > 0) {
              double[] change = new double[values.length / each.length];
              for (int row = 0; row < each.length; row++) {
                draw.fill(rng(keys, row), change, each[row]);
                for (int i = 0; i < change.length; i++) {
                  values[row * change.length + i] += change[i];
                }
              }
            }
            Tensor candidate = Ops.doubles(values, origin.shape());
            return scope.keep(norm.project(candidate, origin, radii, box));
          }
        });
  }

  /** The checked radii of a batch. */
  static double[] radii(Tensor origin, Tensor radii, Keys keys) {
    Rows.origin(origin);
    double[] each = Rows.each("radii", radii, origin.size(0), Double.MAX_VALUE);
    if (keys.samples.length != each.length) {
      throw new IllegalArgumentException(
          "samples must have one entry per row, " + each.length + ", got " + keys.samples.length);
    }
    return each;
  }

  /** The stream of one row. */
  static Rng rng(Keys keys, int row) {
    return Rng.of(keys.seed, Rng.Purpose.START, keys.samples[row], keys.step);
  }
}
