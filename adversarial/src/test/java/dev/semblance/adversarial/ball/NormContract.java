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

/** What every norm holds to. */
abstract class NormContract {
  private static final long[] SHAPE = {7, 3, 4, 5};
  private static final long[] MIXED = {4, 0, 6, 2, 1, 5, 3};

  abstract Norm norm();

  /** Radii at which both ball and box cut random candidates of 60 values, one for each row. */
  abstract double[] radii();

  /** Whether its balls are convex. */
  boolean convex() {
    return true;
  }

  private Tensor radiiTensor() {
    return Ops.doubles(radii(), radii().length);
  }

  /** The elements of a batch in another order. */
  private static double[] mixed(double[] values) {
    return Arrays.stream(MIXED).mapToDouble(row -> values[(int) row]).toArray();
  }

  @Test
  void projectionEndsInsideBallAndBoxAsStored() {
    for (int round = 0; round < 50; round++) {
      try (Scope scope = Scope.open()) {
        Tensor origin = Draws.levels(round, SHAPE);
        Tensor candidate = origin.add(Draws.normal(round + 900, 0.4, SHAPE));
        Tensor projected = norm().project(candidate, origin, radiiTensor(), Box.UNIT);
        assertThat(projected.scalar_type().intern()).isEqualTo(ScalarType.Float);
        assertThat(projected.shape()).isEqualTo(SHAPE);
        for (int row = 0; row < 7; row++) {
          Tensor point = Draws.rows(projected, row);
          Tensor start = Draws.rows(origin, row);
          assertThat(Ball.of(norm(), radii()[row]).contains(point, start)).containsExactly(true);
        }
        assertThat(Box.UNIT.contains(projected)).doesNotContain(false);
        // Not by staying at home: the ball is used up, unless the box is smaller.
        double[] used = Ops.toDoubles(norm().of(projected.sub(origin).to(ScalarType.Double)));
        for (int row = 0; row < 7; row++) {
          assertThat(used[row]).isGreaterThan(0.99 * Math.min(radii()[row], 0.5));
        }
      }
    }
  }

  @Test
  void projectionTwiceIsProjectionOnce() {
    for (int round = 0; round < 20; round++) {
      try (Scope scope = Scope.open()) {
        for (ScalarType type : new ScalarType[] {ScalarType.Float, ScalarType.Double}) {
          Tensor origin = Draws.levels(round, SHAPE).to(type);
          Tensor candidate = origin.add(Draws.normal(round + 900, 0.4, SHAPE));
          Tensor once = norm().project(candidate, origin, radiiTensor(), Box.UNIT);
          Tensor twice = norm().project(once, origin, radiiTensor(), Box.UNIT);
          assertThat(twice.equal(once)).isTrue();
          assertThat(once.scalar_type().intern()).isEqualTo(type);
        }
      }
    }
  }

  @Test
  void whatIsInsideStaysBitForBit() {
    try (Scope scope = Scope.open()) {
      Tensor origin = Draws.levels(1, SHAPE);
      long[] samples = LongStream.range(0, 7).toArray();
      Tensor inside = norm().random(origin, radiiTensor(), Box.UNIT, 3, samples, 0);
      assertThat(norm().project(inside, origin, radiiTensor(), Box.UNIT).equal(inside)).isTrue();
      assertThat(norm().project(origin, origin, radiiTensor(), Box.UNIT).equal(origin)).isTrue();
      Tensor zero = radiiTensor().mul(Ops.scalar(0));
      assertThat(norm().project(inside, origin, zero, Box.UNIT).equal(origin)).isTrue();
    }
  }

  @Test
  void anInfiniteRadiusLeavesTheBox() {
    try (Scope scope = Scope.open()) {
      Tensor origin = Draws.levels(1, SHAPE);
      Tensor candidate = Draws.floats(origin.add(Draws.normal(2, 0.4, SHAPE)));
      double[] radii = radii();
      radii[2] = Double.POSITIVE_INFINITY;
      Tensor projected = norm().project(candidate, origin, Ops.doubles(radii, 7), Box.UNIT);
      Tensor clamped = Box.UNIT.clamp(candidate);
      assertThat(Draws.rows(projected, 2).equal(Draws.rows(clamped, 2))).isTrue();
      assertThat(Draws.rows(projected, 3).equal(Draws.rows(clamped, 3))).isFalse();
    }
  }

  @Test
  void noFeasiblePointIsNearer() {
    for (int round = 0; round < 3; round++) {
      try (Scope scope = Scope.open()) {
        Tensor origin = Draws.uniform(round, 0, 1, 1, 1, 3, 4);
        Tensor candidate = origin.add(Draws.normal(round + 50, 0.6, 1, 1, 3, 4));
        Tensor radius = Ops.doubles(new double[] {radii()[round]}, 1);
        Tensor projected = norm().project(candidate, origin, radius, Box.UNIT);
        double best = distances(projected, candidate)[0];
        int n = 1000;
        Tensor origins = origin.repeat(n, 1, 1, 1);
        Tensor candidates = candidate.repeat(n, 1, 1, 1);
        long[] samples = LongStream.range(0, n).toArray();
        Tensor anywhere = norm().random(origins, radius.repeat(n), Box.UNIT, 5, samples, round);
        double[] far = distances(anywhere, candidates);
        // Points around the projection, which is where a nearer one would have to be.
        Tensor around = projected.repeat(n, 1, 1, 1).add(Draws.normal(round, 0.02, n, 1, 3, 4));
        Tensor near = norm().project(around, origins, radius.repeat(n), Box.UNIT);
        double[] close = distances(near, candidates);
        for (int i = 0; i < n; i++) {
          assertThat(far[i]).isGreaterThan(best - 2e-6);
          assertThat(close[i]).isGreaterThan(best - 2e-6);
        }
      }
    }
  }

  @Test
  void projectionBringsNoTwoPointsFartherApart() {
    if (!convex()) {
      return;
    }
    for (int round = 0; round < 100; round++) {
      try (Scope scope = Scope.open()) {
        Tensor origin = Draws.uniform(round, 0, 1, SHAPE);
        Tensor a = origin.add(Draws.normal(round + 1000, 0.4, SHAPE));
        Tensor b = a.add(Draws.normal(round + 2000, round % 2 == 0 ? 0.3 : 1e-3, SHAPE));
        double[] before = distances(a, b);
        double[] after =
            distances(
                norm().project(a, origin, radiiTensor(), Box.UNIT),
                norm().project(b, origin, radiiTensor(), Box.UNIT));
        for (int row = 0; row < 7; row++) {
          assertThat(after[row]).isLessThanOrEqualTo(before[row] + 2e-6);
        }
      }
    }
  }

  private static double[] distances(Tensor a, Tensor b) {
    return Ops.toDoubles(Norm.L2.of(a.to(ScalarType.Double).sub(b.to(ScalarType.Double))));
  }

  @Test
  void rowsDependOnNeitherCompanyNorOrder() {
    try (Scope scope = Scope.open()) {
      rowsAlone(SHAPE);
    }
  }

  /** A lone row this long is added up by several threads unless something is done about it. */
  @Test
  void longRowsDependOnNeitherCompanyNorOrder() {
    try (Scope scope = Scope.open()) {
      rowsAlone(7, 3, 128, 130);
    }
  }

  private void rowsAlone(long... shape) {
    double scale = shape[2] > 100 ? 10 : 1;
    double[] radii =
        Arrays.stream(radii()).map(r -> norm() instanceof Linf ? r : r * scale).toArray();
    long[] samples = {11, 5, 8, 1L << 40, 0, 3, 7};
    long[] mixedSamples = Arrays.stream(MIXED).map(row -> samples[(int) row]).toArray();
    Tensor origin = Draws.levels(1, shape);
    Tensor gradient = Draws.floats(Draws.normal(3, 1e-3, shape));
    Tensor candidate = Draws.floats(origin.add(Draws.normal(2, 0.2, shape)));
    Tensor mixedRadii = Ops.doubles(mixed(radii), 7);
    Tensor perRow = Ops.doubles(radii, 7);
    Tensor[] whole = all(origin, candidate, gradient, perRow, samples);
    Tensor[] other =
        all(
            Draws.rows(origin, MIXED),
            Draws.rows(candidate, MIXED),
            Draws.rows(gradient, MIXED),
            mixedRadii,
            mixedSamples);
    for (int k = 0; k < whole.length; k++) {
      assertThat(other[k].equal(Draws.rows(whole[k], MIXED))).as("operation %d", k).isTrue();
    }
    for (int row = 0; row < 7; row++) {
      Tensor[] alone =
          all(
              Draws.rows(origin, row),
              Draws.rows(candidate, row),
              Draws.rows(gradient, row),
              Ops.doubles(new double[] {radii[row]}, 1),
              samples[row]);
      for (int k = 0; k < whole.length; k++) {
        assertThat(alone[k].equal(Draws.rows(whole[k], row))).as("operation %d", k).isTrue();
      }
    }
  }

  private Tensor[] all(
      Tensor origin, Tensor candidate, Tensor gradient, Tensor radii, long... samples) {
    return new Tensor[] {
      norm().project(candidate, origin, radii, Box.UNIT),
      norm().random(origin, radii, Box.UNIT, 4, samples, 2),
      norm().ascent(gradient, origin, Box.UNIT),
      norm().of(candidate.sub(origin)),
      norm().dual(gradient),
    };
  }

  @Test
  void nanStaysInItsRow() {
    try (Scope scope = Scope.open()) {
      Tensor origin = Draws.levels(1, SHAPE);
      Tensor candidate = Draws.floats(origin.add(Draws.normal(2, 0.4, SHAPE)));
      Tensor good = norm().project(candidate, origin, radiiTensor(), Box.UNIT);
      Tensor goodStep = norm().ascent(candidate, origin, Box.UNIT);
      float[] values = Ops.toFloats(candidate);
      values[2 * 60 + 17] = Float.NaN;
      Tensor spoiled = Ops.floats(values, SHAPE);
      Tensor bad = norm().project(spoiled, origin, radiiTensor(), Box.UNIT);
      long[] rest = {0, 1, 3, 4, 5, 6};
      assertThat(Draws.rows(bad, rest).equal(Draws.rows(good, rest))).isTrue();
      assertThat(Draws.rows(bad, 2).isnan().any().item_bool()).isTrue();
      assertThat(Ball.of(norm(), 60).contains(bad, origin)[2]).isFalse();
      assertThat(Ball.of(norm(), 60).contains(bad, origin)[3]).isTrue();
      assertThat(Box.UNIT.contains(bad)[2]).isFalse();
      Tensor step = norm().ascent(spoiled, origin, Box.UNIT);
      assertThat(Draws.rows(step, rest).equal(Draws.rows(goodStep, rest))).isTrue();
    }
  }

  @Test
  void aZeroGradientGivesNoStepAndNoNan() {
    try (Scope scope = Scope.open()) {
      Tensor gradient = Draws.floats(Draws.normal(1, 1, SHAPE));
      gradient.narrow(0, 2, 1).zero_();
      Tensor step = norm().ascent(gradient, Draws.levels(2, SHAPE), Box.UNIT);
      assertThat(step.isnan().any().item_bool()).isFalse();
      double[] lengths = Ops.toDoubles(norm().of(step));
      assertThat(lengths[2]).isZero();
      for (int row = 0; row < 7; row++) {
        assertThat(lengths[row]).isCloseTo(row == 2 ? 0 : 1, within(1e-6));
      }
      assertThat(Ops.toDoubles(norm().dual(gradient))[2]).isZero();
    }
  }

  @Test
  void theSmallestAndLargestGradientsHaveADirection() {
    try (Scope scope = Scope.open()) {
      for (double size : new double[] {1e-44, 1e37}) {
        Tensor gradient = Ops.floats(new float[] {(float) size, 0, 0, 0}, 1, 4);
        Tensor step = norm().ascent(gradient, Ops.floats(new float[] {0, 0, 0, 0}, 1, 4), Box.UNIT);
        assertThat(Ops.toDoubles(step)).containsExactly(new double[] {1, 0, 0, 0}, within(0.0));
      }
      Tensor gradient = Ops.doubles(new double[] {0, -1e-300, 0}, 1, 3);
      Tensor step = norm().ascent(gradient, Ops.doubles(new double[] {1, 1, 1}, 1, 3), Box.UNIT);
      assertThat(Ops.toDoubles(step)).containsExactly(new double[] {0, -1, 0}, within(0.0));
    }
  }

  @Test
  void noDirectionOfUnitNormIsSteeper() {
    int d = 12;
    for (int round = 0; round < 5; round++) {
      try (Scope scope = Scope.open()) {
        double[] gradient = Ops.toDoubles(Draws.normal(round, 1, 1, d));
        double[] point = Ops.toDoubles(Draws.uniform(round + 9, 0, 1, 1, d));
        double[] step =
            Ops.toDoubles(
                norm().ascent(Ops.doubles(gradient, 1, d), Ops.doubles(point, 1, d), Box.UNIT));
        double best = product(gradient, step);
        assertThat(best).isPositive();
        Random random = new Random(round);
        for (int i = 0; i < 1000; i++) {
          double[] direction = direction(random, point);
          assertThat(product(gradient, direction)).isLessThanOrEqualTo(best + 1e-12);
        }
      }
    }
  }

  /** A random direction of norm 1 that may be taken from a point in [0, 1]. */
  abstract double[] direction(Random random, double[] point);

  static double product(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void theDualIsWhatTheSteepestStepGains() {
    try (Scope scope = Scope.open()) {
      // From the lower corner along positive gradients every norm has all the room it wants.
      Tensor gradient = Draws.uniform(1, 0.1, 1, 7, 1, 3, 4);
      Tensor point = gradient.mul(Ops.scalar(0));
      Tensor step = norm().ascent(gradient, point, Box.UNIT);
      double[] gains = Ops.toDoubles(gradient.mul(step).sum(1, 2, 3));
      double[] dual = Ops.toDoubles(norm().dual(gradient));
      for (int row = 0; row < 7; row++) {
        assertThat(dual[row]).isCloseTo(gains[row], within(1e-12));
      }
    }
  }

  @Test
  void everyPartOfTheKeyDecidesTheRandomPoint() {
    try (Scope scope = Scope.open()) {
      Tensor origin = Draws.levels(1, 2, 3, 4, 5);
      Tensor radii = Ops.doubles(new double[] {radii()[0], radii()[0]}, 2);
      Tensor base = norm().random(origin, radii, Box.UNIT, 1, new long[] {2, 3}, 4);
      Tensor same = norm().random(origin, radii, Box.UNIT, 1, new long[] {2, 3}, 4);
      assertThat(same.equal(base)).isTrue();
      Tensor[] others = {
        norm().random(origin, radii, Box.UNIT, 9, new long[] {2, 3}, 4),
        norm().random(origin, radii, Box.UNIT, 1, new long[] {9, 10}, 4),
        norm().random(origin, radii, Box.UNIT, 1, new long[] {2, 3}, 9),
        norm().random(origin, radii.mul(Ops.scalar(3)), Box.UNIT, 1, new long[] {2, 3}, 4),
        norm().random(origin, radii, new Box(0.4, 0.6), 1, new long[] {2, 3}, 4),
      };
      for (int k = 0; k < others.length; k++) {
        for (int row = 0; row < 2; row++) {
          assertThat(Draws.rows(others[k], row).equal(Draws.rows(base, row)))
              .as("option %d, row %d", k, row)
              .isFalse();
        }
      }
    }
  }

  @Test
  void randomPointsLieInsideBallAndBoxAsStored() {
    try (Scope scope = Scope.open()) {
      int n = 300;
      Tensor origin = Draws.levels(1, n, 3, 4, 5);
      long[] samples = LongStream.range(0, n).toArray();
      double radius = radii()[0];
      Ball ball = Ball.of(norm(), radius);
      Tensor points = norm().random(origin, ball.radii(n), Box.UNIT, 1, samples, 0);
      assertThat(ball.contains(points, origin)).doesNotContain(false);
      assertThat(Box.UNIT.contains(points)).doesNotContain(false);
      assertThat(points.equal(origin)).isFalse();
    }
  }

  @Test
  void nobodysTensorsAreChangedAndNoGradientIsRecorded() {
    try (Scope scope = Scope.open()) {
      for (ScalarType type : new ScalarType[] {ScalarType.Float, ScalarType.Double}) {
        Tensor origin = Draws.levels(1, SHAPE).to(type);
        Tensor candidate = origin.add(Draws.normal(2, 0.4, SHAPE)).to(type);
        Tensor radii = radiiTensor();
        Tensor[] given = {origin, candidate, radii};
        Tensor[] copies = {origin.clone(), candidate.clone(), radii.clone()};
        candidate.set_requires_grad(true);
        long[] samples = new long[7];
        Tensor[] results = all(origin, candidate, candidate, radii, samples);
        for (int k = 0; k < given.length; k++) {
          assertThat(given[k].equal(copies[k])).as("argument %d of %s", k, type).isTrue();
        }
        for (int k = 0; k < results.length; k++) {
          assertThat(results[k].requires_grad()).as("result %d", k).isFalse();
        }
        results[0].zero_();
        results[2].zero_();
        assertThat(candidate.detach().equal(copies[1])).isTrue();
      }
    }
  }

  @Test
  void noRowsGiveNoRows() {
    try (Scope scope = Scope.open()) {
      Tensor none = Ops.zeros(ScalarType.Float, 0, 3, 4, 5);
      Tensor radii = Ops.zeros(ScalarType.Double, 0);
      for (Tensor result : all(none, none, none, radii)) {
        assertThat(result.size(0)).isZero();
      }
    }
  }

  @Test
  void badArgumentsAreNamed() {
    try (Scope scope = Scope.open()) {
      Tensor origin = Draws.levels(1, 2, 1, 2, 2);
      Tensor radii = Ops.doubles(new double[] {1, 1}, 2);
      assertThatThrownBy(
              () -> project(origin, origin, Ops.doubles(new double[] {1, Double.NaN}, 2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("radii[1] must be >= 0, got NaN");
      assertThatThrownBy(() -> project(origin, origin, Ops.doubles(new double[] {-1, 1}, 2)))
          .hasMessage("radii[0] must be >= 0, got -1.0");
      assertThatThrownBy(() -> project(origin, origin, Ops.doubles(new double[] {1, 1, 1}, 3)))
          .hasMessage("radii must be [2], one per row, got [3]");
      assertThatThrownBy(() -> project(origin, origin, Ops.floats(new float[] {1, 1}, 2)))
          .hasMessageStartingWith("radii must be float64, got ");
      assertThatThrownBy(() -> project(Draws.levels(1, 2, 1, 2, 3), origin, radii))
          .hasMessage("candidate must have the shape of origin, [2, 1, 2, 2], got [2, 1, 2, 3]");
      assertThatThrownBy(() -> project(origin, origin.to(ScalarType.Long), radii))
          .hasMessageStartingWith("origin must be floating point, got ");
      assertThatThrownBy(() -> project(origin, origin.to(ScalarType.Half), radii))
          .hasMessage("origin must be float32 or float64, got Half");
      assertThatThrownBy(() -> norm().of(Ops.doubles(new double[] {1, 2}, 2)))
          .hasMessageStartingWith("delta must be [n, ")
          .hasMessageEndingWith("got [2]");
      assertThatThrownBy(() -> norm().dual(Ops.longs(new long[] {1, 2}, 1, 2)))
          .hasMessageStartingWith("gradient must be floating point, got ");
      assertThatThrownBy(() -> norm().ascent(origin, Draws.levels(1, 1, 1, 2, 2), Box.UNIT))
          .hasMessage("point must have the shape of gradient, [2, 1, 2, 2], got [1, 1, 2, 2]");
      assertThatThrownBy(() -> norm().random(origin, radii, Box.UNIT, 0, new long[] {1, 2, 3}, 0))
          .hasMessage("samples must have one entry per row, 2, got 3");
      Tensor endless = Ops.doubles(new double[] {1, Double.POSITIVE_INFINITY}, 2);
      assertThatThrownBy(() -> norm().random(origin, endless, Box.UNIT, 0, new long[] {1, 2}, 0))
          .hasMessage("radii[1] must be finite and >= 0, got Infinity");
    }
  }

  private Tensor project(Tensor candidate, Tensor origin, Tensor radii) {
    return norm().project(candidate, origin, radii, Box.UNIT);
  }
}
