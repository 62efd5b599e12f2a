package dev.semblance.core.nn;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a net expects of its images: {@code (pixel - mean) / deviation} for each channel.
 *
 * <p>Mean and deviation are in pixel units, 0..255, as the images are stored; figures published for
 * the range 0..1 are multiplied by 255.
 *
 * @param shape of the images the net was trained on
 * @param mean of each channel, 0..255
 * @param deviation of each channel, positive
 */
public record Preprocessing(ImageShape shape, double[] mean, double[] deviation) {
  public Preprocessing {
    if (mean.length != shape.channels() || deviation.length != shape.channels()) {
      throw new IllegalArgumentException(
          "mean and deviation must have "
              + shape.channels()
              + " values for images of "
              + shape
              + ", got "
              + mean.length
              + " and "
              + deviation.length);
    }
    for (int i = 0; i < mean.length; i++) {
      Check.finite("mean", mean[i]);
      Check.positive("deviation", deviation[i]);
    }
    mean = mean.clone();
    deviation = deviation.clone();
  }

  /** Pixels to -1..1: mean and deviation 127.5. */
  public static Preprocessing of(ImageShape shape) {
    double[] half = new double[shape.channels()];
    Arrays.fill(half, 127.5);
    return new Preprocessing(shape, half, half);
  }

  @Override
  public double[] mean() {
    return mean.clone();
  }

  @Override
  public double[] deviation() {
    return deviation.clone();
  }

  /**
   * Images as the net takes them.
   *
   * @param images uint8 [n, channels, height, width] of {@link #shape}
   * @return float32 of the same shape
   */
  public Tensor apply(Tensor images) {
    if (images.scalar_type().intern() != ScalarType.Byte) {
      throw new IllegalArgumentException(
          "images must be uint8, got " + images.scalar_type() + "; use normalize for float pixels");
    }
    if (images.dim() != 4
        || images.size(1) != shape.channels()
        || images.size(2) != shape.height()
        || images.size(3) != shape.width()) {
      throw new IllegalArgumentException(
          "images must be [n, "
              + shape.channels()
              + ", "
              + shape.height()
              + ", "
              + shape.width()
              + "], got "
              + Shapes.of(images)
              + "; fit them to "
              + shape
              + " when reading");
    }
    try (Scope scope = Scope.open()) {
      return scope.keep(normalize(images.to(ScalarType.Float)));
    }
  }

  /**
   * The same for pixels that are floating point already; differentiable, and free of the size.
   *
   * @param pixels float [n, channels, h, w], 0..255
   */
  public Tensor normalize(Tensor pixels) {
    try (Scope scope = Scope.open()) {
      float[] scale = new float[mean.length];
      float[] shift = new float[mean.length];
      for (int i = 0; i < scale.length; i++) {
        scale[i] = (float) (1 / deviation[i]);
        shift[i] = (float) (-mean[i] / deviation[i]);
      }
      // One pass over the images instead of two.
      return scope.keep(
          torch.addcmul(
              Ops.floats(shift, scale.length, 1, 1).to(pixels.scalar_type()),
              pixels,
              Ops.floats(scale, scale.length, 1, 1).to(pixels.scalar_type())));
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Preprocessing that
        && shape.equals(that.shape)
        && Arrays.equals(mean, that.mean)
        && Arrays.equals(deviation, that.deviation);
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + Arrays.hashCode(mean) + 7 * Arrays.hashCode(deviation);
  }

  @Override
  public String toString() {
    return shape + " mean " + Arrays.toString(mean) + " deviation " + Arrays.toString(deviation);
  }
}
