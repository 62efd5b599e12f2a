package dev.semblance.adversarial.defend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class RobustCheckTest {
  private static final int N = 400;
  private static final int D = 2;

  /** Two classes whose margin for class 0 is a function of the image, [n, d] to [n]. */
  private record Margin(UnaryOperator<Tensor> margin) implements Classifier {
    @Override
    public Tensor logits(Tensor images) {
      Tensor z = margin.apply(images);
      return torch.stack(new TensorVector(z, z.neg()), 1);
    }

    @Override
    public int classes() {
      return 2;
    }

    @Override
    public Box box() {
      return Box.UNIT;
    }
  }

  private static double[] points() {
    double[] x = new double[N * D];
    Rng rng = Rng.of(4, Rng.Purpose.OTHER);
    for (int i = 0; i < x.length; i++) {
      x[i] = rng.uniform(0.2, 0.8);
    }
    return x;
  }

  private static RobustCheck.Reading read(RobustCheck check, UnaryOperator<Tensor> margin) {
    try (Scope scope = Scope.open()) {
      return check.measure(
          new Margin(margin), Samples.of(Ops.doubles(points(), N, D), Ops.longs(new long[N])));
    }
  }

  /** A full step of 0.1 comes back to the same height; the valley is half way. */
  private static Tensor wavy(Tensor images) {
    Tensor phase = images.mul(Ops.scalar(2 * Math.PI / 0.1));
    return column(phase, 0).cos().add(column(phase, 1).cos()).add(Ops.scalar(1.2));
  }

  private static Tensor column(Tensor images, long index) {
    return images.narrow(1, index, 1).squeeze(1);
  }

  @Test
  void a_linear_model_stands_as_its_formula_says_and_its_gradient_never_turns() {
    RobustCheck check = RobustCheck.of(new Ball(Norm.LINF, 0.1), 3);
    RobustCheck.Reading reading =
        read(check, x -> column(x, 0).add(column(x, 1)).sub(Ops.scalar(0.9)));
    double[] x = points();
    int clean = 0;
    int robust = 0;
    for (int i = 0; i < N; i++) {
      double margin = x[2 * i] + x[2 * i + 1] - 0.9;
      clean += margin > 0 ? 1 : 0;
      robust += margin > 0.2 ? 1 : 0;
    }
    assertThat(reading.clean()).isEqualTo((double) clean / N);
    assertThat(reading.oneStep()).isEqualTo((double) robust / N);
    assertThat(reading.robust()).isEqualTo((double) robust / N);
    assertThat(reading.gradientCosine()).isCloseTo(1, within(1e-9));
    assertThat(reading.collapsed()).isFalse();
  }

  @Test
  void a_loss_that_bends_so_that_one_step_misses_is_called_a_collapse() {
    RobustCheck check = RobustCheck.of(new Ball(Norm.LINF, 0.1), 3);
    RobustCheck.Reading reading = read(check, RobustCheckTest::wavy);
    assertThat(reading.robust()).isLessThan(0.2);
    assertThat(reading.oneStep()).isGreaterThan(0.5);
    assertThat(Math.abs(reading.gradientCosine())).isLessThan(0.3);
    assertThat(reading.collapsed()).isTrue();
  }

  @Test
  void gradients_too_small_for_squares_still_have_a_direction() {
    RobustCheck check = RobustCheck.of(new Ball(Norm.LINF, 0.1), 3);
    RobustCheck.Reading reading =
        read(check, x -> column(x, 0).mul(Ops.scalar(30)).add(Ops.scalar(200)));
    assertThat(reading.gradientCosine()).isCloseTo(1, within(1e-9));
  }

  @Test
  void every_option_matters() {
    Ball ball = new Ball(Norm.LINF, 0.1);
    RobustCheck.Reading reference = read(new RobustCheck(ball, 10, 3), RobustCheckTest::wavy);
    assertThat(read(new RobustCheck(ball.withRadius(0.2), 10, 3), RobustCheckTest::wavy))
        .isNotEqualTo(reference);
    assertThat(read(new RobustCheck(ball, 10, 4), RobustCheckTest::wavy)).isNotEqualTo(reference);
    assertThat(read(new RobustCheck(ball, 1, 3), RobustCheckTest::wavy).robust())
        .isNotEqualTo(reference.robust());
  }

  @Test
  void the_rate_rises_and_falls_as_published() {
    // numpy.interp(t, [0, 4, 10], [0, 1, 0]) at t = (step + 1) / 100 * 10, numpy 1.26.
    Cyclic cyclic = Cyclic.of();
    assertThat(cyclic.factor(0, 100)).isCloseTo(0.025, within(1e-12));
    assertThat(cyclic.factor(39, 100)).isCloseTo(1, within(1e-12));
    assertThat(cyclic.factor(69, 100)).isCloseTo(0.5, within(1e-12));
    assertThat(cyclic.factor(99, 100)).isZero();
    assertThat(new Cyclic(0.7).factor(69, 100)).isCloseTo(1, within(1e-12));
  }
}
