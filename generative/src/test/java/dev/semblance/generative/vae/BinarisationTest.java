package dev.semblance.generative.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class BinarisationTest {
  private static final int N = 60;
  private static final int PIXELS = 25;

  private static Tensor grey() {
    return torch.full(new long[] {N, 1, 5, 5}, Ops.scalar(0.3));
  }

  private static float[] bits(Binarisation rule, long seed, long step) {
    try (Scope scope = Scope.open()) {
      return Ops.toFloats(rule.apply(grey(), Noise.of(seed, 0, N), step));
    }
  }

  @Test
  void bitsAreOnesWithThePixelsProbability() {
    for (Binarisation rule : new Binarisation[] {Binarisation.STATIC, Binarisation.DYNAMIC}) {
      float[] bits = bits(rule, 1, 2);
      double ones = 0;
      for (float bit : bits) {
        assertThat(bit).isIn(0f, 1f);
        ones += bit;
      }
      double error = Math.sqrt(0.3 * 0.7 / bits.length);
      assertThat(ones / bits.length).isCloseTo(0.3, offset(4 * error));
      // Neighbours and rows are independent: 1,440 pairs each.
      assertThat(together(bits, 1)).isCloseTo(0.09, offset(4 * Math.sqrt(0.09 * 0.91 / 1400)));
      assertThat(together(bits, PIXELS)).isCloseTo(0.09, offset(4 * Math.sqrt(0.09 * 0.91 / 1400)));
    }
  }

  private static double together(float[] bits, int apart) {
    double both = 0;
    for (int i = 0; i + apart < bits.length; i++) {
      both += bits[i] * bits[i + apart];
    }
    return both / (bits.length - apart);
  }

  @Test
  void staticBitsBelongToTheRow() {
    assertThat(bits(Binarisation.STATIC, 1, 0)).isEqualTo(bits(Binarisation.STATIC, 8, 77));
    assertThat(bits(Binarisation.DYNAMIC, 1, 0))
        .isNotEqualTo(bits(Binarisation.DYNAMIC, 1, 1))
        .isNotEqualTo(bits(Binarisation.DYNAMIC, 2, 0));
    for (Binarisation rule : new Binarisation[] {Binarisation.STATIC, Binarisation.DYNAMIC}) {
      try (Scope scope = Scope.open()) {
        float[] alone = Ops.toFloats(rule.apply(grey().narrow(0, 9, 1), Noise.of(1, 9, 1), 3));
        float[] ninth = Arrays.copyOfRange(bits(rule, 1, 3), 9 * PIXELS, 10 * PIXELS);
        assertThat(alone).isEqualTo(ninth);
      }
    }
  }

  @Test
  void certainPixelsStayAndTheThresholdIsOneHalf() {
    try (Scope scope = Scope.open()) {
      Tensor images = Ops.floats(new float[] {0, 1, 0.5f, 0.49f}, 1, 1, 2, 2);
      assertThat(Ops.toFloats(Binarisation.THRESHOLD.apply(images, Noise.of(0, 0, 1), 0)))
          .containsExactly(0, 1, 1, 0);
      for (int row = 0; row < 200; row++) {
        float[] bits = Ops.toFloats(Binarisation.STATIC.apply(images, Noise.of(0, row, 1), 0));
        assertThat(bits[0]).isZero();
        assertThat(bits[1]).isEqualTo(1f);
      }
      assertThat(Binarisation.NONE.apply(images, Noise.of(0, 0, 1), 0)).isSameAs(images);
    }
  }
}
