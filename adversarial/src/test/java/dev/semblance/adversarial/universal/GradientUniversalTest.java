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
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Spgd} and {@link Sga}, by what is known of linear models. */
class GradientUniversalTest {
  private static final int WIDTH = 16;
  private static final int N = 200;
  private static final Box WIDE = new Box(-100, 100);

  private static double[][] points(long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    double[][] points = new double[N][WIDTH];
    for (double[] point : points) {
      for (int i = 0; i < WIDTH; i++) {
        point[i] = rng.nextDouble();
      }
    }
    return points;
  }

  /** Two classes, the first with five sixths of the points: their loss outweighs the others. */
  private static Affine twoClasses(double[][] points, long seed) {
    Affine model = Affine.random(2, WIDTH, seed, WIDE);
    double[] margins = new double[N];
    for (int i = 0; i < N; i++) {
      margins[i] = model.logit(0, points[i]) - model.logit(1, points[i]);
    }
    double[] sorted = margins.clone();
    Arrays.sort(sorted);
    return new Affine(
        model.weights, new double[] {-(sorted[N / 6 - 1] + sorted[N / 6]) / 2, 0}, WIDE);
  }

  static List<UniversalAttack> attacks() {
    Ball linf = new Ball(Norm.LINF, 0.05);
    Ball l2 = new Ball(Norm.L2, 0.2);
    return List.of(Spgd.of(linf, 1), Sga.of(linf, 1), Spgd.of(l2, 1), Sga.of(l2, 1));
  }

  private static Ball ball(UniversalAttack attack) {
    return attack instanceof Spgd s ? s.ball() : ((Sga) attack).ball();
  }

  /**
   * With two classes v moves all scores by one number, at most radius |w_0 - w_1|_q: the best rate
   * is the share of one class within that margin.
   */
  @ParameterizedTest
  @MethodSource("attacks")
  void twoClassesGiveTheBestRateThereIs(UniversalAttack attack) {
    for (long seed = 1; seed <= 3; seed++) {
      double[][] points = points(seed);
      Affine model = twoClasses(points, seed + 10);
      Ball ball = ball(attack);
      double dual = 0;
      for (int i = 0; i < WIDTH; i++) {
        double v = Math.abs(model.weights[0][i] - model.weights[1][i]);
        dual += ball.norm().equals(Norm.LINF) ? v : v * v;
      }
      double reach = ball.radius() * (ball.norm().equals(Norm.LINF) ? dual : Math.sqrt(dual));
      int[] within = new int[2];
      for (double[] point : points) {
        int y = model.answer(point);
        within[y] += model.logit(y, point) - model.logit(1 - y, point) < reach ? 1 : 0;
      }
      try (Scope scope = Scope.open()) {
        Tensor images = Affine.images(points);
        UniversalPerturbation found = attack.find(model, images);
        assertThat(Math.max(within[0], within[1])).isBetween(20, 180);
        assertThat(Panel.of(model, images).rate(found.values(), ball).fooled())
            .isEqualTo(Math.max(within[0], within[1]));
        assertThat(ball.norm().of(found.values()).item_double())
            .isBetween(ball.radius() * 0.999, ball.radius());
      }
    }
  }

  /** Three images at 0 would be fooled by going lower, which they cannot: they do not pull. */
  @Test
  void valuesAtTheEndOfTheBoxPushNothingOutwards() {
    Affine model = new Affine(new double[][] {{8, 0}, {0, 5}}, new double[] {0, -1}, Box.UNIT);
    double[][] points = {{0, 0}, {0, 0}, {0, 0}, {0.4, 1}};
    assertThat(model.answer(points[0])).isZero();
    assertThat(model.answer(points[3])).isOne();
    try (Scope scope = Scope.open()) {
      UniversalPerturbation found =
          Spgd.of(new Ball(Norm.LINF, 0.1), 1).find(model, Affine.images(points));
      assertThat(Ops.toDoubles(found.values())[0]).isBetween(-0.011, 0.011);
      assertThat(Ops.toDoubles(found.values())[1]).isCloseTo(0.1, offset(1e-12));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 64, 500})
  void theLedgerIsTheModelsCount(int batch) {
    double[][] points = points(4);
    Affine model = Affine.random(3, WIDTH, 2, WIDE);
    Ball ball = new Ball(Norm.LINF, 0.05);
    try (Scope scope = Scope.open()) {
      Tensor images = Affine.images(points);
      UniversalPerturbation spgd = new Spgd(ball, 0.01, 3, batch, 9, 1).find(model, images);
      assertThat(spgd.forwards()).isEqualTo(model.rows).isEqualTo(N + 3L * N);
      assertThat(spgd.backwards()).isEqualTo(3L * N);
      assertThat(spgd.climb()).hasSize(3);
      model.rows = 0;
      UniversalPerturbation sga = new Sga(ball, 0.01, 2, batch, 5, 3, 9, 1).find(model, images);
      assertThat(sga.forwards()).isEqualTo(model.rows);
      assertThat(sga.backwards()).isEqualTo(sga.forwards() - N).isGreaterThanOrEqualTo(2L * 3 * N);
    }
  }

  /** The mean of min(L, most) over the images as they are before each pass, by a plain loop. */
  @Test
  void theClimbIsTheMeanBoundedLoss() {
    double[][] points = points(4);
    Affine model = Affine.random(3, WIDTH, 2, WIDE);
    try (Scope scope = Scope.open()) {
      UniversalPerturbation found =
          new Spgd(new Ball(Norm.LINF, 0.05), 0.02, 1, N, 0.4, 1)
              .find(model, Affine.images(points));
      double sum = 0;
      int bounded = 0;
      for (double[] point : points) {
        int y = model.answer(point);
        double total = 0;
        for (int k = 0; k < 3; k++) {
          total += Math.exp(model.logit(k, point) - model.logit(y, point));
        }
        bounded += Math.log(total) > 0.4 ? 1 : 0;
        sum += Math.min(0.4, Math.log(total));
      }
      assertThat(found.climb().getFirst()).isCloseTo(sum / N, offset(1e-12));
      assertThat(bounded).isBetween(10, 190);
    }
  }

  @Test
  void everyOptionMatters() {
    Ball ball = new Ball(Norm.LINF, 0.05);
    double[] spgd = values(new Spgd(ball, 0.01, 3, 20, 9, 1));
    assertThat(values(new Spgd(ball, 0.01, 3, 20, 9, 1))).isEqualTo(spgd);
    assertThat(values(new Spgd(ball.withRadius(0.04), 0.01, 3, 20, 9, 1))).isNotEqualTo(spgd);
    assertThat(values(new Spgd(ball, 0.013, 3, 20, 9, 1))).isNotEqualTo(spgd);
    assertThat(values(new Spgd(ball, 0.01, 2, 20, 9, 1))).isNotEqualTo(spgd);
    assertThat(values(new Spgd(ball, 0.01, 3, 30, 9, 1))).isNotEqualTo(spgd);
    assertThat(values(new Spgd(ball, 0.01, 3, 20, 0.3, 1))).isNotEqualTo(spgd);
    assertThat(values(new Spgd(ball, 0.01, 3, 20, 9, 2))).isNotEqualTo(spgd);
    double[] sga = values(new Sga(ball, 0.007, 3, 50, 5, 2, 9, 1));
    assertThat(values(new Sga(ball, 0.007, 3, 50, 5, 2, 9, 1))).isEqualTo(sga);
    assertThat(values(new Sga(ball.withRadius(0.04), 0.007, 3, 50, 5, 2, 9, 1))).isNotEqualTo(sga);
    assertThat(values(new Sga(ball, 0.009, 3, 50, 5, 2, 9, 1))).isNotEqualTo(sga);
    assertThat(values(new Sga(ball, 0.007, 2, 50, 5, 2, 9, 1))).isNotEqualTo(sga);
    assertThat(values(new Sga(ball, 0.007, 3, 20, 5, 2, 9, 1))).isNotEqualTo(sga);
    assertThat(climb(new Sga(ball, 0.007, 3, 50, 3, 2, 9, 1)))
        .isNotEqualTo(climb(new Sga(ball, 0.007, 3, 50, 5, 2, 9, 1)));
    assertThat(climb(new Sga(ball, 0.007, 3, 50, 5, 3, 9, 1)))
        .isNotEqualTo(climb(new Sga(ball, 0.007, 3, 50, 5, 2, 9, 1)));
    assertThat(values(new Sga(ball, 0.007, 3, 50, 5, 2, 0.3, 1))).isNotEqualTo(sga);
    assertThat(climb(new Sga(ball, 0.007, 3, 50, 5, 2, 9, 2)))
        .isNotEqualTo(climb(new Sga(ball, 0.007, 3, 50, 5, 2, 9, 1)));
  }

  private static double[] values(UniversalAttack attack) {
    try (Scope scope = Scope.open()) {
      return Ops.toDoubles(
          attack.find(Affine.random(5, WIDTH, 2, WIDE), Affine.images(points(4))).values());
    }
  }

  private static List<Double> climb(UniversalAttack attack) {
    try (Scope scope = Scope.open()) {
      return attack.find(Affine.random(5, WIDTH, 2, WIDE), Affine.images(points(4))).climb();
    }
  }

  @Test
  void badInputIsNamed() {
    Ball ball = new Ball(Norm.LINF, 0.05);
    assertThatThrownBy(() -> new Spgd(ball, Double.NaN, 1, 1, 9, 1))
        .hasMessageContaining("stepSize must be");
    assertThatThrownBy(() -> new Spgd(ball, 1, 0, 1, 9, 1)).hasMessageContaining("passes must be");
    assertThatThrownBy(() -> new Spgd(ball, 1, 1, 0, 9, 1)).hasMessageContaining("batch must be");
    assertThatThrownBy(() -> new Spgd(ball, 1, 1, 1, 0, 1)).hasMessageContaining("most must be");
    assertThatThrownBy(() -> new Sga(ball, 1, 1, 1, 0, 1, 9, 1))
        .hasMessageContaining("inner must be");
    assertThatThrownBy(() -> new Sga(ball, 1, 1, 1, 1, 0, 9, 1))
        .hasMessageContaining("sweeps must be");
    Affine model = Affine.random(2, WIDTH, 2, Box.UNIT);
    try (Scope scope = Scope.open()) {
      Tensor images = Affine.images(points(4));
      assertThatThrownBy(() -> Spgd.of(ball, 1).find(model, images.mul(Ops.scalar(255))))
          .hasMessageContaining("images must be in 0.0..1.0")
          .hasMessageContaining("the model normalises by itself");
      assertThatThrownBy(() -> Spgd.of(ball, 1).find(model, images.to(ScalarType.Long)))
          .hasMessageContaining("images must be floating point [n, ...]");
    }
  }
}
