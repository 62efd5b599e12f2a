package dev.semblance.adversarial.ball;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class BoxTest {
  @Test
  void badBoundsAreNamed() {
    assertThatThrownBy(() -> new Box(Double.NaN, 1)).hasMessage("low must be finite, got NaN");
    assertThatThrownBy(() -> new Box(0, Double.POSITIVE_INFINITY))
        .hasMessage("high must be finite, got Infinity");
    assertThatThrownBy(() -> new Box(1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("low must be < high, got 1.0 and 1.0");
    assertThat(Box.UNIT.width()).isEqualTo(1);
  }

  @Test
  void clampedValuesLieInsideAsStored() {
    try (Scope scope = Scope.open()) {
      // float32(0.1) and float32(0.3) lie above, float32(0.7) below what is written.
      for (Box box : new Box[] {new Box(0.1, 0.3), new Box(0.7, 0.9), new Box(-0.3, -0.1)}) {
        Tensor points = Ops.floats(new float[] {-5, 5, 0.2f, 0.8f, -0.2f}, 5, 1);
        Tensor clamped = box.clamp(points);
        assertThat(box.contains(clamped)).doesNotContain(false);
        float[] values = Ops.toFloats(clamped);
        assertThat((double) Math.nextDown(values[0])).isLessThan(box.low());
        assertThat((double) Math.nextUp(values[1])).isGreaterThan(box.high());
      }
    }
  }

  @Test
  void aRowIsInsideWhenAllItsValuesAre() {
    try (Scope scope = Scope.open()) {
      float nan = Float.NaN;
      Tensor points = Ops.floats(new float[] {0, 1, 0.5f, 1.01f, -0.01f, 0.5f, nan, 0.5f}, 4, 2);
      assertThat(Box.UNIT.contains(points)).containsExactly(true, false, false, false);
      assertThat(new Box(-1, 2).contains(points)).containsExactly(true, true, true, false);
    }
  }
}
