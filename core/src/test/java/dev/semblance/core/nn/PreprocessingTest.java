package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class PreprocessingTest {
  private static final ImageShape SHAPE = new ImageShape(3, 2, 5);
  private static final Preprocessing SOME =
      new Preprocessing(SHAPE, new double[] {125.3, 0, 255}, new double[] {62.9, 1, 255});

  @Test
  void everyPixelIsWhatTheLoopSays() {
    byte[] pixels = new byte[2 * 3 * 10];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 41);
    }
    pixels[3] = (byte) 255;
    pixels[4] = 0;
    try (Scope scope = Scope.open()) {
      Tensor result = SOME.apply(Ops.bytes(pixels, 2, 3, 2, 5));
      assertThat(result.shape()).containsExactly(2, 3, 2, 5);
      float[] values = Ops.toFloats(result);
      float[] floats =
          Ops.toFloats(SOME.normalize(Ops.bytes(pixels, 2, 3, 2, 5).to(ScalarType.Float)));
      for (int i = 0; i < pixels.length; i++) {
        int channel = i / 10 % 3;
        double expected = ((pixels[i] & 0xFF) - SOME.mean()[channel]) / SOME.deviation()[channel];
        assertThat((double) values[i]).isCloseTo(expected, within(1e-6 * 255));
        assertThat((double) values[i]).isCloseTo(expected, within(2e-5));
        assertThat(floats[i]).isEqualTo(values[i]);
      }
    }
  }

  @Test
  void theGradientOfAPixelIsOneOverTheDeviation() {
    try (Scope scope = Scope.open()) {
      Tensor pixels = Ops.zeros(ScalarType.Double, 1, 3, 1, 1).set_requires_grad(true);
      SOME.normalize(pixels).sum().backward();
      assertThat(Ops.toDoubles(pixels.grad()))
          .containsExactly(new double[] {1 / 62.9, 1, 1 / 255.0}, within(1e-7));
    }
  }

  @Test
  void everyOptionMatters() {
    assertThat(SOME)
        .isEqualTo(new Preprocessing(SHAPE, SOME.mean(), SOME.deviation()))
        .hasSameHashCodeAs(new Preprocessing(SHAPE, SOME.mean(), SOME.deviation()))
        .isNotEqualTo(new Preprocessing(SHAPE, new double[3], SOME.deviation()))
        .isNotEqualTo(new Preprocessing(SHAPE, SOME.mean(), new double[] {62.9, 1, 254}))
        .isNotEqualTo(new Preprocessing(new ImageShape(3, 5, 2), SOME.mean(), SOME.deviation()));
    try (Scope scope = Scope.open()) {
      Tensor images = Ops.bytes(new byte[] {0, 64, -1, 5}, 1, 1, 2, 2);
      Preprocessing half = Preprocessing.of(new ImageShape(1, 2, 2));
      assertThat(Ops.toFloats(half.apply(images))[0]).isEqualTo(-1);
      assertThat(Ops.toFloats(half.apply(images))[2]).isCloseTo(1, within(1e-6f));
    }
  }

  @Test
  void arraysAreNotShared() {
    double[] mean = {1, 2, 3};
    Preprocessing one = new Preprocessing(SHAPE, mean, new double[] {1, 1, 1});
    mean[0] = 9;
    one.mean()[1] = 9;
    assertThat(one.mean()).containsExactly(1, 2, 3);
  }

  @Test
  void whatDoesNotFitIsNamed() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> SOME.apply(Ops.zeros(ScalarType.Byte, 1, 3, 2, 4)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "images must be [n, 3, 2, 5], got [1, 3, 2, 4]; fit them to 3x2x5 when reading");
      assertThatThrownBy(() -> SOME.apply(Ops.zeros(ScalarType.Float, 1, 3, 2, 5)))
          .hasMessageContaining("must be uint8");
    }
    double[] three = {1, 1, 1};
    assertThatThrownBy(() -> new Preprocessing(SHAPE, new double[2], three))
        .hasMessageContaining("must have 3 values");
    assertThatThrownBy(() -> new Preprocessing(SHAPE, three, new double[] {1, 0, 1}))
        .hasMessage("deviation must be > 0 and finite, got 0.0");
    assertThatThrownBy(() -> new Preprocessing(SHAPE, new double[] {1, Double.NaN, 1}, three))
        .hasMessageContaining("mean must be finite");
  }
}
