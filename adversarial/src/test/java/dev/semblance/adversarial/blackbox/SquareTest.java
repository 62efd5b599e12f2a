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
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SquareTest {
  @Nested
  class Corners extends SearchContract {
    @Override
    SearchAttack attack(long seed) {
      return Square.of(Ball.of(Norm.LINF, 0.1), 200, seed);
    }
  }

  @Nested
  class Euclidean extends SearchContract {
    @Override
    SearchAttack attack(long seed) {
      return Square.of(Ball.of(Norm.L2, 1.2), 200, seed);
    }
  }

  /**
   * With two classes the least margin in the ball is m - sum |v_i| min(radius, room_i). Windows of
   * one pixel reach it, last row and column included; nothing gets below.
   */
  @Test
  void onePixelWindowsReachTheOptimumAndNothingBeatsIt() {
    int width = 2 * 5 * 4;
    Plane model = Plane.random(2, width, 6, Box.UNIT);
    double radius = 0.2;
    double[] point = Plane.points(1, width, 0, 1, 2)[0];
    int y = model.predicted(point);
    double least = model.logit(y, point) - model.logit(1 - y, point);
    for (int i = 0; i < width; i++) {
      double v = model.weights[y][i] - model.weights[1 - y][i];
      double room = v > 0 ? point[i] : 1 - point[i];
      least -= Math.abs(v) * Math.min(radius, room);
    }
    for (int seed = 0; seed < 10; seed++) {
      Subject subject = new Subject(seed, point, new long[] {2, 5, 4}, false, Box.UNIT);
      Search search =
          new Square(Ball.of(Norm.LINF, radius), 1.0 / width, 2000, seed).search(subject);
      double best = Double.POSITIVE_INFINITY;
      double[] image = new double[width];
      for (int t = 0; t < 2000; t++) {
        assertThat(search.propose(1000)).isEqualTo(1);
        search.probe(0, image);
        double margin = model.logit(y, image) - model.logit(1 - y, image);
        best = Math.min(best, margin);
        // Shifted so that nothing counts as a success: the search goes on to its end.
        search.absorb(0, image, margin + 1000);
      }
      assertThat(search.propose(1000)).isZero();
      assertThat(best).isCloseTo(least, within(1e-9)).isGreaterThan(least - 1e-9);
    }
  }

  /** One row an iteration: the clean image, the iterations, and two rows to confirm. */
  @Test
  void oneQueryAnIteration() {
    Plane model = Plane.random(3, 64, 11, Box.UNIT);
    try (Scope scope = Scope.open()) {
      Samples samples = model.samples(ScalarType.Float, Plane.points(30, 64, 0.2, 0.6, 9), 1, 8, 8);
      AttackResult result =
          Square.of(Ball.of(Norm.LINF, 0.05), 150, 1)
              .perturb(model.scores(), samples, new Misclassify());
      assertThat(result.fooled()).isBetween(5L, 25L);
      for (Outcome outcome : result.outcomes()) {
        boolean fooled = outcome.verdict() == Outcome.Verdict.FOOLED;
        assertThat(outcome.queries()).isEqualTo(1 + outcome.steps() + (fooled ? 2 : 0));
        assertThat(outcome.steps()).isLessThanOrEqualTo(150);
        assertThat(fooled || outcome.steps() == 150).isTrue();
      }
    }
  }

  /** Both kinds of candidates lie on the edge: as far as ball and box let them. */
  @Test
  void candidatesLieOnTheEdge() {
    double[] point = Plane.points(1, 3 * 12 * 9, 0.3, 0.7, 2)[0];
    for (boolean single : new boolean[] {true, false}) {
      double[] clean = new double[point.length];
      for (int i = 0; i < clean.length; i++) {
        clean[i] = single ? (float) point[i] : point[i];
      }
      Subject subject = new Subject(3, clean, new long[] {3, 12, 9}, single, Box.UNIT);
      for (Norm norm : new Norm[] {Norm.LINF, Norm.L2}) {
        double radius = norm == Norm.LINF ? 0.1 : 0.8;
        Search search = Square.of(Ball.of(norm, radius), 300, 1).search(subject);
        double[] image = new double[clean.length];
        Rng rng = Rng.of(3, Rng.Purpose.OTHER);
        for (int t = 0; t < 300; t++) {
          search.propose(9);
          search.probe(0, image);
          double square = 0;
          for (int i = 0; i < image.length; i++) {
            double change = image[i] - clean[i];
            square += change * change;
            if (norm == Norm.LINF) {
              assertThat(Math.abs(change)).isBetween(radius - 1e-7, radius);
            }
          }
          if (norm == Norm.L2) {
            assertThat(Math.sqrt(square)).isBetween(radius * (1 - 2e-6), radius);
          }
          search.absorb(0, image, rng.nextDouble());
        }
      }
    }
  }

  /** Made with the authors' functions eta_rectangles and eta of the L2 attack, by hand. */
  @Test
  void theHeapsAreTheAuthors() {
    double[] heaps = EuclideanWindows.heaps(3, false);
    // Upper part 1x3: 1/4, 5/4, 1/4 (rings 1, 0, 1 of radius up to 1), of unit length; lower 2x3
    // around row 1.
    double upper = Math.sqrt(0.25 * 0.25 * 2 + 1.25 * 1.25);
    double lower = Math.sqrt(5 * 0.25 * 0.25 + 1.25 * 1.25);
    double[] expected = {
      0.25 / upper, 1.25 / upper, 0.25 / upper,
      -0.25 / lower, -0.25 / lower, -0.25 / lower,
      -0.25 / lower, -1.25 / lower, -0.25 / lower
    };
    for (int k = 0; k < 9; k++) {
      assertThat(heaps[k]).isCloseTo(expected[k] / Math.sqrt(2), within(1e-12));
    }
    assertThat(EuclideanWindows.heaps(3, true)[3]).isEqualTo(heaps[1]);
  }

  @Test
  void theShareHalvesAsPublished() {
    Square attack = new Square(Ball.of(Norm.LINF, 0.1), 0.8, 10_000, 0);
    assertThat(attack.shareAt(10)).isEqualTo(0.8);
    assertThat(attack.shareAt(11)).isEqualTo(0.4);
    assertThat(attack.shareAt(51)).isEqualTo(0.2);
    assertThat(attack.shareAt(9000)).isEqualTo(0.8 / 512);
    assertThat(new Square(Ball.of(Norm.LINF, 0.1), 0.8, 100, 0).shareAt(1)).isEqualTo(0.2);
  }

  @Test
  void everyOptionMatters() {
    Ball ball = Ball.of(Norm.LINF, 0.07);
    Square plain = new Square(ball, 0.3, 60, 1);
    String reference = found(plain);
    assertThat(found(plain)).isEqualTo(reference);
    assertThat(found(new Square(Ball.of(Norm.LINF, 0.08), 0.3, 60, 1))).isNotEqualTo(reference);
    assertThat(found(new Square(Ball.of(Norm.L2, 0.07), 0.3, 60, 1))).isNotEqualTo(reference);
    assertThat(found(new Square(ball, 0.05, 60, 1))).isNotEqualTo(reference);
    assertThat(found(new Square(ball, 0.3, 20, 1))).isNotEqualTo(reference);
    assertThat(found(new Square(ball, 0.3, 60, 2))).isNotEqualTo(reference);
  }

  private static String found(Square attack) {
    return SearchContract.signature(attack);
  }

  @Test
  void badInputIsNamed() {
    Ball ball = Ball.of(Norm.LINF, 0.1);
    assertThatThrownBy(() -> new Square(ball, Double.NaN, 5, 1)).hasMessageContaining("share must");
    assertThatThrownBy(() -> new Square(ball, 0, 5, 1)).hasMessageContaining("share must be > 0");
    assertThatThrownBy(() -> new Square(ball, 1.1, 5, 1)).hasMessageContaining("share must be in");
    assertThatThrownBy(() -> new Square(ball, 0.5, 0, 1)).hasMessageContaining("iterations must");
    assertThatThrownBy(() -> Square.of(Ball.of(Norm.L1, 3), 1))
        .hasMessageContaining("ball must be linf or l2");
    Subject line = new Subject(0, new double[16], new long[] {1, 1, 16}, false, Box.UNIT);
    assertThatThrownBy(() -> Square.of(Ball.of(Norm.L2, 1), 1).search(line))
        .hasMessageContaining("at least 5x5 pixels");
  }
}
