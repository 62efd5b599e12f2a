package dev.semblance.similarity.eval;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import dev.semblance.similarity.measure.Similarity;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.indexer.DoubleIndexer;
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The distances from queries to a whole gallery, a tile of query rows at a time.
 *
 * <p>Never more than one tile exists. {@link #load} computes a tile on the calling thread; {@link
 * #row} may then be called from several threads. The bits of a row do not depend on the thread that
 * reads it.
 */
final class Tiles implements AutoCloseable {
  /** Below this share of the two squared lengths the product form has lost too many digits. */
  private static final double SMALL = 0x1p-10;

  /** Beyond this squared length a float32 product could overflow. */
  private static final double LARGEST_FLOAT_SQUARE = 1e37;

  private final Comparison comparison;
  private final boolean wide;
  private final Scope scope;
  private final Tensor query;
  private final Tensor gallery;
  private final double[] querySquares;
  private final double[] gallerySquares;
  private final Vectors queryVectors;
  private final Vectors galleryVectors;
  private final int columns;
  private final int rowsPerTile;
  private final Tensor tile;
  private final ByteBuffer memory;
  private int firstRow;
  private int rows;

  private Tiles(
      Comparison comparison, Precision precision, Tensor query, Tensor gallery, long bytes) {
    this.comparison = comparison;
    this.scope = Scope.open();
    boolean self = query.equals(gallery);
    refuseUnfinished("query", query);
    if (!self) {
      refuseUnfinished("gallery", gallery);
    }
    ScalarType type = precision == Precision.FLOAT64 ? ScalarType.Double : ScalarType.Float;
    this.wide = precision == Precision.FLOAT64;
    this.columns = Math.toIntExact(gallery.size(0));
    long width = wide ? Double.BYTES : Float.BYTES;
    this.rowsPerTile = (int) Math.max(1, Math.min(query.size(0), bytes / (width * columns)));
    if (comparison instanceof Comparison.By) {
      this.query = query.detach().to(type).contiguous();
      this.gallery = self ? this.query : gallery.detach().to(type).contiguous();
    } else {
      Tensor x = unit("query", query.detach().to(ScalarType.Double));
      Tensor y = self ? x : unit("gallery", gallery.detach().to(ScalarType.Double));
      Tensor centre = centre(y);
      this.query = x.sub(centre).to(type).contiguous();
      this.gallery = self ? this.query : y.sub(centre).to(type).contiguous();
    }
    this.querySquares = squares(this.query);
    this.gallerySquares = self ? querySquares : squares(this.gallery);
    this.queryVectors = Vectors.of(this.query, wide);
    this.galleryVectors = self ? queryVectors : Vectors.of(this.gallery, wide);
    this.tile = Ops.empty(type, rowsPerTile, columns);
    this.memory = Ops.memory(tile);
  }

  /**
   * Prepares the distances from every row of {@code query} to every row of {@code gallery}; the
   * same tensor may be both.
   *
   * @param bytes of one tile; a tile has one row at least
   * @throws IllegalArgumentException for a value that is not finite, and for a row of length 0
   *     under cosine, naming the row
   */
  static Tiles open(
      Comparison comparison, Precision precision, Tensor query, Tensor gallery, long bytes) {
    if (query.size(1) != gallery.size(1)) {
      throw new IllegalArgumentException(
          "query and gallery must have the same number of columns, got "
              + Shapes.of(query, gallery));
    }
    return new Tiles(comparison, precision, query, gallery, bytes);
  }

  int columns() {
    return columns;
  }

  int rowsPerTile() {
    return rowsPerTile;
  }

  /** Computes the tile of {@code rows} query rows from {@code first} on. */
  void load(int first, int rows) {
    firstRow = first;
    this.rows = rows;
    try (Scope inner = Scope.open()) {
      Tensor x = query.narrow(0, first, rows);
      Tensor out = tile.narrow(0, 0, rows);
      if (comparison instanceof Comparison.By by) {
        Tensor values = by.measure().between(x, gallery);
        if (values.dim() != 2 || values.size(0) != rows || values.size(1) != columns) {
          throw new IllegalArgumentException(
              "measure must give [" + rows + ", " + columns + "], got " + Shapes.of(values));
        }
        if (!torch.isfinite(values).all().item_bool()) {
          throw new IllegalArgumentException(
              "measure must give finite values, got NaN or infinity for query rows "
                  + first
                  + ".."
                  + (first + rows - 1));
        }
        out.copy_(by.measure() instanceof Similarity ? values.neg() : values);
      } else {
        torch.mm_out(out, x, gallery.t());
      }
    }
  }

  /** A thread's own memory for reading rows. */
  final class Reader {
    private final float[] narrow = wide ? new float[0] : new float[columns];
    private final FloatBuffer floats = memory.duplicate().order(memory.order()).asFloatBuffer();
    private final DoubleBuffer doubles = memory.duplicate().order(memory.order()).asDoubleBuffer();

    /** Copies the distances of query row {@code row}, which is in the tile, into {@code into}. */
    void row(int row, double[] into) {
      int offset = (row - firstRow) * columns;
      if (row < firstRow || row >= firstRow + rows) {
        throw new IllegalStateException("row " + row + " is not in the tile");
      }
      if (wide) {
        doubles.get(offset, into, 0, columns);
      } else {
        floats.get(offset, narrow, 0, columns);
        for (int j = 0; j < columns; j++) {
          into[j] = narrow[j];
        }
      }
      if (!(comparison instanceof Comparison.By)) {
        expand(row, into);
      }
    }

    /** From products to squared distances: |x|^2 + |y|^2 - 2 x.y, small ones by difference. */
    private void expand(int row, double[] into) {
      double square = querySquares[row];
      double small = 2 * SMALL * square;
      double smallest = Double.POSITIVE_INFINITY;
      for (int j = 0; j < columns; j++) {
        into[j] = square + gallerySquares[j] - 2 * into[j];
      }
      for (int j = 0; j < columns; j++) {
        smallest = Math.min(smallest, into[j]);
      }
      if (smallest <= small) {
        for (int j = 0; j < columns; j++) {
          if (into[j] <= small) {
            into[j] = queryVectors.squaredDistance(row, galleryVectors, j);
          }
        }
      }
      if (comparison instanceof Comparison.Cosine) {
        for (int j = 0; j < columns; j++) {
          into[j] *= 0.5; // 1 - x.y = |x - y|^2 / 2 for unit vectors
        }
      } else if (comparison instanceof Comparison.Euclidean) {
        for (int j = 0; j < columns; j++) {
          into[j] = Math.sqrt(into[j]);
        }
      }
    }
  }

  Reader reader() {
    return new Reader();
  }

  private Tensor unit(String name, Tensor x) {
    if (!(comparison instanceof Comparison.Cosine)) {
      return x;
    }
    double[] squares = Ops.toDoubles(x.square().sum(1));
    for (int i = 0; i < squares.length; i++) {
      if (!(squares[i] > 0)) {
        throw new IllegalArgumentException(
            name + " row " + i + " has length 0, which has no cosine; drop the row or use L2");
      }
    }
    return x.div(x.square().sum(new long[] {1}, true, Ops.sameType()).sqrt());
  }

  /**
   * The mean row, rounded to 8 bits below the largest value: products of centred rows lose fewer
   * digits, and data on a coarse grid (pixels, counts) stay exact.
   */
  private static Tensor centre(Tensor y) {
    double largest = y.abs().max().item_double();
    if (largest == 0) {
      return y.narrow(0, 0, 1);
    }
    double grid = Math.scalb(1.0, Math.getExponent(largest) - 7);
    return y.mean(0).div(Ops.scalar(grid)).round().mul(Ops.scalar(grid));
  }

  private double[] squares(Tensor x) {
    if (comparison instanceof Comparison.By) {
      return new double[0];
    }
    double[] squares = Ops.toDoubles(x.to(ScalarType.Double).square().sum(1));
    for (int i = 0; i < squares.length; i++) {
      if (!(squares[i] < (wide ? Double.MAX_VALUE / 8 : LARGEST_FLOAT_SQUARE))) {
        throw new IllegalArgumentException(
            "row "
                + i
                + " is too long for "
                + (wide ? "float64" : "float32; use Precision.FLOAT64 or")
                + " scale the embeddings");
      }
    }
    return squares;
  }

  private static void refuseUnfinished(String name, Tensor x) {
    try (Scope inner = Scope.open()) {
      if (torch.isfinite(x).all().item_bool()) {
        return;
      }
      byte[] good = Ops.toBytes(torch.isfinite(x).all(1));
      for (int i = 0; i < good.length; i++) {
        if (good[i] == 0) {
          throw new IllegalArgumentException(
              name + " row " + i + " must be finite, got NaN or infinity");
        }
      }
    }
  }

  @Override
  public void close() {
    scope.close();
  }

  /** Rows in native memory, read where they lie. */
  private record Vectors(@Nullable FloatIndexer narrow, @Nullable DoubleIndexer wide, int width) {
    static Vectors of(Tensor x, boolean wide) {
      int width = Math.toIntExact(x.size(1));
      long count = x.numel();
      return wide
          ? new Vectors(
              null,
              DoubleIndexer.create(
                  new DoublePointer(x.data_ptr()).capacity(count), new long[] {count}),
              width)
          : new Vectors(
              FloatIndexer.create(
                  new FloatPointer(x.data_ptr()).capacity(count), new long[] {count}),
              null,
              width);
    }

    double squaredDistance(int row, Vectors other, int otherRow) {
      long a = (long) row * width;
      long b = (long) otherRow * width;
      double sum = 0;
      for (int k = 0; k < width; k++) {
        double difference =
            narrow != null && other.narrow != null
                ? (double) narrow.get(a + k) - other.narrow.get(b + k)
                : difference(other, a + k, b + k);
        sum += difference * difference;
      }
      return sum;
    }

    private double difference(Vectors other, long a, long b) {
      return wide == null || other.wide == null ? 0 : wide.get(a) - other.wide.get(b);
    }
  }
}
