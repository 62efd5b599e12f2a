package dev.semblance.adversarial.defend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.defend.InnerAttack.Climb;
import dev.semblance.adversarial.defend.InnerAttack.Start;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The inner attack on a linear model of two classes, whose worst case is known. */
class InnerAttackTest {
  private static final int N = 6;
  private static final int D = 20;
  private static final Box WIDE = new Box(-100, 100);
  private static final long[] SAMPLES = LongStream.range(40, 40 + N).toArray();
  private static final double[] V = draw(1, D, 1);
  private static final double[] X = draw(2, N * D, 0.5);

  private static double[] draw(long key, int length, double scale) {
    Rng rng = Rng.of(3, Rng.Purpose.OTHER, key, 0);
    double[] values = new double[length];
    for (int i = 0; i < length; i++) {
      values[i] = scale * rng.gaussian();
    }
    return values;
  }

  /** {@code z = (v x, 0)}, so that v x is the margin of class 0. */
  private record Linear(Box box) implements Classifier {
    @Override
    public Tensor logits(Tensor images) {
      double[] columns = new double[2 * D];
      for (int i = 0; i < D; i++) {
        columns[2 * i] = V[i];
      }
      return images.matmul(Ops.doubles(columns, D, 2).to(images.scalar_type()));
    }

    @Override
    public int classes() {
      return 2;
    }
  }

  private static double[] perturb(InnerAttack attack, long seed, long step) {
    try (Scope scope = Scope.open()) {
      return Ops.toDoubles(
          attack.perturb(
              new Linear(WIDE), Ops.doubles(X, N, D), Ops.longs(new long[N]), SAMPLES, seed, step));
    }
  }

  private static double margin(double[] x, int row) {
    double sum = 0;
    for (int i = 0; i < D; i++) {
      sum += V[i] * x[row * D + i];
    }
    return sum;
  }

  private static final double L1_OF_V = Arrays.stream(V).map(Math::abs).sum();
  private static final double L2_OF_V = Math.sqrt(Arrays.stream(V).map(v -> v * v).sum());

  @Test
  void one_full_step_is_the_worst_case_in_linf() {
    InnerAttack attack =
        new InnerAttack(new Ball(Norm.LINF, 0.3), 0.3, 1, Start.CLEAN, Climb.CROSS_ENTROPY);
    double[] worst = perturb(attack, 0, 0);
    for (int row = 0; row < N; row++) {
      assertThat(margin(worst, row)).isCloseTo(margin(X, row) - 0.3 * L1_OF_V, within(1e-9));
    }
  }

  @ParameterizedTest
  @EnumSource(Start.class)
  void many_steps_reach_the_worst_case_from_anywhere(Start start) {
    Ball linf = new Ball(Norm.LINF, 0.3);
    double[] corner = perturb(new InnerAttack(linf, 0.1, 10, start, Climb.CROSS_ENTROPY), 7, 3);
    Ball l2 = new Ball(Norm.L2, 0.8);
    double[] pole = perturb(new InnerAttack(l2, 0.2, 60, start, Climb.CROSS_ENTROPY), 7, 3);
    for (int row = 0; row < N; row++) {
      assertThat(margin(corner, row)).isCloseTo(margin(X, row) - 0.3 * L1_OF_V, within(1e-9));
      assertThat(margin(pole, row)).isCloseTo(margin(X, row) - 0.8 * L2_OF_V, within(1e-4));
    }
  }

  @Test
  void the_divergence_is_climbed_away_from_the_clean_prediction() {
    Ball ball = new Ball(Norm.LINF, 0.3);
    double[] moved = perturb(new InnerAttack(ball, 0.1, 10, Start.NEARBY, Climb.DIVERGENCE), 7, 3);
    int up = 0;
    for (int row = 0; row < N; row++) {
      // The corner of one side or the other: either way the margin moves as far as it can.
      double by = margin(moved, row) - margin(X, row);
      assertThat(Math.abs(by)).isCloseTo(0.3 * L1_OF_V, within(1e-9));
      up += by > 0 ? 1 : 0;
    }
    assertThat(up).as("labels decide nothing").isBetween(0, N);
    assertThatThrownBy(() -> new InnerAttack(ball, 0.1, 10, Start.CLEAN, Climb.DIVERGENCE))
        .hasMessageContaining("its gradient there is 0");
  }

  @Test
  void stays_in_ball_and_box_in_float32() {
    Ball ball = new Ball(Norm.LINF, 0.1);
    try (Scope scope = Scope.open()) {
      double[] pixels = new double[N * D];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = i % 256 / 255.0;
      }
      Tensor images =
          Ops.doubles(pixels, N, D).to(org.bytedeco.pytorch.global.torch.ScalarType.Float);
      for (Start start : Start.values()) {
        Tensor found =
            new InnerAttack(ball, 0.125, 2, start, Climb.CROSS_ENTROPY)
                .perturb(new Linear(Box.UNIT), images, Ops.longs(new long[N]), SAMPLES, 1, 2);
        assertThat(ball.contains(found, images)).containsOnly(true);
        assertThat(Box.UNIT.contains(found)).containsOnly(true);
      }
    }
  }

  @Test
  void a_random_start_is_not_cut_at_the_box() {
    // One step of 1.25 eps up from U(-eps, eps) ends below eps with probability (2 - 1.25) / 2;
    // from
    // a start cut at 0, on black images, it never would.
    int n = 200;
    InnerAttack attack =
        new InnerAttack(new Ball(Norm.LINF, 0.3), 0.375, 1, Start.UNIFORM, Climb.CROSS_ENTROPY);
    try (Scope scope = Scope.open()) {
      double[] found =
          Ops.toDoubles(
              attack.perturb(
                  new Linear(Box.UNIT),
                  Ops.doubles(new double[n * D], n, D),
                  Ops.longs(new long[n]),
                  LongStream.range(0, n).toArray(),
                  7,
                  3));
      int rising = 0;
      int inside = 0;
      for (int i = 0; i < found.length; i++) {
        if (V[i % D] < 0) { // the margin falls as this pixel rises
          rising++;
          inside += found[i] < 0.2999 ? 1 : 0;
        }
      }
      assertThat((double) inside / rising).isCloseTo(0.375, within(0.03));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Start.class,
      names = {"UNIFORM", "NEARBY"})
  void draws_follow_the_sample_wherever_it_stands(Start start) {
    InnerAttack attack =
        new InnerAttack(new Ball(Norm.LINF, 0.3), 1e-3, 1, start, Climb.CROSS_ENTROPY);
    double[] all = perturb(attack, 7, 3);
    try (Scope scope = Scope.open()) {
      double[] alone =
          Ops.toDoubles(
              attack.perturb(
                  new Linear(WIDE),
                  Ops.doubles(Arrays.copyOfRange(X, 4 * D, 5 * D), 1, D),
                  Ops.longs(new long[1]),
                  new long[] {SAMPLES[4]},
                  7,
                  3));
      assertThat(alone).containsExactly(Arrays.copyOfRange(all, 4 * D, 5 * D));
    }
    assertThat(perturb(attack, 8, 3)).as("seed").isNotEqualTo(all);
    assertThat(perturb(attack, 7, 4)).as("step").isNotEqualTo(all);
    assertThat(perturb(attack, 7, 3)).isEqualTo(all);
  }

  @Test
  void every_option_matters() {
    Ball ball = new Ball(Norm.LINF, 0.3);
    double[] reference =
        perturb(new InnerAttack(ball, 0.01, 3, Start.UNIFORM, Climb.CROSS_ENTROPY), 7, 3);
    assertThat(
            perturb(
                new InnerAttack(
                    new Ball(Norm.L2, 0.3), 0.01, 3, Start.UNIFORM, Climb.CROSS_ENTROPY),
                7,
                3))
        .isNotEqualTo(reference);
    assertThat(perturb(new InnerAttack(ball, 0.02, 3, Start.UNIFORM, Climb.CROSS_ENTROPY), 7, 3))
        .isNotEqualTo(reference);
    assertThat(perturb(new InnerAttack(ball, 0.01, 4, Start.UNIFORM, Climb.CROSS_ENTROPY), 7, 3))
        .isNotEqualTo(reference);
    assertThat(perturb(new InnerAttack(ball, 0.01, 3, Start.NEARBY, Climb.CROSS_ENTROPY), 7, 3))
        .isNotEqualTo(reference);
    assertThat(perturb(new InnerAttack(ball, 0.01, 3, Start.UNIFORM, Climb.DIVERGENCE), 7, 3))
        .isNotEqualTo(reference);
    assertThatThrownBy(() -> new InnerAttack(ball, Double.NaN, 3, Start.CLEAN, Climb.CROSS_ENTROPY))
        .hasMessageContaining("stepSize must be > 0");
    assertThatThrownBy(() -> new InnerAttack(ball, 0.1, 0, Start.CLEAN, Climb.CROSS_ENTROPY))
        .hasMessageContaining("steps must be >= 1");
  }
}
