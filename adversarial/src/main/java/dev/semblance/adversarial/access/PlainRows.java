package dev.semblance.adversarial.access;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Shapes;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/** Between tensors and plain arrays, one row an image. */
final class PlainRows {
  private PlainRows() {}

  /** The images, refused unless each has this shape. */
  static float[][] of(Tensor images, long... shape) {
    if (!Arrays.equals(Arrays.copyOfRange(images.shape(), 1, (int) images.dim()), shape)) {
      throw new IllegalArgumentException(
          "images must be [n, ...] of images "
              + Arrays.toString(shape)
              + ", got "
              + Shapes.of(images));
    }
    float[] flat = Ops.toFloats(images);
    int n = (int) images.size(0);
    int width = flat.length / Math.max(1, n);
    float[][] rows = new float[n][];
    for (int i = 0; i < n; i++) {
      rows[i] = Arrays.copyOfRange(flat, i * width, (i + 1) * width);
    }
    return rows;
  }

  /** Answers as float32 [n, width]. */
  static Tensor tensor(float[][] answers, long n, int width) {
    if (answers.length != n) {
      throw new IllegalStateException(
          "the model must answer " + n + " images with " + n + " rows, got " + answers.length);
    }
    float[] flat = new float[answers.length * width];
    for (int i = 0; i < answers.length; i++) {
      if (answers[i].length != width) {
        throw new IllegalStateException(
            "the model must answer with " + width + " scores an image, got " + answers[i].length);
      }
      System.arraycopy(answers[i], 0, flat, i * width, width);
    }
    return Ops.floats(flat, n, width);
  }
}
