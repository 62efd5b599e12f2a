package dev.semblance.adversarial.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** {@link Nes} and {@link Spsa}. */
class GradientEstimatesTest {
  private static final int WIDTH = 64;
  private static final Box WIDE = new Box(-100, 100);

  @Nested
  class Evolution extends SearchContract {
    @Override
    SearchAttack attack(long seed) {
      return new Nes(Ball.of(Norm.LINF, 0.1), 10, 0.001, 0.03, 12, seed);
    }

    @Override
    int leftOver() {
      return 2; // a pair and the point it leads to, or nothing
    }
  }

  @Nested
  class Signs extends SearchContract {
    @Override
    SearchAttack attack(long seed) {
      return new Spsa(Ball.of(Norm.L2, 1), 10, 0.01, 0.02, 30, seed);
    }

    @Override
    int leftOver() {
      return 2;
    }
  }

  /** The estimate that an ascent on a plane comes to, with the given directions. */
  private static double[] estimate(
      Plane model, double[] point, double width, int pairs, PairedAscent.Draw draw) {
    int y = model.predicted(point);
    double[][] seen = new double[1][];
    Subject subject = new Subject(7, point, new long[] {1, 8, 8}, false, model.box);
    PairedAscent ascent =
        new PairedAscent(
            subject,
            Ball.of(Norm.L2, 1),
            new PairedAscent.Plan(pairs, width, 1, 3),
            draw,
            (at, gradient, step) -> {
              seen[0] = gradient.clone();
              return at;
            });
    double[] image = new double[WIDTH];
    assertThat(ascent.propose(10_000_000)).isEqualTo(2 * pairs);
    for (int j = 0; j < 2 * pairs; j++) {
      ascent.probe(j, image);
      ascent.absorb(j, image, model.logit(y, image) - model.logit(1 - y, image));
    }
    assertThat(ascent.propose(10_000_000)).isEqualTo(1);
    return seen[0];
  }

  /** Over all rows of a Hadamard matrix the estimate is the gradient itself. */
  @Test
  void hadamardSignsGiveTheGradient() {
    Plane model = Plane.random(2, WIDTH, 4, WIDE);
    double[] point = Plane.points(1, WIDTH, 0, 1, 2)[0];
    int y = model.predicted(point);
    int[] row = {0};
    double[] gradient =
        estimate(
            model,
            point,
            0.01,
            WIDTH,
            (rng, direction) -> {
              for (int i = 0; i < WIDTH; i++) {
                direction[i] = Integer.bitCount(row[0] & i) % 2 == 0 ? 1 : -1;
              }
              row[0]++;
            });
    for (int i = 0; i < WIDTH; i++) {
      // Upwards: less the margin.
      assertThat(gradient[i])
          .isCloseTo(model.weights[1 - y][i] - model.weights[y][i], within(1e-9));
    }
  }

  /** What the box cuts off a direction does not count: the slope along a wall is still right. */
  @Test
  void whatTheBoxLeavesOfADirectionCounts() {
    Plane model = Plane.random(2, WIDTH, 4, Box.UNIT);
    double[] point = Plane.points(1, WIDTH, 0.3, 0.6, 2)[0];
    point[5] = 0;
    point[9] = 1;
    int y = model.predicted(point);
    int[] next = {0};
    double[] gradient =
        estimate(
            model,
            point,
            0.01,
            WIDTH,
            (rng, direction) -> {
              java.util.Arrays.fill(direction, 0);
              direction[next[0]++] = 1;
            });
    for (int i = 0; i < WIDTH; i++) {
      double slope = model.weights[1 - y][i] - model.weights[y][i];
      // One direction a coordinate: the slope over all pairs; half of it, squared, at a wall.
      double left = i == 5 || i == 9 ? 0.25 : 1;
      assertThat(gradient[i]).isCloseTo(left * slope / WIDTH, within(1e-9));
    }
  }

  /** On a plane the right direction reaches every sample within the ball, and no other. */
  @Test
  void bothReachWhatABallAllowsOnAPlane() {
    Plane model = Plane.random(2, WIDTH, 4, WIDE);
    double[][] points = Plane.points(30, WIDTH, 0, 1, 8);
    double radius = 0.025;
    Ball ball = Ball.of(Norm.LINF, radius);
    try (Scope scope = Scope.open()) {
      Samples samples = model.samples(ScalarType.Double, points, 1, 8, 8);
      for (ScoreSearch attack :
          new ScoreSearch[] {
            new Nes(ball, 200, 0.001, 0.02, 15, 1), new Spsa(ball, 100, 0.01, 0.01, 20, 1)
          }) {
        AttackResult result = attack.perturb(model.scores(), samples, new Misclassify());
        int possible = 0;
        for (int i = 0; i < points.length; i++) {
          double least = model.distance(points[i], model.predicted(points[i]), 1);
          possible += least < radius ? 1 : 0;
          boolean fooled = result.outcomes().get(i).verdict() == Outcome.Verdict.FOOLED;
          if (least > radius) {
            assertThat(fooled).isFalse();
          } else if (least < 0.9 * radius) {
            assertThat(fooled).as("%s, distance %s", attack, least).isTrue();
          }
        }
        assertThat(possible).isBetween(5, 25);
      }
    }
  }

  @Test
  void everyOptionMatters() {
    Ball ball = Ball.of(Norm.LINF, 0.08);
    Nes nes = new Nes(ball, 5, 0.01, 0.02, 6, 1);
    String reference = SearchContract.signature(nes);
    assertThat(SearchContract.signature(nes)).isEqualTo(reference);
    for (Nes other :
        new Nes[] {
          new Nes(Ball.of(Norm.L2, 0.08), 5, 0.01, 0.02, 6, 1),
          new Nes(ball, 6, 0.01, 0.02, 6, 1),
          new Nes(ball, 5, 3, 0.02, 6, 1), // on a plane only the box makes a difference
          new Nes(ball, 5, 0.01, 0.03, 6, 1),
          new Nes(ball, 5, 0.01, 0.02, 4, 1),
          new Nes(ball, 5, 0.01, 0.02, 6, 2)
        }) {
      assertThat(SearchContract.signature(other)).as("%s", other).isNotEqualTo(reference);
    }
    Spsa spsa = new Spsa(ball, 5, 0.01, 0.02, 6, 1);
    String of = SearchContract.signature(spsa);
    for (Spsa other :
        new Spsa[] {
          new Spsa(Ball.of(Norm.L2, 0.08), 5, 0.01, 0.02, 6, 1),
          new Spsa(ball, 6, 0.01, 0.02, 6, 1),
          new Spsa(ball, 5, 0.5, 0.02, 6, 1),
          new Spsa(ball, 5, 0.01, 0.03, 6, 1),
          new Spsa(ball, 5, 0.01, 0.02, 4, 1),
          new Spsa(ball, 5, 0.01, 0.02, 6, 2)
        }) {
      assertThat(SearchContract.signature(other)).as("%s", other).isNotEqualTo(of);
    }
  }

  @Test
  void badInputIsNamed() {
    Ball ball = Ball.of(Norm.LINF, 0.08);
    assertThatThrownBy(() -> new Nes(ball, 0, 0.1, 0.1, 1, 1)).hasMessageContaining("pairs must");
    assertThatThrownBy(() -> new Nes(ball, 1, 0, 0.1, 1, 1)).hasMessageContaining("sigma must");
    assertThatThrownBy(() -> new Nes(ball, 1, 0.1, Double.NaN, 1, 1))
        .hasMessageContaining("stepSize must");
    assertThatThrownBy(() -> new Nes(ball, 1, 0.1, 0.1, 0, 1)).hasMessageContaining("steps must");
    assertThatThrownBy(() -> new Spsa(ball, 0, 0.1, 0.1, 1, 1)).hasMessageContaining("pairs must");
    assertThatThrownBy(() -> new Spsa(ball, 1, -1, 0.1, 1, 1)).hasMessageContaining("reach must");
    assertThatThrownBy(() -> new Spsa(ball, 1, 0.1, 0, 1, 1)).hasMessageContaining("rate must");
    assertThatThrownBy(() -> new Spsa(ball, 1, 0.1, 1, 0, 1)).hasMessageContaining("steps must");
  }
}
