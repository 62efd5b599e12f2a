package dev.semblance.adversarial.ball;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Random;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class LinfTest extends NormContract {
  @Override
  Norm norm() {
    return Norm.LINF;
  }

  @Override
  double[] radii() {
    return new double[] {8 / 255.0, 0.1, 0.3, 0.031, 1e-3, 0.5, 2};
  }

  @Override
  double[] direction(Random random, double[] point) {
    double[] direction = new double[point.length];
    double largest = 0;
    for (int i = 0; i < direction.length; i++) {
      direction[i] = random.nextDouble(-1, 1);
      largest = Math.max(largest, Math.abs(direction[i]));
    }
    for (int i = 0; i < direction.length; i++) {
      direction[i] /= largest;
    }
    return direction;
  }

  @Test
  void everyLevelOfEightBitsMovesAsFarAsTheBallAllowsAndNoFarther() {
    float[] levels = new float[256];
    for (int k = 0; k < 256; k++) {
      levels[k] = k / 255f;
    }
    // How many of the moves x +- eps in float32 that stay in the box leave even the ball of
    // float32(eps): counted by a script with Python's struct module, apart from this code.
    int[][] leaving = {{36, 8}, {143, 109}, {32, 0}};
    double[] radii = {8 / 255.0, 0.1, 0.3};
    try (Scope scope = Scope.open()) {
      Tensor origin = Ops.floats(levels, 256, 1);
      for (int r = 0; r < radii.length; r++) {
        double radius = radii[r];
        Ball ball = Ball.of(Norm.LINF, radius);
        for (int sign = 1; sign >= -1; sign -= 2) {
          Tensor far = origin.add(Ops.scalar(2.0 * sign));
          float[] reached = Ops.toFloats(ball.project(far, origin, Box.UNIT));
          int naive = 0;
          for (int k = 0; k < 256; k++) {
            double x = levels[k];
            float plain = levels[k] + sign * (float) radius;
            if (plain >= 0 && plain <= 1 && Math.abs(plain - x) > (float) radius) {
              naive++;
            }
            assertThat(reached[k]).isBetween(0f, 1f);
            assertThat(Math.abs(reached[k] - x)).isLessThanOrEqualTo(radius);
            float beyond = sign > 0 ? Math.nextUp(reached[k]) : Math.nextDown(reached[k]);
            boolean allowed = beyond >= 0 && beyond <= 1 && Math.abs(beyond - x) <= radius;
            assertThat(allowed).as("%s can move farther", x).isFalse();
          }
          assertThat(naive).isEqualTo(leaving[r][sign > 0 ? 0 : 1]);
        }
      }
    }
  }

  @Test
  void theBoxIsRoundedInwardsToo() {
    try (Scope scope = Scope.open()) {
      // float32(0.3) lies above 0.3, float32(0.7) below 0.7.
      Box box = new Box(0.15, 0.3);
      Tensor origin = Ops.floats(new float[] {0.2f, 0.25f}, 1, 2);
      Tensor far = Ops.floats(new float[] {9, -9}, 1, 2);
      Tensor projected = Ball.of(Norm.LINF, 1).project(far, origin, box);
      assertThat(box.contains(projected)).containsExactly(true);
      assertThat(Ops.toFloats(projected)[0]).isEqualTo(Math.nextDown(0.3f));
    }
  }

  @Test
  void projectionIsTheClampOfANaiveLoop() {
    try (Scope scope = Scope.open()) {
      Tensor origin = Draws.uniform(1, 0, 1, 3, 40);
      Tensor candidate = origin.add(Draws.normal(2, 0.3, 3, 40));
      double[] radii = {0.05, 0.2, 0.4};
      double[] projected =
          Ops.toDoubles(
              Norm.LINF.project(candidate, origin, Ops.doubles(radii, 3), new Box(0.1, 0.8)));
      double[] x = Ops.toDoubles(origin);
      double[] wanted = Ops.toDoubles(candidate);
      for (int i = 0; i < x.length; i++) {
        double low = Math.max(x[i] - radii[i / 40], 0.1);
        double high = Math.min(x[i] + radii[i / 40], 0.8);
        double expected = low > high ? (x[i] < 0.1 ? 0.1 : 0.8) : Math.clamp(wanted[i], low, high);
        assertThat(Math.abs(projected[i] - expected)).isLessThan(1e-15);
      }
    }
  }

  @Test
  void boundsOnceAreTheProjectionOfEveryCandidate() {
    try (Scope scope = Scope.open()) {
      Tensor origin = Draws.levels(1, 4, 1, 3, 3);
      Tensor radii = Ops.doubles(new double[] {0.1, 0.2, 0.3, 8 / 255.0}, 4);
      Linf.Bounds bounds = Norm.LINF.bounds(origin, radii, Box.UNIT);
      for (int k = 0; k < 3; k++) {
        Tensor candidate = origin.add(Draws.normal(k, 0.4, 4, 1, 3, 3));
        Tensor projected = Norm.LINF.project(candidate, origin, radii, Box.UNIT);
        assertThat(bounds.clamp(candidate).equal(projected)).isTrue();
      }
      assertThatThrownBy(() -> bounds.clamp(Draws.levels(1, 4, 1, 3, 2)))
          .hasMessage("candidate must have the shape of bounds, [4, 1, 3, 3], got [4, 1, 3, 2]");
    }
  }

  @Test
  void randomStartsAreUniformInEveryValue() {
    try (Scope scope = Scope.open()) {
      int n = 600;
      Box wide = new Box(-10, 10);
      Tensor origin = Ops.zeros(ScalarType.Double, n, 5);
      Ball ball = Ball.of(Norm.LINF, 0.25);
      long[] samples = LongStream.range(0, n).toArray();
      double[] values = Ops.toDoubles(Norm.LINF.random(origin, ball.radii(n), wide, 7, samples, 0));
      double[] unit = new double[values.length];
      for (int i = 0; i < unit.length; i++) {
        unit[i] = (values[i] / 0.25 + 1) / 2;
      }
      assertThat(Draws.kolmogorovSmirnov(unit)).isLessThan(1.63); // 1 % level
    }
  }

  @Test
  void theNormIsTheLargestChange() {
    try (Scope scope = Scope.open()) {
      Tensor delta = Ops.floats(new float[] {0.25f, -0.5f, 0, 0, 0, 0.125f}, 2, 3);
      assertThat(Ops.toDoubles(Norm.LINF.of(delta))).containsExactly(0.5, 0.125);
      assertThat(Ops.toDoubles(Norm.LINF.dual(delta))).containsExactly(0.75, 0.125);
    }
  }
}
