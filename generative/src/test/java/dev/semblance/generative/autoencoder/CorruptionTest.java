package dev.semblance.generative.autoencoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorruptionTest {
  private static final int N = 40;
  private static final int PIXELS = 500;

  private static Tensor images() {
    return torch.full(new long[] {N, 1, 20, 25}, Ops.scalar(0.6));
  }

  private static float[] corrupted(String text, long step) {
    try (Scope scope = Scope.open()) {
      return Ops.toFloats(Corruption.parse(text).apply(images(), Noise.of(3, 0, N), step));
    }
  }

  private static double share(float[] values, double value) {
    int count = 0;
    for (float v : values) {
      count += Math.abs(v - value) < 1e-6 ? 1 : 0;
    }
    return (double) count / values.length;
  }

  /** Four standard errors of a share over all pixels. */
  private static double error(double share) {
    return 4 * Math.sqrt(share * (1 - share) / (N * PIXELS));
  }

  @Test
  void maskingClearsEachPixelWithItsProbability() {
    float[] values = corrupted("masking:0.3", 0);
    assertThat(share(values, 0)).isCloseTo(0.3, offset(error(0.3)));
    // The others are as they were: nothing is rescaled.
    assertThat(share(values, 0) + share(values, 0.6)).isEqualTo(1);
  }

  @Test
  void fixedMaskingClearsTheSameNumberInEachImage() {
    float[] values = corrupted("masking-fixed:0.25", 0);
    int[] everywhere = new int[PIXELS];
    for (int i = 0; i < N; i++) {
      int cleared = 0;
      for (int j = 0; j < PIXELS; j++) {
        cleared += values[i * PIXELS + j] == 0 ? 1 : 0;
        everywhere[j] += values[i * PIXELS + j] == 0 ? 1 : 0;
      }
      assertThat(cleared).isEqualTo(125);
    }
    // Others in each image: of 40 draws at a quarter, about ten at any place.
    assertThat(java.util.Arrays.stream(everywhere).boxed())
        .allMatch(count -> count > 0 && count < 25);
  }

  @Test
  void saltAndPepperAreAsLikely() {
    float[] values = corrupted("salt-and-pepper:0.2", 0);
    assertThat(share(values, 0)).isCloseTo(0.1, offset(error(0.1)));
    assertThat(share(values, 1)).isCloseTo(0.1, offset(error(0.1)));
    assertThat(share(values, 0.6)).isCloseTo(0.8, offset(error(0.2)));
  }

  @Test
  void gaussianHasItsDeviation() {
    float[] values = corrupted("gaussian:0.5", 0);
    double mean = 0;
    double square = 0;
    for (float v : values) {
      mean += (v - 0.6) / values.length;
      square += (v - 0.6) * (v - 0.6) / values.length;
    }
    assertThat(mean).isCloseTo(0, offset(4 * 0.5 / Math.sqrt(values.length)));
    assertThat(Math.sqrt(square)).isCloseTo(0.5, offset(4 * 0.5 / Math.sqrt(2.0 * values.length)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"masking:0.3", "masking-fixed:0.3", "salt-and-pepper:0.2", "gaussian:0.5"})
  void dependsOnImageAndStepOnly(String text) {
    float[] all = corrupted(text, 4);
    assertThat(corrupted(text, 5)).isNotEqualTo(all);
    try (Scope scope = Scope.open()) {
      Tensor alone = Corruption.parse(text).apply(images().narrow(0, 7, 1), Noise.of(3, 7, 1), 4);
      float[] seventh = java.util.Arrays.copyOfRange(all, 7 * PIXELS, 8 * PIXELS);
      assertThat(Ops.toFloats(alone)).isEqualTo(seventh);
    }
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThat(Corruption.parse("none")).isEqualTo(new Corruption.None());
    for (String text : List.of("fog:0.3", "masking", "none:1", "masking:0.3:2", "")) {
      assertThatThrownBy(() -> Corruption.parse(text))
          .hasMessage(
              "noise must be none, masking:P, masking-fixed:P, salt-and-pepper:P or gaussian:S,"
                  + " got "
                  + text);
    }
    assertThatThrownBy(() -> Corruption.parse("masking:x"))
        .hasMessage("amount of noise must be a number, got x; such as masking:0.3");
    assertThatThrownBy(() -> Corruption.parse("masking:1.5"))
        .hasMessage("probability must be in [0.0, 1.0], got 1.5");
    assertThatThrownBy(() -> Corruption.parse("gaussian:NaN"))
        .hasMessage("deviation must be >= 0 and finite, got NaN");
  }
}
