package dev.semblance.generative.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class NearestClassTest {
  @Test
  void an_image_is_of_the_class_of_its_nearest() {
    try (Scope scope = Scope.open()) {
      Tensor known = Ops.bytes(new byte[] {0, 0, (byte) 200, 0, 0, (byte) 250}, 3, 1, 1, 2);
      try (NearestClass nearest = NearestClass.of(known, new long[] {4, 0, 7})) {
        Tensor images =
            Ops.bytes(new byte[] {(byte) 255, 20, 90, 10, 10, (byte) 128, 110, 10}, 4, 1, 1, 2);
        assertThat(nearest.labels(images)).containsExactly(0, 4, 7, 0);
      }
    }
  }

  @Test
  void what_does_not_fit_is_refused() {
    try (Scope scope = Scope.open()) {
      Tensor known = Ops.bytes(new byte[] {0, 1, 2, 3}, 2, 1, 1, 2);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NearestClass.of(known, new long[] {1}))
          .withMessage("images and labels must be as many, got 2 and 1");
      try (NearestClass nearest = NearestClass.of(known, new long[] {1, 2})) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> nearest.labels(Ops.bytes(new byte[] {0, 1, 2}, 1, 1, 1, 3)))
            .withMessageContaining("must be of one width, got 3 and 2");
      }
    }
  }
}
