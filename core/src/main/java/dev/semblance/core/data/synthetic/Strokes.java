package dev.semblance.core.data.synthetic;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.MemoryImages;
import dev.semblance.core.data.Split;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Handwritten-looking digits, drawn from a seed: 28x28, white ink on black, ten balanced classes.
 *
 * <p>A digit is one of several sets of pen strokes whose Bezier control points are jittered, then
 * slanted, scaled, rotated and shifted, drawn with a pen of random width and softness, with slight
 * noise. Image i is a function of (seed, split, i) and of nothing else: a smaller set is the
 * beginning of a larger one, bit for bit, and the splits never share a draw.
 */
public final class Strokes {
  /** The height and width of an image in pixels. */
  public static final int SIDE = 28;

  /** The number of classes; the class of image i is i modulo this. */
  public static final int CLASSES = 10;

  private static final int DEFAULT_TRAIN = 6000;
  private static final int DEFAULT_TEST = 2000;

  private static final List<String> NAMES =
      IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList();

  private Strokes() {}

  /** The usual number of images: 6,000 to train on, 2,000 to test on, both together. */
  public static int defaultCount(Split split) {
    return switch (split) {
      case TRAIN -> DEFAULT_TRAIN;
      case TEST -> DEFAULT_TEST;
      case ALL -> DEFAULT_TRAIN + DEFAULT_TEST;
    };
  }

  /** The set of {@link #defaultCount} images. */
  public static ImageSet images(Split split, long seed) {
    return images(defaultCount(split), split, seed);
  }

  /**
   * A set in memory; the caller closes it.
   *
   * @param count the number of images, at least 1; label of row i is i mod 10
   * @param split which stream of draws; {@code ALL} is three quarters (rounded up) of training
   *     draws, then test draws
   * @throws IllegalArgumentException if count is below 1 or above what one array holds
   */
  public static ImageSet images(int count, Split split, long seed) {
    Rows rows = Rows.of(count, split, SIDE * SIDE);
    byte[] pixels = new byte[count * SIDE * SIDE];
    int[] labels = new int[count];
    Pen pen = new Pen(SIDE, SIDE);
    for (int row = 0; row < count; row++) {
      int index = rows.index(row);
      labels[row] = index % CLASSES;
      draw(pen, index, rows.split(row), seed, pixels, row * SIDE * SIDE);
    }
    return MemoryImages.of(
        "strokes " + split.text(), new ImageShape(1, SIDE, SIDE), pixels, labels, NAMES, rows::id);
  }

  /**
   * One image, row-major, 0..255: the digit {@code index mod 10}.
   *
   * @param split {@code TRAIN} or {@code TEST}
   */
  public static byte[] draw(int index, Split split, long seed) {
    Check.atLeast("index", index, 0);
    byte[] pixels = new byte[SIDE * SIDE];
    draw(new Pen(SIDE, SIDE), index, split, seed, pixels, 0);
    return pixels;
  }

  private static void draw(Pen pen, int index, Split split, long seed, byte[] pixels, int offset) {
    Rng rng = Rng.of(seed, Rng.Purpose.SYNTHETIC, index, Rows.stream(split));
    List<List<double[]>> ways = Glyphs.of(index % CLASSES);
    List<double[]> strokes = ways.get(rng.below(ways.size()));
    Pose pose = Pose.draw(rng);
    pen.clear();
    for (double[] stroke : strokes) {
      pen.curve(pose.place(stroke, rng));
    }
    double width = rng.uniform(0.75, 1.7);
    double softness = rng.uniform(0.55, 1.1);
    double ink = rng.uniform(170, 255);
    pen.print(width, softness, ink, rng.uniform(2, 12), rng, pixels, offset);
  }

  /** How one digit lies in its image: an affine map, and how unsteady the hand is. */
  private record Pose(
      double xx, double xy, double yx, double yy, double dx, double dy, double jitter) {
    static Pose draw(Rng rng) {
      double angle = Math.toRadians(Bell.of(rng, 9));
      double slant = Bell.of(rng, 0.22);
      double height = 0.195 * (1 + Bell.of(rng, 0.1));
      double width = 0.215 * (1 + Bell.of(rng, 0.15));
      double cos = StrictMath.cos(angle);
      double sin = StrictMath.sin(angle);
      // Rotation times slant times scale; a positive slant leans to the right.
      return new Pose(
          cos * width,
          (-cos * slant - sin) * height,
          sin * width,
          (-sin * slant + cos) * height,
          SIDE / 2.0 + Bell.of(rng, 1.1),
          SIDE / 2.0 + Bell.of(rng, 1.1),
          rng.uniform(1.5, 5.5));
    }

    /** The jittered stroke in pixels. */
    double[] place(double[] stroke, Rng rng) {
      double[] placed = new double[stroke.length];
      for (int i = 0; i < stroke.length; i += 2) {
        double x = stroke[i] - Glyphs.CENTRE_X + Bell.of(rng, jitter);
        double y = stroke[i + 1] - Glyphs.CENTRE_Y + Bell.of(rng, 1.2 * jitter);
        placed[i] = dx + xx * x + xy * y;
        placed[i + 1] = dy + yx * x + yy * y;
      }
      return placed;
    }
  }
}
