package dev.semblance.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckTest {
  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void positive_refuses(double value) {
    assertThatThrownBy(() -> Check.positive("rate", value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rate must be > 0 and finite, got " + value);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
  void between_refuses(double value) {
    assertThatThrownBy(() -> Check.between("share", value, 0, 1))
        .hasMessage("share must be in [0.0, 1.0], got " + value);
  }

  @Test
  void not_negative_and_finite_refuse_nan() {
    assertThatThrownBy(() -> Check.notNegative("decay", Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> Check.finite("value", Double.NaN)).hasMessageContaining("NaN");
    assertThat(Check.notNegative("decay", 0)).isZero();
  }

  @Test
  void a_matrix_must_have_two_dimensions_and_floating_point() {
    try (Scope scope = Scope.open()) {
      Tensor cube = Ops.floats(new float[8], 2, 2, 2);
      assertThatThrownBy(() -> Check.matrix("embeddings", cube))
          .hasMessage("embeddings must be [n, d], got [2, 2, 2]; flatten first");
      Tensor whole = Ops.longs(new long[4], 2, 2);
      assertThatThrownBy(() -> Check.matrix("embeddings", whole))
          .hasMessageContaining("floating point");
    }
  }

  @Test
  void a_native_failure_becomes_one_line() {
    try (Scope scope = Scope.open()) {
      Tensor a = Ops.floats(new float[6], 2, 3);
      Tensor b = Ops.floats(new float[8], 2, 4);
      try {
        a.matmul(b);
        throw new AssertionError("shapes do not fit");
      } catch (RuntimeException e) {
        TorchException told = TorchException.of("matmul", Shapes.of(a, b), e);
        assertThat(told.getMessage().lines()).hasSize(1);
        assertThat(told).hasMessageStartingWith("matmul([2, 3], [2, 4]) failed: ");
        assertThat(told.getMessage().length()).isLessThan(200);
      }
    }
  }
}
