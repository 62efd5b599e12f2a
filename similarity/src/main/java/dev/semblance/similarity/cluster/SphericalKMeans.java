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
 * k-means on the unit sphere: maximises {@code sum_i x_i . c_(l_i)}, the cosine of each row to the
 * unit centre of its cluster.
 *
 * <p>Centres start as in k-means++ by squared chord {@code 2 - 2 cos}. A cluster that loses all its
 * rows takes the row that is farthest from its own centre. The best of several starts counts.
 *
 * @param clusters k, at least 1
 * @param restarts the number of starts, at least 1
 * @param steps the most passes of one start, at least 1
 */
@Source(key = "dhillon2001concept", where = "section 3 (spherical k-means)")
@Source(key = "arthur2007kmeans", where = "section 2.2 (seeding)")
public record SphericalKMeans(int clusters, int restarts, int steps) {
  /**
   * A partition of the rows.
   *
   * @param labels 0..k-1 of each row
   * @param centres k rows of unit length, row-major [k, d]
   * @param meanCosine of the rows to their centres, in [-1, 1]
   * @param passes of the winning start
   */
  public record Result(int[] labels, float[] centres, double meanCosine, int passes) {}

  public SphericalKMeans {
    Check.atLeast("clusters", clusters, 1);
    Check.atLeast("restarts", restarts, 1);
    Check.atLeast("steps", steps, 1);
  }

  /** Ten starts of at most 100 passes. */
  public static SphericalKMeans of(int clusters) {
    return new SphericalKMeans(clusters, 10, 100);
  }

  /**
   * Clusters the rows by direction; their lengths do not matter.
   *
   * @param embeddings float [n, d], at least k rows, none of them zero or NaN
   */
  public Result cluster(Tensor embeddings, long seed) {
    Check.matrix("embeddings", embeddings);
    int n = Math.toIntExact(embeddings.size(0));
    int width = Math.toIntExact(embeddings.size(1));
    Clusters.checkRows(n, clusters);
    float[] rows = unit(Ops.toFloats(embeddings), n, width);
    try (Scope scope = Scope.open()) {
      Tensor unit = Ops.floats(rows, n, width);
      @Nullable Result best = null;
      for (int start = 0; start < restarts; start++) {
        Rng rng = Rng.of(seed, Rng.Purpose.CLUSTER, start, 0);
        Result result = run(unit, rows, n, width, rng);
        if (best == null || result.meanCosine > best.meanCosine) {
          best = result;
        }
      }
      return Objects.requireNonNull(best);
    }
  }

  private Result run(Tensor unit, float[] rows, int n, int width, Rng rng) {
    float[] centres = seeds(rows, n, width, rng);
    int[] labels = new int[n];
    Arrays.fill(labels, -1);
    double[] away = new double[n];
    for (int pass = 1; ; pass++) {
      float[] products;
      try (Scope scope = Scope.open()) {
        products = Ops.toFloats(unit.matmul(Ops.floats(centres, clusters, width).t()));
      }
      boolean changed = false;
      double sum = 0;
      for (int i = 0; i < n; i++) {
        int nearest = 0;
        for (int k = 1; k < clusters; k++) {
          if (products[i * clusters + k] > products[i * clusters + nearest]) {
            nearest = k;
          }
        }
        changed |= labels[i] != nearest;
        labels[i] = nearest;
        double cosine = products[i * clusters + nearest];
        away[i] = -cosine;
        sum += cosine;
      }
      boolean refilled = Clusters.refill(labels, away, clusters);
      if (!changed && !refilled || pass == steps) {
        return new Result(labels, centres, Math.clamp(sum / n, -1, 1), pass);
      }
      centres = centres(rows, labels, width);
    }
  }

  /** k-means++: each next centre is a row drawn by its squared chord to the nearest one so far. */
  private float[] seeds(float[] rows, int n, int width, Rng rng) {
    float[] centres = new float[clusters * width];
    double[] chord = new double[n];
    Arrays.fill(chord, Double.POSITIVE_INFINITY);
    int chosen = rng.below(n);
    for (int k = 0; k < clusters; k++) {
      System.arraycopy(rows, chosen * width, centres, k * width, width);
      for (int i = 0; i < n; i++) {
        double cosine = 0;
        for (int j = 0; j < width; j++) {
          cosine += rows[i * width + j] * centres[k * width + j];
        }
        chord[i] = Math.min(chord[i], Math.max(0, 2 - 2 * cosine));
      }
      chosen = Clusters.drawCentre(chord, rng);
    }
    return centres;
  }

  /** The directions of the sums of the clusters' rows; a sum of zero keeps one of its rows. */
  private float[] centres(float[] rows, int[] labels, int width) {
    double[] sums = new double[clusters * width];
    int[] member = new int[clusters];
    for (int i = 0; i < labels.length; i++) {
      member[labels[i]] = i;
      for (int j = 0; j < width; j++) {
        sums[labels[i] * width + j] += rows[i * width + j];
      }
    }
    float[] centres = new float[sums.length];
    for (int k = 0; k < clusters; k++) {
      double squares = 0;
      for (int j = 0; j < width; j++) {
        squares += sums[k * width + j] * sums[k * width + j];
      }
      double length = Math.sqrt(squares);
      for (int j = 0; j < width; j++) {
        centres[k * width + j] =
            length > 1e-12 ? (float) (sums[k * width + j] / length) : rows[member[k] * width + j];
      }
    }
    return centres;
  }

  private static float[] unit(float[] rows, int n, int width) {
    for (int i = 0; i < n; i++) {
      double squares = 0;
      for (int j = 0; j < width; j++) {
        squares += (double) rows[i * width + j] * rows[i * width + j];
      }
      if (!(squares > 0) || Double.isInfinite(squares)) {
        throw new IllegalArgumentException(
            "row " + i + " must have a direction, got length " + Math.sqrt(squares));
      }
      double length = Math.sqrt(squares);
      for (int j = 0; j < width; j++) {
        rows[i * width + j] = (float) (rows[i * width + j] / length);
      }
    }
    return rows;
  }
}
