package dev.semblance.similarity.eval;

import dev.semblance.core.tensor.Check;
import dev.semblance.similarity.measure.Measure;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The k nearest gallery rows of every query, by comparing with all of them.
 *
 * <p>Rows are ordered by distance, equal distances by gallery row; the result does not depend on
 * the number of threads. Only a tile of the distances exists at a time.
 */
public final class Neighbours {
  private static final long TILE_BYTES = 8L << 20;

  private final int[][] rows;
  private final float[][] distances;

  private Neighbours(int[][] rows, float[][] distances) {
    this.rows = rows;
    this.distances = distances;
  }

  /**
   * The neighbours of every row among all other rows. The row itself is left out by its index: an
   * equal row is a neighbour at distance 0.
   *
   * @param embeddings floating point [n, d]; float64 is compared in float64, all else in float32
   * @param k in 1..n-1
   * @throws IllegalArgumentException for another shape or k, for values that are not finite, and
   *     for a row of length 0 under cosine
   */
  public static Neighbours of(Measure measure, Tensor embeddings, int k) {
    return search(measure, precision(embeddings), embeddings, embeddings, k, true);
  }

  /**
   * The neighbours of every query row among all gallery rows.
   *
   * @param query floating point [n, d]
   * @param gallery floating point [m, d]; if both are float64 they are compared in float64
   * @param k in 1..m
   * @throws IllegalArgumentException as above
   */
  public static Neighbours of(Measure measure, Tensor query, Tensor gallery, int k) {
    Precision precision =
        precision(query) == precision(gallery) ? precision(query) : Precision.FLOAT32;
    return search(measure, precision, query, gallery, k, false);
  }

  /** float64 for float64, so that the caller's type says how exact the order must be. */
  static Precision precision(Tensor embeddings) {
    return embeddings.scalar_type().intern() == ScalarType.Double
        ? Precision.FLOAT64
        : Precision.FLOAT32;
  }

  private static Neighbours search(
      Measure measure, Precision precision, Tensor query, Tensor gallery, int k, boolean self) {
    Check.matrix(self ? "embeddings" : "query", query);
    Check.matrix("gallery", gallery);
    Check.atLeast("columns", query.size(1), 1);
    int count = Math.toIntExact(query.size(0));
    long candidates = gallery.size(0) - (self ? 1 : 0);
    Check.atLeast("k", k, 1);
    if (k > candidates) {
      throw new IllegalArgumentException(
          "k must be at most the number of candidates, " + candidates + ", got " + k);
    }
    int[][] rows = new int[count][k];
    float[][] distances = new float[count][k];
    if (count == 0) {
      return new Neighbours(rows, distances);
    }
    try (Tiles tiles = Tiles.open(measure, precision, query, gallery, TILE_BYTES)) {
      Rows.run(
          tiles,
          Runtime.getRuntime().availableProcessors(),
          () -> {
            KSmallest nearest = new KSmallest(k);
            return (i, scores) -> {
              nearest.select(scores.settle(), self ? i : -1);
              nearest.sort();
              for (int r = 0; r < k; r++) {
                rows[i][r] = nearest.row(r);
                distances[i][r] = (float) tiles.distance(i, nearest.score(r));
              }
            };
          });
    }
    return new Neighbours(rows, distances);
  }

  /** The number of queries, n. */
  public int size() {
    return rows.length;
  }

  /** The gallery rows [n][k], nearest first. The arrays are this object's own: do not change. */
  public int[][] rows() {
    return rows;
  }

  /**
   * The distances [n][k] that belong to {@link #rows()}, ascending; 1 - cos under a cosine, of any
   * other similarity its negative. The arrays are this object's own: do not change.
   */
  public float[][] distances() {
    return distances;
  }
}
