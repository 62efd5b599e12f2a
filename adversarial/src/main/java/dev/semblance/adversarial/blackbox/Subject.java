package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * One sample as a search sees it.
 *
 * @param id of the sample; with the seed it keys all that is drawn
 * @param image the clean values in row-major order
 * @param shape of the image, without the batch
 * @param single whether images are stored as float32, else float64
 * @param box of valid images
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and not to be changed
public record Subject(long id, double[] image, long[] shape, boolean single, Box box) {
  /** Refuses what has no pixels in rows and columns, for searches that ask for them. */
  void refuseOtherThanPictures() {
    if (shape.length > 3) {
      throw new IllegalArgumentException(
          "images must be [width], [height, width] or [channels, height, width], got "
              + Arrays.toString(shape));
    }
  }

  /** The number of values. */
  public int width() {
    return image.length;
  }

  /** Colour channels: the first of three dimensions, else 1. */
  public int channels() {
    return shape.length == 3 ? (int) shape[0] : 1;
  }

  /** Rows of pixels: the last dimension but one, or 1. */
  public int rows() {
    return shape.length == 1 ? 1 : image.length / channels() / columns();
  }

  /** Columns of pixels: the last dimension. */
  public int columns() {
    return (int) shape[shape.length - 1];
  }

  /** The value as an image of the samples' type in the box has it. */
  public double stored(double value) {
    double clamped = Math.min(Math.max(value, box.low()), box.high());
    if (!single) {
      return clamped;
    }
    float rounded = (float) clamped;
    if (rounded < box.low()) {
      rounded = Math.nextUp(rounded);
    } else if (rounded > box.high()) {
      rounded = Math.nextDown(rounded);
    }
    return rounded;
  }

  /** The stored value nearest to {@code value} that is no farther from the clean one. */
  public double storedInward(int i, double value) {
    double stored = stored(value);
    double clean = image[i];
    if (Math.abs(stored - clean) > Math.abs(value - clean)) {
      return single ? Math.nextAfter((float) stored, clean) : Math.nextAfter(stored, clean);
    }
    return stored;
  }

  /** The least stored values in the box within {@code radius} of the clean ones. */
  public double[] lowest(double radius) {
    return corner(-radius);
  }

  /** The greatest stored values in the box within {@code radius} of the clean ones. */
  public double[] highest(double radius) {
    return corner(radius);
  }

  private double[] corner(double change) {
    double[] corner = new double[image.length];
    for (int i = 0; i < corner.length; i++) {
      corner[i] = storedInward(i, image[i] + change);
      // Of a sum that was rounded outwards itself.
      while (Math.abs(corner[i] - image[i]) > Math.abs(change)) {
        corner[i] =
            single
                ? Math.nextAfter((float) corner[i], image[i])
                : Math.nextAfter(corner[i], image[i]);
      }
    }
    return corner;
  }

  /** An image as a batch of one, of the samples' type. */
  Tensor tensor(double[] values) {
    Tensor exact = Ops.doubles(values, batchShape());
    return single ? exact.to(ScalarType.Float) : exact;
  }

  /** The shape of a batch of one. */
  long[] batchShape() {
    long[] whole = new long[shape.length + 1];
    whole[0] = 1;
    System.arraycopy(shape, 0, whole, 1, shape.length);
    return whole;
  }
}
