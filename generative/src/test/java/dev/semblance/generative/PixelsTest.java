package dev.semblance.generative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

final class PixelsTest {
  private static final Preprocessing HALVES = Preprocessing.of(new ImageShape(1, 1, 3));

  private static Batch batch(Tensor images) {
    return new Batch(4, new long[] {9}, images, Ops.longs(new long[] {0}));
  }

  @Test
  void bytesAreAugmentedAndThenBroughtToTheModelsUnits() {
    try (Scope scope = Scope.open()) {
      Batch batch = batch(Ops.bytes(new byte[] {0, 51, (byte) 255}, 1, 1, 1, 3));
      Augmentation mirror = new Augmentation(1, 0, 0, 0, 0);
      assertThat(Ops.toFloats(Pixels.of(batch, HALVES, Augmentation.none(), 1)))
          .containsExactly(new float[] {-1, -0.6f, 1}, offset(1e-6f));
      assertThat(Ops.toFloats(Pixels.of(batch, HALVES, mirror, 1)))
          .containsExactly(new float[] {1, -0.6f, -1}, offset(1e-6f));
    }
  }

  @Test
  void floatingPointImagesAreLeftAsTheyAre() {
    try (Scope scope = Scope.open()) {
      Batch batch = batch(Ops.floats(new float[] {-7, 0.25f, 300}, 1, 1, 1, 3));
      assertThat(Ops.toFloats(Pixels.of(batch, HALVES, new Augmentation(1, 0, 0, 0, 0), 1)))
          .containsExactly(-7, 0.25f, 300);
    }
  }

  @Test
  void pixelsComeBackRoundedAndWithinTheirRange() {
    try (Scope scope = Scope.open()) {
      Tensor images = Ops.floats(new float[] {-1.2f, -0.598f, 1.1f}, 1, 1, 1, 3);
      assertThat(Ops.toBytes(Pixels.bytes(images, HALVES))).containsExactly(0, 51, (byte) 255);
    }
  }
}
