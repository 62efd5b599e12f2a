package dev.semblance.adversarial.universal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SingularVectorTest {
  private static final Box WIDE = new Box(-100, 100);

  private static Stage linear(double[][] jacobian) {
    return images -> images.flatten(1, -1).matmul(Affine.matrix(jacobian).t());
  }

  /** {@code tanh(W x)}: another Jacobian at every image. */
  private static Stage curved(double[][] weights) {
    return images -> images.flatten(1, -1).matmul(Affine.matrix(weights).t()).tanh();
  }

  private static double power(double[] rows, double q) {
    double sum = 0;
    for (double row : rows) {
      sum += Math.pow(Math.abs(row), q);
    }
    return sum;
  }

  private static double[] times(double[][] jacobian, double[] v) {
    double[] product = new double[jacobian.length];
    for (int r = 0; r < jacobian.length; r++) {
      for (int i = 0; i < v.length; i++) {
        product[r] += jacobian[r][i] * v[i];
      }
    }
    return product;
  }

  @ParameterizedTest
  @ValueSource(doubles = {2, 5, 10})
  void ofAnOuterProductTheSignOfTheRow(double q) {
    double[] w = Affine.normal(1, 12, 3)[0];
    double[] u = Affine.normal(1, 5, 4)[0];
    double[][] jacobian = new double[5][12];
    for (int r = 0; r < 5; r++) {
      for (int i = 0; i < 12; i++) {
        jacobian[r][i] = u[r] * w[i];
      }
    }
    try (Scope scope = Scope.open()) {
      double[] v =
          Ops.toDoubles(
              new SingularVector(linear(jacobian), new Ball(Norm.LINF, 0.25), q, 4, 7)
                  .find(Affine.random(2, 12, 1, WIDE), Affine.images(Affine.normal(3, 12, 5)))
                  .values());
      double side = Math.signum(v[0] * w[0]);
      for (int i = 0; i < 12; i++) {
        assertThat(v[i]).isEqualTo(side * 0.25 * Math.signum(w[i]));
      }
    }
  }

  /** Twenty starts find the best of all 1,024 sign vectors, and no value ever falls. */
  @Test
  void againstAllSignVectors() {
    double[][] jacobian = Affine.normal(6, 10, 21);
    double best = 0;
    for (int signs = 0; signs < 1 << 10; signs++) {
      double[] v = new double[10];
      for (int i = 0; i < 10; i++) {
        v[i] = (signs >> i & 1) == 1 ? 0.5 : -0.5;
      }
      best = Math.max(best, power(times(jacobian, v), 5));
    }
    double found = 0;
    int different = 0;
    try (Scope scope = Scope.open()) {
      Tensor image = Affine.images(new double[1][10]);
      for (int start = 0; start < 20; start++) {
        UniversalPerturbation one =
            new SingularVector(linear(jacobian), new Ball(Norm.LINF, 0.5), 5, 12, start)
                .find(Affine.random(2, 10, 1, WIDE), image);
        List<Double> climb = one.climb();
        for (int k = 1; k < climb.size(); k++) {
          assertThat(climb.get(k)).isGreaterThanOrEqualTo(climb.get(k - 1) * (1 - 1e-12));
        }
        assertThat(climb).hasSize(12);
        assertThat(climb.getLast())
            .isCloseTo(power(times(jacobian, Ops.toDoubles(one.values())), 5), offset(1e-9 * best));
        found = Math.max(found, climb.getLast());
        different += climb.getLast() < best * 0.999 ? 1 : 0;
      }
    }
    assertThat(found).isCloseTo(best, offset(1e-9 * best));
    // A maximum that every start finds would not need twenty.
    assertThat(different).isBetween(1, 19);
  }

  /** p = q = 2 is the largest singular value of all Jacobians stacked, in several batches. */
  @Test
  void euclideanIsTheSingularValueDecomposition() {
    int n = 150;
    double[][] weights = Affine.normal(4, 9, 2);
    double[][] points = Affine.normal(n, 9, 3);
    double[][] stacked = new double[n * 4][9];
    for (int x = 0; x < n; x++) {
      double[] h = times(weights, points[x]);
      for (int r = 0; r < 4; r++) {
        double slope = 1 - Math.tanh(h[r]) * Math.tanh(h[r]);
        for (int i = 0; i < 9; i++) {
          stacked[x * 4 + r][i] = slope * weights[r][i];
        }
      }
    }
    try (Scope scope = Scope.open()) {
      double sigma = torch.linalg_svdvals(Affine.matrix(stacked)).max().item_double();
      UniversalPerturbation found =
          new SingularVector(curved(weights), new Ball(Norm.L2, 0.5), 2, 200, 1)
              .find(Affine.random(2, 9, 1, WIDE), Affine.images(points));
      assertThat(found.climb().getLast()).isCloseTo(0.25 * sigma * sigma, offset(1e-9 * sigma));
      assertThat(power(times(stacked, Ops.toDoubles(found.values())), 2))
          .isCloseTo(0.25 * sigma * sigma, offset(1e-6 * sigma * sigma));
    }
  }

  /** Powers relative to the largest value: batches of very different size add up as one. */
  @Test
  void batchesAddUp() {
    int n = 130;
    double[][] weights = Affine.normal(3, 6, 2);
    double[][] points = new double[n][6];
    Rng rng = Rng.of(8, Rng.Purpose.OTHER);
    for (int x = 0; x < n; x++) {
      for (int i = 0; i < 6; i++) {
        points[x][i] = (x < 64 ? 1.5 : 0.1) * rng.gaussian();
      }
    }
    double[] start = null;
    for (int iterations = 1; iterations <= 2; iterations++) {
      try (Scope scope = Scope.open()) {
        double[] v =
            Ops.toDoubles(
                new SingularVector(curved(weights), new Ball(Norm.L2, 1), 6, iterations, 1)
                    .find(Affine.random(2, 6, 1, WIDE), Affine.images(points))
                    .values());
        if (start == null) {
          start = v;
          continue;
        }
        double[] expected = new double[6];
        for (double[] point : points) {
          double[] h = times(weights, point);
          double[] jv = times(weights, start);
          for (int r = 0; r < 3; r++) {
            double slope = 1 - Math.tanh(h[r]) * Math.tanh(h[r]);
            double s = slope * jv[r];
            for (int i = 0; i < 6; i++) {
              expected[i] += slope * weights[r][i] * Math.signum(s) * Math.pow(Math.abs(s), 5);
            }
          }
        }
        double length = Math.sqrt(power(expected, 2));
        double side = Math.signum(v[0] * expected[0]);
        for (int i = 0; i < 6; i++) {
          assertThat(v[i]).isCloseTo(side * expected[i] / length, offset(2e-6));
        }
      }
    }
  }

  /** v and -v have the same value; the one that fools more is taken. */
  @Test
  void theBetterSideIsTaken() {
    double[][] w = {{0, 0, 0}, {1, 2, -1}};
    Affine model = new Affine(w, new double[] {0.3, 0}, WIDE);
    // All answer 0: only upwards is anything gained.
    double[][] points = {{0.1, 0, 0}, {0, 0, 0}, {-0.1, 0.1, 0}};
    for (long seed = 0; seed < 4; seed++) {
      try (Scope scope = Scope.open()) {
        Tensor images = Affine.images(points);
        Ball ball = new Ball(Norm.LINF, 0.1);
        UniversalPerturbation found =
            SingularVector.of(Stage.logits(model), ball, seed).find(model, images);
        assertThat(Panel.of(model, images).rate(found.values(), ball).fooled()).isEqualTo(3);
        assertThat(Ops.toDoubles(found.values())).containsExactly(0.1, 0.1, -0.1);
      }
    }
  }

  @Test
  void theLedgerBooksForwardAndBackwardRows() {
    Affine model = Affine.random(3, 6, 1, WIDE);
    try (Scope scope = Scope.open()) {
      UniversalPerturbation found =
          new SingularVector(Stage.logits(model), new Ball(Norm.LINF, 0.1), 5, 4, 1)
              .find(model, Affine.images(Affine.normal(70, 6, 5)));
      // clean, four iterations, the last value, and both signs
      assertThat(found.forwards()).isEqualTo(model.rows).isEqualTo(70L * (1 + 4 + 1 + 2));
      assertThat(found.backwards()).isEqualTo(70L * (4 * 3 + 2));
    }
  }

  @Test
  void everyOptionMatters() {
    double[][] weights = Affine.normal(6, 10, 2);
    Ball ball = new Ball(Norm.LINF, 0.1);
    double[] one = values(new SingularVector(curved(weights), ball, 5, 3, 1));
    assertThat(values(new SingularVector(curved(weights), ball, 5, 3, 1))).isEqualTo(one);
    assertThat(values(new SingularVector(curved(Affine.normal(6, 10, 3)), ball, 5, 3, 1)))
        .isNotEqualTo(one);
    assertThat(values(new SingularVector(curved(weights), ball.withRadius(0.2), 5, 3, 1)))
        .isNotEqualTo(one);
    assertThat(values(new SingularVector(curved(weights), Ball.of(Norm.L2, 0.1), 5, 3, 1)))
        .isNotEqualTo(one);
    double[] euclidean = values(new SingularVector(curved(weights), Ball.of(Norm.L2, 1), 5, 3, 1));
    assertThat(values(new SingularVector(curved(weights), Ball.of(Norm.L2, 1), 3, 3, 1)))
        .isNotEqualTo(euclidean);
    assertThat(values(new SingularVector(curved(weights), Ball.of(Norm.L2, 1), 5, 2, 1)))
        .isNotEqualTo(euclidean);
    assertThat(values(new SingularVector(curved(weights), Ball.of(Norm.L2, 1), 5, 3, 2)))
        .isNotEqualTo(euclidean);
  }

  private static double[] values(SingularVector attack) {
    try (Scope scope = Scope.open()) {
      return Ops.toDoubles(
          attack
              .find(Affine.random(3, 10, 1, WIDE), Affine.images(Affine.normal(20, 10, 5)))
              .values());
    }
  }

  @Test
  void badInputIsNamed() {
    Stage stage = linear(new double[2][3]);
    assertThatThrownBy(() -> new SingularVector(stage, new Ball(Norm.L1, 1), 5, 3, 1))
        .hasMessageContaining("ball must be linf or l2");
    assertThatThrownBy(() -> new SingularVector(stage, new Ball(Norm.L2, 1), 1, 3, 1))
        .hasMessageContaining("q must be > 1");
    assertThatThrownBy(() -> new SingularVector(stage, new Ball(Norm.L2, 1), Double.NaN, 3, 1))
        .hasMessageContaining("q must be > 1");
    assertThatThrownBy(() -> new SingularVector(stage, new Ball(Norm.L2, 1), 5, 0, 1))
        .hasMessageContaining("iterations must be");
  }
}
