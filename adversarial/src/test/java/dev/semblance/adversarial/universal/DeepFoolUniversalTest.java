package dev.semblance.adversarial.universal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.adversarial.attack.DeepFool;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeepFoolUniversalTest {
  private static final int WIDTH = 10;
  private static final Box WIDE = new Box(-100, 100);

  /** Points that a linear model with two classes gives the first one, at known distances. */
  private static double[][] oneSided(Affine model, int n) {
    double[][] points = Affine.normal(n, WIDTH, 7);
    for (double[] point : points) {
      if (model.answer(point) != 0) {
        for (int i = 0; i < WIDTH; i++) {
          point[i] = -point[i];
        }
      }
    }
    return points;
  }

  /**
   * All points on one side of a plane: each step goes straight at it, so v ends as far along the
   * normal as the farthest point that was visited needs, times 1.02, and fools all nearer ones.
   */
  @ParameterizedTest
  @ValueSource(strings = {"l2", "linf"})
  void vEndsAtTheFarthestPoint(String name) {
    Norm norm = name.equals("l2") ? Norm.L2 : Norm.LINF;
    Affine model = Affine.random(2, WIDTH, 5, WIDE);
    double[][] points = oneSided(model, 40);
    double dual = 0;
    for (int i = 0; i < WIDTH; i++) {
      double w = model.weights[0][i] - model.weights[1][i];
      dual += norm.equals(Norm.L2) ? w * w : Math.abs(w);
    }
    dual = norm.equals(Norm.L2) ? Math.sqrt(dual) : dual;
    double farthest = 0;
    for (double[] point : points) {
      farthest = Math.max(farthest, (model.logit(0, point) - model.logit(1, point)) / dual);
    }
    Ball ball = new Ball(norm, 100);
    try (Scope scope = Scope.open()) {
      DeepFoolUniversal attack =
          new DeepFoolUniversal(ball, new DeepFool(norm, 1, 0.02, 10), 1, 5, 1, 3);
      UniversalPerturbation found = attack.find(model, Affine.images(points));
      double size = norm.of(found.values()).item_double();
      assertThat(size).isBetween(farthest, 1.0201 * farthest);
      assertThat(found.climb()).containsExactly(1.0);
      assertThat(found.forwards()).isEqualTo(model.rows);
      assertThat(found.backwards()).isPositive();
    }
  }

  /** In a small ball v fills it along the normal: the share of points nearer than the radius. */
  @Test
  void aSmallBallIsFilled() {
    Affine model = Affine.random(2, WIDTH, 5, WIDE);
    double[][] points = oneSided(model, 60);
    double length = 0;
    for (int i = 0; i < WIDTH; i++) {
      double w = model.weights[0][i] - model.weights[1][i];
      length += w * w;
    }
    double[] distances = new double[60];
    for (int p = 0; p < 60; p++) {
      distances[p] = (model.logit(0, points[p]) - model.logit(1, points[p])) / Math.sqrt(length);
    }
    double[] sorted = distances.clone();
    Arrays.sort(sorted);
    double radius = (sorted[29] + sorted[30]) / 2;
    Ball ball = new Ball(Norm.L2, radius);
    try (Scope scope = Scope.open()) {
      Tensor images = Affine.images(points);
      for (int batch : new int[] {1, 7}) {
        UniversalPerturbation found =
            new DeepFoolUniversal(ball, DeepFool.of(Norm.L2), 1, 3, batch, 3).find(model, images);
        assertThat(found.climb()).hasSize(3);
        assertThat(found.climb().getLast()).isCloseTo(0.5, offset(1e-9));
        assertThat(Norm.L2.of(found.values()).item_double()).isBetween(radius * 0.9999, radius);
      }
    }
  }

  @Test
  void everyOptionMatters() {
    Ball ball = new Ball(Norm.L2, 0.3);
    DeepFool fool = new DeepFool(Norm.L2, 3, 0.02, 10);
    double[] one = values(new DeepFoolUniversal(ball, fool, 0.9, 2, 5, 1));
    assertThat(values(new DeepFoolUniversal(ball, fool, 0.9, 2, 5, 1))).isEqualTo(one);
    assertThat(values(new DeepFoolUniversal(ball.withRadius(0.2), fool, 0.9, 2, 5, 1)))
        .isNotEqualTo(one);
    DeepFool other = new DeepFool(Norm.L2, 3, 0.2, 10);
    assertThat(values(new DeepFoolUniversal(ball, other, 0.9, 2, 5, 1))).isNotEqualTo(one);
    assertThat(values(new DeepFoolUniversal(ball, fool, 0.01, 2, 5, 1))).isNotEqualTo(one);
    assertThat(values(new DeepFoolUniversal(ball, fool, 0.9, 1, 5, 1))).isNotEqualTo(one);
    assertThat(values(new DeepFoolUniversal(ball, fool, 0.9, 2, 1, 1))).isNotEqualTo(one);
    assertThat(values(new DeepFoolUniversal(ball, fool, 0.9, 2, 5, 2))).isNotEqualTo(one);
    DeepFool signs = new DeepFool(Norm.LINF, 3, 0.02, 10);
    assertThat(values(new DeepFoolUniversal(ball, signs, 0.9, 2, 5, 1))).isNotEqualTo(one);
    assertThatThrownBy(() -> new DeepFoolUniversal(ball, fool, Double.NaN, 2, 5, 1))
        .hasMessageContaining("enough must be in (0, 1]");
    assertThatThrownBy(() -> new DeepFoolUniversal(ball, fool, 1, 0, 5, 1))
        .hasMessageContaining("passes must be");
    assertThatThrownBy(() -> new DeepFoolUniversal(ball, fool, 1, 1, 0, 1))
        .hasMessageContaining("batch must be");
  }

  private static double[] values(DeepFoolUniversal attack) {
    try (Scope scope = Scope.open()) {
      return Ops.toDoubles(
          attack
              .find(Affine.random(4, WIDTH, 2, WIDE), Affine.images(Affine.normal(50, WIDTH, 9)))
              .values());
    }
  }
}
