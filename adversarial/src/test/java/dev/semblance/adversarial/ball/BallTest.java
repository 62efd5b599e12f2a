package dev.semblance.adversarial.ball;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class BallTest {
  @Test
  void ballsReadAsTheyAreWritten() {
    assertThat(Ball.of(Norm.LINF, 0.1)).hasToString("linf 0.1");
    assertThat(Ball.of(Norm.L2, 0.5)).hasToString("l2 0.5");
    assertThat(Ball.of(Norm.L1, 12)).hasToString("l1 12");
    assertThat(Ball.of(Norm.L0, 3)).hasToString("l0 3");
    assertThat(Ball.of(Norm.LINF, 0.1)).isEqualTo(Ball.of(new Linf(), 0.2).withRadius(0.1));
    assertThat(Ball.of(Norm.LINF, 0.1)).isNotEqualTo(Ball.of(Norm.L2, 0.1));
  }

  @Test
  void badRadiiAreNamed() {
    for (double radius : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> Ball.of(Norm.L2, radius))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("radius must be > 0 and finite, got " + radius);
    }
    assertThatThrownBy(() -> Ball.of(Norm.L0, 0.5))
        .hasMessage("radius of an l0 ball must be a number of pixels >= 1, got 0.5");
  }

  @Test
  void membershipIsTestedInDoublePrecisionWithoutTolerance() {
    try (Scope scope = Scope.open()) {
      Ball ball = Ball.of(Norm.LINF, 0.1);
      // float32(0.1) is 0.100000001490116: outside.
      Tensor origin = Ops.floats(new float[] {0, 0, 0}, 3, 1);
      float[] values = {0.1f, Math.nextDown(0.1f), Float.NaN};
      assertThat(ball.contains(Ops.floats(values, 3, 1), origin))
          .containsExactly(false, true, false);
      assertThat(ball.withRadius(0.11).contains(Ops.floats(values, 3, 1), origin))
          .containsExactly(true, true, false);
      assertThatThrownBy(() -> ball.contains(origin, Ops.floats(values, 1, 3)))
          .hasMessage("adversarial must have the shape of origin, [1, 3], got [3, 1]");
    }
  }

  @Test
  void membershipOfEveryNormIsItsOwn() {
    try (Scope scope = Scope.open()) {
      Tensor origin = Ops.floats(new float[] {0, 0}, 1, 2);
      Tensor point = Ops.floats(new float[] {3, 4}, 1, 2);
      assertThat(Ball.of(Norm.LINF, 4).contains(point, origin)).containsExactly(true);
      assertThat(Ball.of(Norm.LINF, 3.9).contains(point, origin)).containsExactly(false);
      assertThat(Ball.of(Norm.L2, 5).contains(point, origin)).containsExactly(true);
      assertThat(Ball.of(Norm.L2, 4.9).contains(point, origin)).containsExactly(false);
      assertThat(Ball.of(Norm.L1, 7).contains(point, origin)).containsExactly(true);
      assertThat(Ball.of(Norm.L1, 6.9).contains(point, origin)).containsExactly(false);
      assertThat(Ball.of(Norm.L0, 2).contains(point, origin)).containsExactly(true);
      assertThat(Ball.of(Norm.L0, 1).contains(point, origin)).containsExactly(false);
    }
  }
}
