package dev.semblance.adversarial.ball;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class L1Test extends NormContract {
  @Override
  Norm norm() {
    return Norm.L1;
  }

  @Override
  double[] radii() {
    return new double[] {2, 0.8, 5, 1e-2, 7, 0.25, 3};
  }

  @Override
  double[] direction(Random random, double[] point) {
    double[] direction = new double[point.length];
    double sum = 0;
    for (int i = 0; i < direction.length; i++) {
      // Cubed: some directions are nearly those of one value.
      direction[i] = Math.pow(random.nextGaussian(), 3);
      sum += Math.abs(direction[i]);
    }
    for (int i = 0; i < direction.length; i++) {
      direction[i] /= sum;
    }
    return direction;
  }

  private static double used(double radius) {
    return radius * (1 - 1e-6);
  }

  private static double[] projected(double[] x, double[] change, double radius, Box box) {
    int d = x.length;
    Tensor origin = Ops.doubles(x, 1, d);
    Tensor candidate = origin.add(Ops.doubles(change, 1, d));
    Tensor radii = Ops.doubles(new double[] {radius}, 1);
    return Ops.toDoubles(Norm.L1.project(candidate, origin, radii, box).sub(origin));
  }

  @Test
  void goldenValues() {
    try (Scope scope = Scope.open()) {
      // By hand: theta = 1 leaves 3 - 1; then lambda = 0.3 with the first value at its room of 0.1.
      double[] change = {3, -1, 0.5};
      assertThat(projected(new double[3], change, 2, new Box(-9, 9)))
          .containsExactly(new double[] {2, 0, 0}, within(3e-6));
      assertThat(projected(new double[] {0.9, 0.5, 0.5}, change, 0.8, Box.UNIT))
          .containsExactly(new double[] {0.1, -0.5, 0.2}, within(1e-6));
    }
  }

  @Test
  void projectionOnBallAndBoxIsThatOfDykstra() {
    Random random = new Random(5);
    for (int round = 0; round < 30; round++) {
      int d = 2 + random.nextInt(15);
      try (Scope scope = Scope.open()) {
        double[] x = Ops.toDoubles(Draws.uniform(round, 0, 1, 1, d));
        double[] change = Ops.toDoubles(Draws.normal(round + 99, 1, 1, d));
        double radius = random.nextDouble(0.05, 1.5);
        double[] expected =
            Dykstra.project(change, v -> duchi(v, used(radius)), Dykstra.box(x), 20_000);
        assertThat(projected(x, change, radius, Box.UNIT)).containsExactly(expected, within(1e-7));
      }
    }
  }

  @Test
  void withoutABoxInTheWayProjectionIsThatOfSorting() {
    for (int round = 0; round < 50; round++) {
      try (Scope scope = Scope.open()) {
        int d = 1 + 7 * round;
        double[] change = Ops.toDoubles(Draws.normal(round, 1, 1, d));
        if (round % 3 == 0) {
          // Ties everywhere.
          for (int i = 0; i < d; i++) {
            change[i] = Math.rint(2 * change[i]) / 2;
          }
        }
        double radius = 0.05 + 0.4 * round;
        assertThat(projected(new double[d], change, radius, new Box(-1e3, 1e3)))
            .containsExactly(duchi(change, inside(change, radius)), within(1e-9));
      }
    }
  }

  private static double inside(double[] change, double radius) {
    return Arrays.stream(change).map(Math::abs).sum() <= radius ? radius : used(radius);
  }

  /** Duchi et al. 2008, Figure 1, on absolute values. */
  private static double[] duchi(double[] v, double radius) {
    double[] u = Arrays.stream(v).map(Math::abs).sorted().toArray();
    if (Arrays.stream(u).sum() <= radius) {
      return v.clone();
    }
    double sum = 0;
    double theta = 0;
    for (int j = 1; j <= u.length; j++) {
      double next = u[u.length - j];
      sum += next;
      if (next > (sum - radius) / j) {
        theta = (sum - radius) / j;
      }
    }
    double[] result = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      result[i] = Math.signum(v[i]) * Math.max(Math.abs(v[i]) - theta, 0);
    }
    return result;
  }

  @Test
  void theThresholdIsThatOfASweepOverSortedCorners() {
    Random random = new Random(8);
    for (int round = 0; round < 300; round++) {
      int d = 1 + random.nextInt(40);
      double[] sizes = new double[d];
      double[] rooms = new double[d];
      for (int i = 0; i < d; i++) {
        // Levels make ties; some values have no change, some no room.
        sizes[i] = round % 2 == 0 ? random.nextInt(6) / 4.0 : random.nextDouble(2);
        rooms[i] = round % 4 < 2 ? random.nextInt(5) / 4.0 : random.nextDouble();
      }
      double all = fall(sizes, rooms, 0);
      double value = all * random.nextDouble();
      double lambda = new Threshold(sizes, rooms, 0, d).at(value);
      assertThat(fall(sizes, rooms, lambda)).isCloseTo(value, within(1e-12));
      assertThat(lambda).isCloseTo(sweep(sizes, rooms, value), within(1e-12));
      assertThat(new Threshold(sizes, rooms, 0, d).at(all)).isZero();
      assertThat(fall(sizes, rooms, new Threshold(sizes, rooms, 0, d).at(0))).isLessThan(1e-12);
    }
  }

  private static double fall(double[] sizes, double[] rooms, double lambda) {
    double sum = 0;
    for (int i = 0; i < sizes.length; i++) {
      sum += Math.min(Math.max(sizes[i] - lambda, 0), rooms[i]);
    }
    return sum;
  }

  /** The least lambda at which the sum has fallen to the value, piece by piece. */
  private static double sweep(double[] sizes, double[] rooms, double value) {
    double[] corners = new double[2 * sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      corners[2 * i] = sizes[i];
      corners[2 * i + 1] = Math.max(sizes[i] - rooms[i], 0);
    }
    Arrays.sort(corners);
    double from = 0;
    double high = fall(sizes, rooms, 0);
    for (double to : corners) {
      double low = fall(sizes, rooms, to);
      if (low <= value && high > value) {
        return from + (to - from) * (high - value) / (high - low);
      }
      from = to;
      high = low;
    }
    return 0;
  }

  @Test
  void theThresholdOfANumberThatIsNoneIsNone() {
    double[] sizes = {1, Double.NaN};
    assertThat(new Threshold(sizes, new double[] {1, 1}, 0, 2).at(0.5)).isNaN();
    double[] endless = {1, Double.POSITIVE_INFINITY};
    assertThat(new Threshold(endless, new double[] {1, 1}, 0, 2).at(0.5)).isNaN();
  }

  @Test
  void theStepGoesWhereRoomIsLeft() {
    try (Scope scope = Scope.open()) {
      Tensor gradient = Ops.doubles(new double[] {5, -4, 3, -2}, 1, 4);
      // The first is at the top and wants up, the second at the bottom and wants down.
      Tensor point = Ops.doubles(new double[] {1, 0, 0.5, 0.5}, 1, 4);
      assertThat(Ops.toDoubles(Norm.L1.ascent(gradient, point, Box.UNIT)))
          .containsExactly(new double[] {0, 0, 1, 0}, within(0.0));
      assertThat(Ops.toDoubles(Norm.L1.ascent(gradient, point, new Box(-1, 2))))
          .containsExactly(new double[] {1, 0, 0, 0}, within(0.0));
      Tensor stuck = Ops.doubles(new double[] {1, 0, 1, 0}, 1, 4);
      assertThat(Ops.toDoubles(Norm.L1.ascent(gradient, stuck, Box.UNIT)))
          .containsExactly(new double[4], within(0.0));
    }
  }

  @Test
  void theShareOfARowSaysHowManyValuesMove() {
    try (Scope scope = Scope.open()) {
      Tensor gradient = Draws.normal(1, 1, 4, 1, 20, 20);
      Tensor point = Draws.uniform(2, 0.1, 0.9, 4, 1, 20, 20);
      Tensor shares = Ops.doubles(new double[] {0, 0.01, 0.1, 1}, 4);
      Tensor step = Norm.L1.ascent(gradient, point, Box.UNIT, shares);
      assertThat(Ops.toDoubles(Norm.L0.of(step))).containsExactly(1, 4, 40, 400);
      for (double length : Ops.toDoubles(Norm.L1.of(step))) {
        assertThat(length).isCloseTo(1, within(1e-12));
      }
      // Of the largest, and no smaller one.
      double[] moves = Ops.toDoubles(Draws.rows(step, 2));
      double[] slopes = Ops.toDoubles(Draws.rows(gradient, 2));
      double[] sorted = Arrays.stream(slopes).map(Math::abs).sorted().toArray();
      for (int i = 0; i < 400; i++) {
        boolean large = Math.abs(slopes[i]) >= sorted[360];
        assertThat(moves[i]).isCloseTo(large ? Math.signum(slopes[i]) / 40 : 0, within(1e-15));
      }
      // By default 1 %.
      Tensor plain = Norm.L1.ascent(gradient, point, Box.UNIT);
      assertThat(Draws.rows(plain, 1).equal(Draws.rows(step, 1))).isTrue();
      assertThatThrownBy(
              () ->
                  Norm.L1.ascent(
                      gradient, point, Box.UNIT, Ops.doubles(new double[] {0, 1.5, 0, 0}, 4)))
          .hasMessage("shares[1] must be in [0, 1.0], got 1.5");
    }
  }

  @Test
  void tiesMoveTogetherWhateverTheOthersTake() {
    try (Scope scope = Scope.open()) {
      Tensor gradient = Ops.doubles(new double[] {2, -2, 1, 0, 1, 2, 3, 4}, 2, 4);
      Tensor point = Draws.uniform(2, 0.1, 0.9, 2, 4);
      for (double share : new double[] {0, 0.5, 1}) {
        Tensor shares = Ops.doubles(new double[] {0, share}, 2);
        Tensor step = Norm.L1.ascent(gradient, point, Box.UNIT, shares);
        assertThat(Ops.toDoubles(Draws.rows(step, 0)))
            .containsExactly(new double[] {0.5, -0.5, 0, 0}, within(0.0));
      }
    }
  }

  @Test
  void randomPointsAreUniformInTheBall() {
    try (Scope scope = Scope.open()) {
      int n = 2000;
      int d = 5;
      Tensor origin = Ops.zeros(ScalarType.Double, n, d);
      Ball ball = Ball.of(Norm.L1, 0.7);
      long[] samples = LongStream.range(0, n).toArray();
      Tensor points = Norm.L1.random(origin, ball.radii(n), new Box(-10, 10), 1, samples, 0);
      double[] radius = Ops.toDoubles(Norm.L1.of(points));
      double[] values = Ops.toDoubles(points);
      double[] first = new double[n];
      for (int i = 0; i < n; i++) {
        radius[i] = Math.pow(radius[i] / 0.7, d);
        // |x_1| / r has the distribution function 1 - (1 - t)^d, its sign is even.
        double tail = Math.pow(1 - Math.abs(values[i * d]) / 0.7, d) / 2;
        first[i] = values[i * d] > 0 ? 1 - tail : tail;
      }
      assertThat(Draws.kolmogorovSmirnov(radius)).isLessThan(1.63); // 1 % level
      assertThat(Draws.kolmogorovSmirnov(first)).isLessThan(1.63);
    }
  }

  @Test
  void theNormIsTheSum() {
    try (Scope scope = Scope.open()) {
      Tensor delta = Ops.floats(new float[] {3, -4, 0, 0, 0, 5}, 2, 3);
      assertThat(Ops.toDoubles(Norm.L1.of(delta))).containsExactly(7, 5);
      assertThat(Ops.toDoubles(Norm.L1.dual(delta))).containsExactly(4, 5);
    }
  }
}
