package dev.semblance.similarity.eval;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Shapes;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * The modified Hausdorff distance of two drawings: the mean distance from the ink of one to the
 * nearest ink of the other, the larger of the two directions, in pixels.
 *
 * <p>The coordinates of ink are centred on their mean first, as in Lake's baseline for one-shot
 * classification. Nothing is learnt. Equal drawings have distance 0; it is no metric.
 *
 * @param ink pixels below this value are ink, in 1..255
 */
@Source(key = "dubuisson1994modified", where = "Eqs. (6) and (8): d6 and f2")
@Source(key = "lake2015human", where = "one-shot classification, the baseline of the runs")
public record ModifiedHausdorff(int ink) implements ImageComparison {
  public ModifiedHausdorff {
    Check.between("ink", ink, 1, 255);
  }

  /** Ink is darker than half grey. */
  public static ModifiedHausdorff of() {
    return new ModifiedHausdorff(128);
  }

  /**
   * {@inheritDoc}
   *
   * @param images uint8 [n, 1, h, w]
   * @param others uint8 [m, 1, h, w]; sizes may differ
   * @throws IllegalArgumentException for colour, and for an image without ink, naming its row
   */
  @Override
  public double[][] distances(Tensor images, Tensor others) {
    Drawing[] from = drawings("images", images);
    Drawing[] to = drawings("others", others);
    double[][] distances = new double[from.length][to.length];
    IntStream.range(0, from.length)
        .parallel()
        .forEach(i -> Arrays.setAll(distances[i], j -> distance(from[i], to[j])));
    return distances;
  }

  private record Drawing(double[] x, double[] y) {}

  private Drawing[] drawings(String name, Tensor images) {
    if (images.dim() != 4 || images.size(1) != 1) {
      throw new IllegalArgumentException(
          name + " must be grey [n, 1, h, w], got " + Shapes.of(images));
    }
    byte[] pixels = Ops.toBytes(images);
    int width = Math.toIntExact(images.size(3));
    int size = Math.toIntExact(images.size(2)) * width;
    Drawing[] drawings = new Drawing[Math.toIntExact(images.size(0))];
    for (int i = 0; i < drawings.length; i++) {
      double[] x = new double[size];
      double[] y = new double[size];
      int count = 0;
      for (int p = 0; p < size; p++) {
        if ((pixels[i * size + p] & 0xFF) < ink) {
          x[count] = p % width;
          y[count++] = p / width;
        }
      }
      if (count == 0) {
        throw new IllegalArgumentException(
            name + " row " + i + " must have a pixel below " + ink + ", got none; invert it?");
      }
      drawings[i] = new Drawing(centred(x, count), centred(y, count));
    }
    return drawings;
  }

  private static double[] centred(double[] values, int count) {
    double mean = Arrays.stream(values, 0, count).sum() / count;
    return Arrays.stream(values, 0, count).map(value -> value - mean).toArray();
  }

  private static double distance(Drawing a, Drawing b) {
    return Math.max(directed(a, b), directed(b, a)); // Eq. (8)
  }

  /** The mean distance to the nearest point; both drawings are in ascending order of y. */
  private static double directed(Drawing from, Drawing to) {
    int n = to.y.length;
    int start = 0;
    double sum = 0;
    for (int i = 0; i < from.y.length; i++) {
      double x = from.x[i];
      double y = from.y[i];
      while (start < n && to.y[start] < y) {
        start++;
      }
      // Down and up from the point's own line, until the lines alone are too far away.
      double nearest = Double.POSITIVE_INFINITY;
      for (int step = 1; step >= -1; step -= 2) {
        for (int j = step > 0 ? start : start - 1; j >= 0 && j < n; j += step) {
          double dy = to.y[j] - y;
          if (dy * dy >= nearest) {
            break;
          }
          double dx = to.x[j] - x;
          double square = dx * dx + dy * dy;
          if (square < nearest) {
            nearest = square;
          }
        }
      }
      sum += Math.sqrt(nearest);
    }
    return sum / from.y.length; // Eq. (6)
  }
}
