package dev.semblance.core.data;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Random changes of images that keep their meaning: mirror, rotate and scale about the centre,
 * shift, erase a rectangle; in this order. What comes in from outside the image is 0.
 *
 * <p>The change of an image is a function of (seed, sample, step, view): the same bits whatever
 * else stands in the batch, and in whatever order. A sample that stands twice in a batch is changed
 * the same way twice. Each option draws from its own place in the stream, so one option does not
 * alter the draws of another.
 *
 * <p>Shifts and mirrors alone move whole pixels (zero padding and random crop, as for CIFAR);
 * rotation or scale samples bilinearly, once. Erasing draws the area uniformly in [0.02, 0.4] of
 * the image and the aspect ratio in [0.3, 1/0.3]. Differs from the paper: the ratio is uniform in
 * its logarithm, so that lying and standing rectangles are as likely; the rectangle is filled with
 * 0; a rectangle that does not fit in ten tries is left out.
 *
 * @param flip the probability of a mirror image, left to right, in [0, 1]
 * @param shift the largest shift along each axis in whole pixels, uniform in -shift..shift
 * @param rotationDegrees the largest angle, uniform to either side, in [0, 180]
 * @param scale the largest relative change of size, uniform in [1 - scale, 1 + scale], in [0, 1)
 * @param erasing the probability that a rectangle is erased, in [0, 1]
 */
@Source(key = "he2016deep", where = "section 4.2 (mirror, pad and crop)")
@Source(key = "zhong2020random", where = "Algorithm 1 (erasing)")
public record Augmentation(
    double flip, int shift, double rotationDegrees, double scale, double erasing) {
  private static final int ERASING_TRIES = 10;
  private static final double LEAST_AREA = 0.02;
  private static final double MOST_AREA = 0.4;
  private static final double LOG_ASPECT = StrictMath.log(1 / 0.3);
  private static final int BILINEAR = 0;
  private static final int ZEROS = 0;

  /** The steps of the keys of later views start here. */
  private static final long VIEW = 1L << 48;

  public Augmentation {
    Check.between("flip", flip, 0, 1);
    Check.atLeast("shift", shift, 0);
    Check.between("rotationDegrees", rotationDegrees, 0, 180);
    if (!(scale >= 0 && scale < 1)) {
      throw new IllegalArgumentException("scale must be in [0, 1), got " + scale);
    }
    Check.between("erasing", erasing, 0, 1);
  }

  /** No change. */
  public static Augmentation none() {
    return new Augmentation(0, 0, 0, 0, 0);
  }

  /**
   * For small grey digits and letters: shifts by up to 2 pixels, 10 degrees, 10 % of size. A
   * digit's mirror image is not a digit.
   */
  public static Augmentation greyDigits() {
    return new Augmentation(0, 2, 10, 0.1, 0);
  }

  /** For CIFAR and its like: 4 pixels of padding and a random crop, mirrored half the time. */
  public static Augmentation cifar() {
    // he2016deep, section 4.2.
    return new Augmentation(0.5, 4, 0, 0, 0);
  }

  /** True where {@link #apply} changes nothing. */
  public boolean isNone() {
    return flip == 0 && shift == 0 && rotationDegrees == 0 && scale == 0 && erasing == 0;
  }

  /**
   * The changed images.
   *
   * @param batch float32 [n, c, h, w]; not changed
   * @param samples n keys, the samples' rows in their set
   * @param step the step of training, 0..2^48 - 1
   * @return float32 [n, c, h, w] in the current scope; {@code batch} itself where {@link #isNone}
   * @throws IllegalArgumentException if the shapes disagree or a shift can leave the image
   */
  public Tensor apply(Tensor batch, long[] samples, long seed, long step) {
    return apply(batch, samples, seed, step, 0);
  }

  /**
   * The changed images of one of several views; view 0 is {@link #apply(Tensor, long[], long,
   * long)}.
   *
   * @param view 0..1000
   */
  public Tensor apply(Tensor batch, long[] samples, long seed, long step, int view) {
    check(batch, samples, step, view);
    if (isNone() || samples.length == 0) {
      return batch;
    }
    int height = (int) batch.size(2);
    int width = (int) batch.size(3);
    Change[] changes = new Change[samples.length];
    for (int i = 0; i < changes.length; i++) {
      Rng rng = Rng.of(seed, Rng.Purpose.AUGMENT, samples[i], step + view * VIEW);
      changes[i] = draw(rng, height, width);
    }
    try (Scope scope = Scope.open()) {
      Tensor result = batch;
      if (rotationDegrees > 0 || scale > 0) {
        result = resample(result, changes);
      } else if (flip > 0 || shift > 0) {
        result = gather(result, changes);
      }
      if (erasing > 0) {
        result = erase(result, changes);
      }
      return scope.keep(result);
    }
  }

  /**
   * Two independent views of each image, for contrastive losses: rows 0..n-1 are the first, n..2n-1
   * the second.
   *
   * @return float32 [2n, c, h, w] in the current scope
   */
  public Tensor twoViews(Tensor batch, long[] samples, long seed, long step) {
    try (Scope scope = Scope.open()) {
      Tensor first = apply(batch, samples, seed, step, 0);
      Tensor second = apply(batch, samples, seed, step, 1);
      return scope.keep(torch.cat(new TensorVector(first, second), 0));
    }
  }

  private void check(Tensor batch, long[] samples, long step, int view) {
    if (batch.dim() != 4 || batch.scalar_type().intern() != ScalarType.Float) {
      throw new IllegalArgumentException(
          "batch must be float32 [n, c, h, w], got "
              + batch.scalar_type()
              + " "
              + Shapes.of(batch));
    }
    if (batch.size(0) != samples.length) {
      throw new IllegalArgumentException(
          "samples must name the " + batch.size(0) + " images of the batch, got " + samples.length);
    }
    long side = Math.min(batch.size(2), batch.size(3));
    if (shift >= side && shift > 0) {
      throw new IllegalArgumentException(
          "shift must be < " + side + " for images " + Shapes.of(batch) + ", got " + shift);
    }
    if (step < 0 || step >= VIEW) {
      throw new IllegalArgumentException("step must be in [0, 2^48), got " + step);
    }
    Check.between("view", view, 0, 1000);
  }

  /**
   * What happens to one image.
   *
   * @param cos of the angle, over the scale
   * @param sin of the angle, over the scale
   * @param bottom the row after the erased rectangle; 0 where nothing is erased
   */
  private record Change(
      boolean mirror,
      int down,
      int right,
      double cos,
      double sin,
      int top,
      int left,
      int bottom,
      int end) {}

  private Change draw(Rng rng, int height, int width) {
    // Seven draws whatever is switched on: an option does not move the draws of another.
    boolean mirror = rng.nextDouble() < flip;
    int down = (int) Math.floor(rng.nextDouble() * (2.0 * shift + 1)) - shift;
    int right = (int) Math.floor(rng.nextDouble() * (2.0 * shift + 1)) - shift;
    double angle = Math.toRadians(rng.uniform(-rotationDegrees, rotationDegrees));
    double size = rng.uniform(1 - scale, 1 + scale);
    double cos = StrictMath.cos(angle) / size;
    double sin = StrictMath.sin(angle) / size;
    if (rng.nextDouble() < erasing) {
      for (int i = 0; i < ERASING_TRIES; i++) {
        // zhong2020random, Algorithm 1: S_e = area, r_e = aspect, H_e, W_e.
        double area = rng.uniform(LEAST_AREA, MOST_AREA) * height * width;
        double aspect = StrictMath.exp(rng.uniform(-LOG_ASPECT, LOG_ASPECT));
        int tall = (int) Math.rint(Math.sqrt(area * aspect));
        int wide = (int) Math.rint(Math.sqrt(area / aspect));
        double top = rng.nextDouble();
        double left = rng.nextDouble();
        if (tall >= 1 && wide >= 1 && tall <= height && wide <= width) {
          int y = (int) (top * (height - tall + 1));
          int x = (int) (left * (width - wide + 1));
          return new Change(mirror, down, right, cos, sin, y, x, y + tall, x + wide);
        }
      }
    }
    return new Change(mirror, down, right, cos, sin, 0, 0, 0, 0);
  }

  /** Whole pixels: pads by the largest shift, then takes each output pixel by its address. */
  private Tensor gather(Tensor batch, Change[] changes) {
    int n = changes.length;
    int channels = (int) batch.size(1);
    int height = (int) batch.size(2);
    int width = (int) batch.size(3);
    Tensor padded = shift == 0 ? batch : torch.constant_pad_nd(batch, shift, shift, shift, shift);
    long stride = width + 2L * shift;
    long plane = (height + 2L * shift) * stride;
    long[] rows = new long[n * height];
    long[] columns = new long[n * width];
    long[] planes = new long[channels];
    for (int i = 0; i < n; i++) {
      Change change = changes[i];
      for (int y = 0; y < height; y++) {
        rows[i * height + y] = i * channels * plane + (y - change.down + shift) * stride;
      }
      for (int x = 0; x < width; x++) {
        int from = x - change.right + shift;
        // Mirrored first, then shifted: the padding is mirrored with the image.
        columns[i * width + x] = change.mirror ? stride - 1 - from : from;
      }
    }
    for (int c = 0; c < channels; c++) {
      planes[c] = c * plane;
    }
    Tensor address =
        Ops.longs(rows, n, 1, height, 1)
            .add(Ops.longs(columns, n, 1, 1, width))
            .add(Ops.longs(planes, 1, channels, 1, 1));
    return padded.contiguous().take(address);
  }

  /**
   * One bilinear resampling. The grid is made element by element: no kernel that sees the batch.
   */
  private static Tensor resample(Tensor batch, Change[] changes) {
    int n = changes.length;
    int height = (int) batch.size(2);
    int width = (int) batch.size(3);
    float[][] theta = new float[6][n];
    for (int i = 0; i < n; i++) {
      Change change = changes[i];
      // Output to input, from the centre: undo the shift, the rotation and scale, the mirror.
      double mirror = change.mirror ? -1 : 1;
      double xx = mirror * change.cos;
      double xy = mirror * change.sin;
      double yx = -change.sin;
      double yy = change.cos;
      // libtorch's coordinates run from -1 to 1 over the whole image, edges included.
      theta[0][i] = (float) xx;
      theta[1][i] = (float) (xy * height / width);
      theta[2][i] = (float) (-(xx * change.right + xy * change.down) * 2 / width);
      theta[3][i] = (float) (yx * width / height);
      theta[4][i] = (float) yy;
      theta[5][i] = (float) (-(yx * change.right + yy * change.down) * 2 / height);
    }
    Tensor x = centres(width, 1, 1, width);
    Tensor y = centres(height, 1, height, 1);
    Tensor gridX = affine(theta, 0, n, x, y);
    Tensor gridY = affine(theta, 3, n, x, y);
    Tensor grid = torch.stack(new TensorVector(gridX, gridY), 3);
    return torch.grid_sampler(batch, grid, BILINEAR, ZEROS, false);
  }

  private static Tensor affine(float[][] theta, int row, int n, Tensor x, Tensor y) {
    return Ops.floats(theta[row], n, 1, 1)
        .mul(x)
        .add(Ops.floats(theta[row + 1], n, 1, 1).mul(y))
        .add(Ops.floats(theta[row + 2], n, 1, 1));
  }

  /** The centres of pixels in libtorch's coordinates. */
  private static Tensor centres(int length, long... shape) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (2f * i + 1) / length - 1;
    }
    return Ops.floats(values, shape);
  }

  private static Tensor erase(Tensor batch, Change[] changes) {
    int n = changes.length;
    int height = (int) batch.size(2);
    int width = (int) batch.size(3);
    byte[] rows = new byte[n * height];
    byte[] columns = new byte[n * width];
    for (int i = 0; i < n; i++) {
      Arrays.fill(rows, i * height + changes[i].top, i * height + changes[i].bottom, (byte) 1);
      Arrays.fill(columns, i * width + changes[i].left, i * width + changes[i].end, (byte) 1);
    }
    Tensor erased =
        Ops.bytes(rows, n, 1, height, 1).logical_and(Ops.bytes(columns, n, 1, 1, width));
    return batch.masked_fill(erased, Ops.scalar(0));
  }
}
