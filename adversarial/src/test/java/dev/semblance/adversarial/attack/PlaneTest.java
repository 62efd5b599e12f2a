package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class PlaneTest {
  private static final int WIDTH = 6;

  private static double[] way(Norm norm, double[] x, double[] w, double value) {
    try (Scope scope = Scope.open()) {
      Tensor point = Ops.doubles(x, 1, x.length);
      Tensor normal = Ops.doubles(w, 1, w.length);
      return Ops.toDoubles(
          Plane.way(norm, point, normal, Ops.doubles(new double[] {value}, 1), Box.UNIT));
    }
  }

  /** Worked by hand: height 1 over slopes 2, -1, 0 from (.9, .5, .5). */
  @Test
  void knownWays() {
    double[] x = {0.9, 0.5, 0.5};
    double[] w = {2, -1, 0};
    // 2 * .1 + t = .6
    assertThat(way(Norm.LINF, x, w, -0.6)).containsExactly(new double[] {0.1, -0.4, 0}, near());
    // 2 * .1 + t * 1 with t <= .1 / 2 no more
    assertThat(way(Norm.L2, x, w, -0.6)).containsExactly(new double[] {0.1, -0.4, 0}, near());
    // room for both: 4 t + t = .2
    assertThat(way(Norm.L2, x, w, -0.2)).containsExactly(new double[] {0.08, -0.04, 0}, near());
    assertThat(way(Norm.LINF, x, w, -0.15)).containsExactly(new double[] {0.05, -0.05, 0}, near());
    assertThat(way(Norm.L1, x, w, -0.3)).containsExactly(new double[] {0.1, -0.1, 0}, near());
    // down instead of up
    assertThat(way(Norm.L1, x, w, 0.3)).containsExactly(new double[] {-0.15, 0, 0}, near());
    // out of reach: the corner
    assertThat(way(Norm.L2, x, w, -9)).containsExactly(new double[] {0.1, -0.5, 0}, near());
  }

  private static Offset<Double> near() {
    return Offset.offset(1e-12);
  }

  /** On the plane, in the box, and no longer than any of many other ways. */
  @Test
  void noOtherWayIsShorter() {
    Rng rng = Rng.of(1, Rng.Purpose.OTHER);
    try (Scope scope = Scope.open()) {
      for (int trial = 0; trial < 60; trial++) {
        double[] x = new double[WIDTH];
        double[] w = new double[WIDTH];
        double most = 0;
        for (int i = 0; i < WIDTH; i++) {
          x[i] = rng.nextDouble();
          w[i] = rng.gaussian();
          most += Math.abs(w[i]) * (w[i] > 0 ? 1 - x[i] : x[i]);
        }
        double height = rng.nextDouble() * most;
        for (Norm norm : new Norm[] {Norm.LINF, Norm.L2, Norm.L1}) {
          double[] way = way(norm, x, w, -height);
          double climbed = 0;
          for (int i = 0; i < WIDTH; i++) {
            climbed += way[i] * w[i];
            assertThat(x[i] + way[i]).isBetween(-1e-12, 1 + 1e-12);
          }
          assertThat(climbed).isCloseTo(height, Offset.offset(1e-9));
          double length = norm.of(Ops.doubles(way, 1, WIDTH)).item_double();
          for (int other = 0; other < 50; other++) {
            // A random point of the box above the plane, pulled back to the plane.
            double[] change = new double[WIDTH];
            double up = 0;
            for (int i = 0; i < WIDTH; i++) {
              double end = w[i] > 0 ? 1 : 0;
              double share = rng.nextDouble();
              change[i] = (end - x[i]) * (1 - share * share * share);
              up += change[i] * w[i];
            }
            if (up >= height) {
              for (int i = 0; i < WIDTH; i++) {
                change[i] *= height / up;
              }
              assertThat(norm.of(Ops.doubles(change, 1, WIDTH)).item_double())
                  .isGreaterThan(length - 1e-9);
            }
          }
        }
      }
    }
  }
}
