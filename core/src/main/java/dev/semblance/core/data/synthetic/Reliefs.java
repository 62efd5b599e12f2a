package dev.semblance.core.data.synthetic;

import dev.semblance.core.Source;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.MemoryImages;
import dev.semblance.core.data.Split;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Surfaces with a relief, drawn from a seed: triangle meshes of eleven patterns on nine base
 * shapes, and their height maps. The pattern is the class, the base shape says nothing about it; as
 * in the SHREC'20 task, whose surfaces are scans of real ones.
 *
 * <p>The pattern lies on its base at a random angle, size, phase and depth, slightly warped, with
 * noise; the whole stands in space at a random pose. Surface i is a function of (seed, split, i)
 * and of nothing else.
 */
@Source(key = "thompson2020shrec", where = "section 3 (task: 11 classes, 220 surfaces)")
public final class Reliefs {
  /** The height and width of a height map, and of the grid of a mesh's vertices. */
  public static final int SIDE = 64;

  /** The number of classes; the class of surface i is i modulo this. */
  public static final int CLASSES = ReliefPattern.values().length;

  private static final int DEFAULT_TRAIN = 1100;

  // thompson2020shrec: 20 surfaces of each class.
  private static final int DEFAULT_TEST = 220;

  /** Keeps the draws apart from those of the other sets. */
  private static final long STREAM = 16;

  private static final List<String> NAMES =
      Arrays.stream(ReliefPattern.values()).map(ReliefPattern::text).toList();

  private static final SmoothSurface SMOOTH = new SmoothSurface(SIDE);

  private Reliefs() {}

  /** The usual number of surfaces: 1,100 to train on, 220 to test on, both together. */
  public static int defaultCount(Split split) {
    return switch (split) {
      case TRAIN -> DEFAULT_TRAIN;
      case TEST -> DEFAULT_TEST;
      case ALL -> DEFAULT_TRAIN + DEFAULT_TEST;
    };
  }

  /** The height maps of {@link #defaultCount} surfaces. */
  public static ImageSet images(Split split, long seed) {
    return images(defaultCount(split), split, seed);
  }

  /**
   * Height maps as grey images in memory, 1 x {@link #SIDE} x {@link #SIDE}; the caller closes the
   * set.
   *
   * @param count the number of surfaces, at least 1; label of row i is i mod 11
   * @param split which stream of draws; {@code ALL} is three quarters (rounded up) of training
   *     draws, then test draws
   * @throws IllegalArgumentException if count is below 1 or above what one array holds
   */
  public static ImageSet images(int count, Split split, long seed) {
    Rows rows = Rows.of(count, split, SIDE * SIDE);
    byte[] pixels = new byte[count * SIDE * SIDE];
    int[] labels = new int[count];
    // Every surface stands for itself, so the order in which they are drawn is free.
    IntStream.range(0, count)
        .parallel()
        .forEach(
            row -> {
              int index = rows.index(row);
              labels[row] = index % CLASSES;
              byte[] image = image(heightMap(mesh(index, rows.split(row), seed)));
              System.arraycopy(image, 0, pixels, row * image.length, image.length);
            });
    return MemoryImages.of(
        "reliefs " + split.text(), new ImageShape(1, SIDE, SIDE), pixels, labels, NAMES, rows::id);
  }

  /**
   * One surface of a set, about two units wide.
   *
   * @param split {@code TRAIN} or {@code TEST}
   */
  public static Mesh mesh(int index, Split split, long seed) {
    Check.atLeast("index", index, 0);
    Rng rng = Rng.of(seed, Rng.Purpose.SYNTHETIC, index, STREAM + Rows.stream(split));
    ReliefBase[] bases = ReliefBase.values();
    return build(ReliefPattern.values()[index % CLASSES], bases[rng.below(bases.length)], rng);
  }

  /** A surface of a given kind; the seed draws the rest. */
  public static Mesh mesh(ReliefPattern pattern, ReliefBase base, long seed) {
    return build(pattern, base, Rng.of(seed, Rng.Purpose.SYNTHETIC, 0, STREAM + 2));
  }

  /**
   * The local height of a surface above its smooth shape, along the normal of the latter, in the
   * units of the mesh. Computed from the mesh alone: the shape is a polynomial of degree 7 in both
   * directions of the grid, fitted by least squares. Moving or turning the mesh changes nothing.
   *
   * @param mesh vertices on a grid of {@link #SIDE} x {@link #SIDE}, row by row, as {@link #mesh}
   *     makes them
   * @return row-major, {@link #SIDE} x {@link #SIDE}; outward is positive
   */
  public static float[] heightMap(Mesh mesh) {
    if (mesh.vertexCount() != SIDE * SIDE || mesh.triangleCount() != 2 * (SIDE - 1) * (SIDE - 1)) {
      throw new IllegalArgumentException(
          "mesh must be a grid of 64 x 64 vertices, got "
              + mesh.vertexCount()
              + " vertices and "
              + mesh.triangleCount()
              + " triangles; resample it on a grid first");
    }
    return SMOOTH.heights(mesh.vertices());
  }

  /**
   * A height map as grey values: 128 is the smooth shape, 2.5 times the root mean square height is
   * black or white. The depth of the relief is no longer visible.
   */
  public static byte[] image(float[] heights) {
    double squares = 0;
    for (float height : heights) {
      squares += (double) height * height;
    }
    double scale = squares > 0 ? 127 / (2.5 * Math.sqrt(squares / heights.length)) : 0;
    byte[] grey = new byte[heights.length];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = (byte) (int) Math.max(0, Math.min(255, Math.rint(128 + scale * heights[i])));
    }
    return grey;
  }

  private static Mesh build(ReliefPattern pattern, ReliefBase base, Rng rng) {
    double a = rng.uniform(-1, 1);
    double b = rng.uniform(-1, 1);
    Imprint imprint = Imprint.draw(pattern, rng);
    double[][] pose = rotation(rng);
    double[] points = points(base, a, b);
    double[] normal = new double[3];
    float[] vertices = new float[3 * SIDE * SIDE];
    for (int i = 0; i < SIDE; i++) {
      for (int j = 0; j < SIDE; j++) {
        int at = 3 * ((i + 1) * (SIDE + 2) + j + 1);
        normal(points, at, normal);
        double height = imprint.height(position(j), position(i)) + imprint.noise * Bell.coarse(rng);
        for (int axis = 0; axis < 3; axis++) {
          double moved = 0;
          for (int k = 0; k < 3; k++) {
            moved += pose[axis][k] * (points[at + k] + height * normal[k]);
          }
          vertices[3 * (i * SIDE + j) + axis] = (float) moved;
        }
      }
    }
    return new Mesh(vertices, grid());
  }

  /** Two triangles for each cell of the grid. */
  private static int[] grid() {
    int[] triangles = new int[6 * (SIDE - 1) * (SIDE - 1)];
    int at = 0;
    for (int i = 0; i + 1 < SIDE; i++) {
      for (int j = 0; j + 1 < SIDE; j++) {
        int corner = i * SIDE + j;
        int[] cell = {
          corner, corner + 1, corner + SIDE + 1, corner, corner + SIDE + 1, corner + SIDE
        };
        System.arraycopy(cell, 0, triangles, at, 6);
        at += 6;
      }
    }
    return triangles;
  }

  private static double position(int index) {
    return 2.0 * index / (SIDE - 1) - 1;
  }

  /** The bare base, with one more row or column of points on every side. */
  private static double[] points(ReliefBase base, double a, double b) {
    double[] points = new double[3 * (SIDE + 2) * (SIDE + 2)];
    double[] point = new double[3];
    for (int i = 0; i < SIDE + 2; i++) {
      for (int j = 0; j < SIDE + 2; j++) {
        base.point(position(j - 1), position(i - 1), a, b, point);
        System.arraycopy(point, 0, points, 3 * (i * (SIDE + 2) + j), 3);
      }
    }
    return points;
  }

  /** The unit normal from the four neighbours, to the side from which u turns leftwards to v. */
  private static void normal(double[] points, int at, double[] out) {
    int row = 3 * (SIDE + 2);
    double ux = points[at + 3] - points[at - 3];
    double uy = points[at + 4] - points[at - 2];
    double uz = points[at + 5] - points[at - 1];
    double vx = points[at + row] - points[at - row];
    double vy = points[at + row + 1] - points[at - row + 1];
    double vz = points[at + row + 2] - points[at - row + 2];
    out[0] = uy * vz - uz * vy;
    out[1] = uz * vx - ux * vz;
    out[2] = ux * vy - uy * vx;
    double length = Math.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2]);
    for (int k = 0; k < 3; k++) {
      out[k] /= length;
    }
  }

  /** A uniformly random rotation, from a normal quaternion. */
  private static double[][] rotation(Rng rng) {
    double w = rng.gaussian();
    double x = rng.gaussian();
    double y = rng.gaussian();
    double z = rng.gaussian();
    double s = 2 / (w * w + x * x + y * y + z * z);
    return new double[][] {
      {1 - s * (y * y + z * z), s * (x * y - w * z), s * (x * z + w * y)},
      {s * (x * y + w * z), 1 - s * (x * x + z * z), s * (y * z - w * x)},
      {s * (x * z - w * y), s * (y * z + w * x), 1 - s * (x * x + y * y)},
    };
  }

  /** How a pattern lies on its base: angle, repeats, phase, warp, depth, noise. */
  private record Imprint(
      ReliefPattern pattern,
      int salt,
      double xx,
      double xy,
      double yx,
      double yy,
      double dx,
      double dy,
      double warp,
      double warpPhase,
      double depth,
      double noise) {
    static Imprint draw(ReliefPattern pattern, Rng rng) {
      double angle = rng.uniform(-Math.PI, Math.PI);
      double repeats = rng.uniform(2.6, 4.2);
      double stretch = rng.uniform(0.88, 1.14);
      double cos = StrictMath.cos(angle) * repeats;
      double sin = StrictMath.sin(angle) * repeats;
      double depth = rng.uniform(0.04, 0.1);
      return new Imprint(
          pattern,
          rng.nextInt(),
          cos * stretch,
          -sin * stretch,
          sin / stretch,
          cos / stretch,
          rng.uniform(-50, 50),
          rng.uniform(-50, 50),
          rng.uniform(0, 0.14),
          rng.uniform(-Math.PI, Math.PI),
          depth,
          depth * rng.uniform(0.01, 0.08));
    }

    double height(double u, double v) {
      double x = dx + xx * u + xy * v + warp * StrictMath.sin(2.4 * v + warpPhase);
      double y = dy + yx * u + yy * v + warp * StrictMath.sin(2.9 * u - warpPhase);
      return depth * pattern.height(x, y, salt);
    }
  }
}
