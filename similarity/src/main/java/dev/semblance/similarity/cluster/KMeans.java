package dev.semblance.similarity.cluster;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * k-means: minimises {@code sum_i |x_i - c_(l_i)|^2}.
 *
 * <p>Centres start by k-means++; a cluster that loses all its rows takes the row that is farthest
 * from its own centre; of several starts the best counts. All arithmetic is float64, and a row goes
 * to the first of equally near centres, so that the seed decides everything. {@link
 * SphericalKMeans} is the same by cosine.
 *
 * @param clusters k, at least 1
 * @param restarts the number of starts, at least 1
 * @param steps the most passes of one start, at least 1
 */
@Source(key = "lloyd1982least", where = "method I")
@Source(key = "arthur2007kmeans", where = "section 2.2 (seeding)")
public record KMeans(int clusters, int restarts, int steps) {
  private static final int PRODUCTS_AT_ONCE = 1 << 20;

  /**
   * A partition of the rows.
   *
   * @param labels 0..k-1 of each row; no cluster is empty
   * @param centres the means of the clusters, row-major [k, d]
   * @param inertia the sum of squared distances of the rows to the mean of their cluster
   * @param passes of the winning start
   */
  @SuppressWarnings("ArrayRecordComponent") // plain columns, never compared
  public record Result(int[] labels, double[] centres, double inertia, int passes) {}

  public KMeans {
    Check.atLeast("clusters", clusters, 1);
    Check.atLeast("restarts", restarts, 1);
    Check.atLeast("steps", steps, 1);
  }

  /** Ten starts of at most 300 passes. */
  public static KMeans of(int clusters) {
    return new KMeans(clusters, 10, 300);
  }

  /**
   * Clusters the rows.
   *
   * @param embeddings floating point [n, d], at least k rows, finite
   * @throws IllegalArgumentException for another shape and for values that are not finite
   */
  public Result cluster(Tensor embeddings, long seed) {
    Check.matrix("embeddings", embeddings);
    int n = Math.toIntExact(embeddings.size(0));
    int width = Math.toIntExact(embeddings.size(1));
    Check.atLeast("columns of embeddings", width, 1);
    Clusters.checkRows(n, clusters);
    double[] rows = Ops.toDoubles(embeddings);
    for (int at = 0; at < rows.length; at++) {
      if (!Double.isFinite(rows[at])) {
        throw new IllegalArgumentException(
            "embeddings row " + at / width + " must be finite, got " + rows[at]);
      }
    }
    // Products of centred rows lose fewer digits.
    double[] mean = mean(rows, n, width);
    for (int at = 0; at < rows.length; at++) {
      rows[at] -= mean[at % width];
    }
    try (Scope scope = Scope.open()) {
      Tensor matrix = Ops.doubles(rows, n, width);
      @Nullable Result best = null;
      for (int start = 0; start < restarts; start++) {
        Result result =
            new Start(matrix, rows, n, width).run(Rng.of(seed, Rng.Purpose.CLUSTER, start, 0));
        if (best == null || result.inertia < best.inertia) {
          best = result;
        }
      }
      Result result = Objects.requireNonNull(best);
      for (int at = 0; at < result.centres.length; at++) {
        result.centres[at] += mean[at % width];
      }
      return result;
    }
  }

  private static double[] mean(double[] rows, int n, int width) {
    double[] mean = new double[width];
    for (int at = 0; at < rows.length; at++) {
      mean[at % width] += rows[at] / n;
    }
    return mean;
  }

  /** One start. */
  private final class Start {
    private final Tensor matrix;
    private final double[] rows;
    private final int n;
    private final int width;
    private final double[] centres;
    private final int[] labels;

    /** Of each row to its centre. */
    private final double[] squares;

    Start(Tensor matrix, double[] rows, int n, int width) {
      this.matrix = matrix;
      this.rows = rows;
      this.n = n;
      this.width = width;
      this.centres = new double[clusters * width];
      this.labels = new int[n];
      this.squares = new double[n];
    }

    Result run(Rng rng) {
      seed(rng);
      Arrays.fill(labels, -1);
      double inertia = Double.POSITIVE_INFINITY;
      for (int pass = 1; ; pass++) {
        boolean moved = assign();
        moved |= Clusters.refill(labels, squares, clusters);
        move();
        double before = inertia;
        inertia = 0;
        for (int i = 0; i < n; i++) {
          inertia += squared(i, labels[i]);
        }
        // A pass without gain ends the run as well: equal rows could change places for ever.
        if (!moved || !(inertia < before) || pass == steps) {
          return new Result(labels, centres, inertia, pass);
        }
      }
    }

    /** Each next centre is a row, drawn by its squared distance to the nearest one so far. */
    private void seed(Rng rng) {
      Arrays.fill(squares, Double.POSITIVE_INFINITY);
      int chosen = rng.below(n);
      for (int c = 0; c < clusters; c++) {
        System.arraycopy(rows, chosen * width, centres, c * width, width);
        for (int i = 0; i < n; i++) {
          squares[i] = Math.min(squares[i], squared(i, c));
        }
        chosen = Clusters.drawCentre(squares, rng);
      }
    }

    /** Sends each row to its nearest centre; true if one moved. */
    private boolean assign() {
      double[] half = new double[clusters];
      for (int at = 0; at < centres.length; at++) {
        half[at / width] += centres[at] * centres[at] / 2;
      }
      boolean moved = false;
      int tile = Math.max(1, PRODUCTS_AT_ONCE / clusters);
      for (int first = 0; first < n; first += tile) {
        int count = Math.min(tile, n - first);
        double[] products;
        try (Scope scope = Scope.open()) {
          Tensor transposed = Ops.doubles(centres, clusters, width).t();
          products = Ops.toDoubles(matrix.narrow(0, first, count).matmul(transposed));
        }
        for (int i = first; i < first + count; i++) {
          int at = (i - first) * clusters;
          int nearest = 0;
          for (int c = 1; c < clusters; c++) {
            if (half[c] - products[at + c] < half[nearest] - products[at + nearest]) {
              nearest = c;
            }
          }
          moved |= labels[i] != nearest;
          labels[i] = nearest;
          squares[i] = squared(i, nearest);
        }
      }
      return moved;
    }

    /** Moves each centre to the mean of its rows. */
    private void move() {
      Arrays.fill(centres, 0);
      int[] sizes = new int[clusters];
      for (int i = 0; i < n; i++) {
        sizes[labels[i]]++;
        for (int j = 0; j < width; j++) {
          centres[labels[i] * width + j] += rows[i * width + j];
        }
      }
      for (int at = 0; at < centres.length; at++) {
        centres[at] /= sizes[at / width];
      }
    }

    private double squared(int row, int centre) {
      double sum = 0;
      for (int j = 0; j < width; j++) {
        double difference = rows[row * width + j] - centres[centre * width + j];
        sum += difference * difference;
      }
      return sum;
    }
  }
}
