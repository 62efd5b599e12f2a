package dev.semblance.adversarial.ball;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Random;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class L2Test extends NormContract {
  @Override
  Norm norm() {
    return Norm.L2;
  }

  @Override
  double[] radii() {
    return new double[] {0.5, 0.25, 1, 1e-3, 2, 1.7, 0.031};
  }

  @Override
  double[] direction(Random random, double[] point) {
    double[] direction = new double[point.length];
    double squares = 0;
    for (int i = 0; i < direction.length; i++) {
      direction[i] = random.nextGaussian();
      squares += direction[i] * direction[i];
    }
    for (int i = 0; i < direction.length; i++) {
      direction[i] /= Math.sqrt(squares);
    }
    return direction;
  }

  /** The used part of the radius. */
  private static double used(double radius) {
    return radius * (1 - 1e-6);
  }

  @Test
  void projectionOnBallAndBoxIsThatOfDykstra() {
    Random random = new Random(5);
    for (int round = 0; round < 30; round++) {
      int d = 2 + random.nextInt(20);
      try (Scope scope = Scope.open()) {
        double[] x = Ops.toDoubles(Draws.uniform(round, 0, 1, 1, d));
        double[] change = Ops.toDoubles(Draws.normal(round + 99, 1, 1, d));
        double radius = random.nextDouble(0.05, 0.6);
        double[] expected =
            Dykstra.project(change, v -> shortened(v, used(radius)), Dykstra.box(x), 20_000);
        assertThat(projected(x, change, radius)).containsExactly(expected, within(1e-7));
      }
    }
  }

  private static double[] shortened(double[] v, double radius) {
    double length = Math.sqrt(product(v, v));
    double[] next = v.clone();
    for (int i = 0; i < v.length && length > radius; i++) {
      next[i] *= radius / length;
    }
    return next;
  }

  @Test
  void projectionSolvesTheEquationOfItsMultiplierOnWideRows() {
    for (int round = 0; round < 20; round++) {
      try (Scope scope = Scope.open()) {
        int d = 500;
        double[] x = Ops.toDoubles(Draws.uniform(round, 0, 1, 1, d));
        double[] change = Ops.toDoubles(Draws.normal(round + 99, round < 10 ? 0.5 : 50, 1, d));
        double radius = 0.3 * (round + 1);
        // t_i = min(|delta_i| / (1 + mu), room_i): mu by bisection.
        double low = 0;
        double high = 1e6;
        for (int k = 0; k < 200; k++) {
          double mu = (low + high) / 2;
          double[] t = atMultiplier(x, change, mu);
          if (product(t, t) > used(radius) * used(radius)) {
            low = mu;
          } else {
            high = mu;
          }
        }
        assertThat(projected(x, change, radius))
            .containsExactly(atMultiplier(x, change, high), within(1e-9));
      }
    }
  }

  private static double[] atMultiplier(double[] x, double[] change, double mu) {
    double[] t = new double[x.length];
    for (int i = 0; i < t.length; i++) {
      double room = change[i] > 0 ? 1 - x[i] : x[i];
      t[i] = Math.signum(change[i]) * Math.min(Math.abs(change[i]) / (1 + mu), room);
    }
    return t;
  }

  @Test
  void scalingThenClampingIsNotTheNearest() {
    try (Scope scope = Scope.open()) {
      // The first value has no room: all of the radius belongs to the second.
      double[] moved = projected(new double[] {1, 0.2}, new double[] {3, 4}, 0.5);
      assertThat(moved).containsExactly(new double[] {0, used(0.5)}, within(1e-12));
    }
  }

  private static double[] projected(double[] x, double[] change, double radius) {
    int d = x.length;
    Tensor origin = Ops.doubles(x, 1, d);
    Tensor candidate = origin.add(Ops.doubles(change, 1, d));
    Tensor radii = Ops.doubles(new double[] {radius}, 1);
    return Ops.toDoubles(Norm.L2.project(candidate, origin, radii, Box.UNIT).sub(origin));
  }

  @Test
  void randomPointsAreUniformInTheBall() {
    try (Scope scope = Scope.open()) {
      int n = 2000;
      int d = 6;
      Tensor origin = Ops.zeros(ScalarType.Double, n, d);
      Ball ball = Ball.of(Norm.L2, 0.7);
      long[] samples = LongStream.range(0, n).toArray();
      Tensor points = Norm.L2.random(origin, ball.radii(n), new Box(-10, 10), 1, samples, 0);
      double[] radius = Ops.toDoubles(Norm.L2.of(points));
      for (int i = 0; i < n; i++) {
        radius[i] = Math.pow(radius[i] / 0.7, d);
      }
      assertThat(Draws.kolmogorovSmirnov(radius)).isLessThan(1.63); // 1 % level
      // No direction is preferred: E x x^T = 0.7^2 / (d + 2) I, five standard errors.
      double[] moments = Ops.toDoubles(points.t().mm(points).div(Ops.scalar(n)));
      double variance = 0.49 / (d + 2);
      for (int i = 0; i < moments.length; i++) {
        double expected = i % (d + 1) == 0 ? variance : 0;
        assertThat(moments[i]).isCloseTo(expected, within(5 * variance * Math.sqrt(2.0 / n)));
      }
    }
  }

  @Test
  void theNormIsTheLength() {
    try (Scope scope = Scope.open()) {
      Tensor delta = Ops.floats(new float[] {3, -4, 0, 0, 0, 5}, 2, 3);
      assertThat(Ops.toDoubles(Norm.L2.of(delta))).containsExactly(5, 5);
      assertThat(Ops.toDoubles(Norm.L2.dual(delta))).containsExactly(5, 5);
    }
  }
}
