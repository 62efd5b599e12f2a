package dev.semblance.generative;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** From a batch to what a model of this module takes, and back. */
public final class Pixels {
  private Pixels() {}

  /**
   * The images of a batch in the units of the model, augmented: floating-point images are in these
   * units already and are given back as they are, which is how points of the plane come in.
   *
   * @param batch images uint8 [n, c, h, w], 0..255, or floating point [n, c, h, w]
   * @param augmentation of uint8 images, before the preprocessing; {@link Augmentation#none()} for
   *     held-out ones
   * @param seed of the augmentation
   * @return float32 [n, c, h, w], in the current scope
   */
  public static Tensor of(
      Batch batch, Preprocessing preprocessing, Augmentation augmentation, long seed) {
    try (Scope scope = Scope.open()) {
      if (batch.images().is_floating_point()) {
        return scope.keep(batch.images().to(ScalarType.Float));
      }
      // Augmented as pixels: what an image is shifted away from becomes black.
      Tensor pixels =
          augmentation.apply(batch.images().to(ScalarType.Float), batch.rows(), seed, batch.step());
      return scope.keep(preprocessing.normalize(pixels));
    }
  }

  /**
   * Images of a model as pixels: undone preprocessing, rounded and clamped to 0..255.
   *
   * @param images floating point [n, c, h, w] in the units of {@code preprocessing}
   * @return uint8 [n, c, h, w], in the current scope
   */
  public static Tensor bytes(Tensor images, Preprocessing preprocessing) {
    double[] mean = preprocessing.mean();
    double[] deviation = preprocessing.deviation();
    float[] scale = new float[mean.length];
    float[] shift = new float[mean.length];
    for (int i = 0; i < mean.length; i++) {
      scale[i] = (float) deviation[i];
      shift[i] = (float) mean[i];
    }
    try (Scope scope = Scope.open()) {
      Tensor pixels =
          images
              .detach()
              .to(ScalarType.Float)
              .mul(Ops.floats(scale, scale.length, 1, 1))
              .add(Ops.floats(shift, shift.length, 1, 1));
      return scope.keep(
          pixels
              .round()
              .clamp_(new ScalarOptional(Ops.scalar(0)), new ScalarOptional(Ops.scalar(255)))
              .to(ScalarType.Byte));
    }
  }
}
