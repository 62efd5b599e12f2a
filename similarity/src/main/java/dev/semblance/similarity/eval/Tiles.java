package dev.semblance.similarity.eval;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import dev.semblance.similarity.measure.Cosine;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.Measure;
import dev.semblance.similarity.measure.Similarity;
import dev.semblance.similarity.measure.SquaredEuclidean;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.indexer.DoubleIndexer;
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The distances from queries to a whole gallery, a tile of query rows at a time.
 *
 * <p>Rows are read as <em>scores</em>: numbers in the order of the distance, which {@link
 * #distance} turns into it. For squared, Euclidean and cosine distance the score is {@code |y|^2/2
 * - x.y}, all of it one matrix product, and the squared distance {@code |x|^2 + 2 score}; for any
 * other measure it is its value, of a similarity the negative.
 *
 * <p>Each {@link Reader} owns one tile and belongs to one thread; the bits of a row depend on the
 * tile's place only, not on the thread.
 */
final class Tiles implements AutoCloseable {
  /** Below this share of the two squared lengths the product form has lost too many digits. */
  private static final double SMALL = 0x1p-10;

  /** Beyond this squared length a float32 product could overflow. */
  private static final double LARGEST_FLOAT_SQUARE = 1e37;

  private final Measure measure;
  private final boolean builtIn;
  private final boolean wide;
  private final Scope scope;

  /** [-x, 1] of centred rows x; the rows themselves under another measure. */
  private final Tensor query;

  /** [y, |y|^2/2] of centred rows y; the rows themselves under another measure. */
  private final Tensor gallery;

  private final double[] querySquares;
  private final Vectors queryVectors;
  private final Vectors galleryVectors;
  private final int queries;
  private final int columns;
  private final int rowsPerTile;

  private Tiles(
      Measure measure, Precision precision, Tensor query, Tensor gallery, long bytes, Scope scope) {
    this.measure = measure;
    this.builtIn =
        measure instanceof SquaredEuclidean
            || measure instanceof Euclidean
            || measure instanceof CosineDistance
            || measure instanceof Cosine;
    this.scope = scope;
    boolean self = query.equals(gallery);
    refuseUnfinished("query", query);
    if (!self) {
      refuseUnfinished("gallery", gallery);
    }
    this.wide = precision == Precision.FLOAT64;
    ScalarType type = wide ? ScalarType.Double : ScalarType.Float;
    this.queries = Math.toIntExact(query.size(0));
    this.columns = Math.toIntExact(gallery.size(0));
    long width = wide ? Double.BYTES : Float.BYTES;
    this.rowsPerTile = (int) Math.max(1, Math.min(queries, bytes / (width * columns)));
    if (!builtIn) {
      this.query = query.detach().to(type).contiguous();
      this.gallery = self ? this.query : gallery.detach().to(type).contiguous();
      this.querySquares = new double[0];
    } else {
      try (Scope preparation = Scope.open()) {
        Tensor y = unit("gallery", gallery.detach().to(ScalarType.Double));
        Tensor x = self ? y : unit("query", query.detach().to(ScalarType.Double));
        Tensor centre = centre(y);
        // Rounded to the type first, so that lengths, products and differences speak of one row.
        y = y.sub(centre).to(type);
        x = self ? y : x.sub(centre).to(type);
        Tensor squares = squares("gallery", y);
        Tensor half = squares.mul(Ops.scalar(0.5)).to(type).unsqueeze(1);
        this.querySquares = Ops.toDoubles(self ? squares : squares("query", x));
        Tensor ones = Ops.zeros(type, queries, 1).add(Ops.scalar(1));
        this.query = preparation.keep(beside(x.neg(), ones));
        this.gallery = preparation.keep(beside(y, half));
      }
    }
    this.queryVectors = Vectors.of(this.query, wide);
    this.galleryVectors = Vectors.of(this.gallery, wide);
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
      Measure measure, Precision precision, Tensor query, Tensor gallery, long bytes) {
    if (query.size(1) != gallery.size(1)) {
      throw new IllegalArgumentException(
          "query and gallery must have the same number of columns, got "
              + Shapes.of(query, gallery));
    }
    Scope scope = Scope.open();
    try {
      return new Tiles(measure, precision, query, gallery, bytes, scope);
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  int columns() {
    return columns;
  }

  int rowsPerTile() {
    return rowsPerTile;
  }

  /** The number of tiles. */
  int count() {
    return (queries + rowsPerTile - 1) / rowsPerTile;
  }

  /** The first query row of a tile; of {@link #count} the number of queries. */
  int first(int tile) {
    return (int) Math.min(queries, (long) tile * rowsPerTile);
  }

  /** The distance that a score of a query row stands for. */
  double distance(int row, double score) {
    return switch (measure) {
      case SquaredEuclidean none -> Math.max(0, querySquares[row] + 2 * score);
      case Euclidean none -> Math.sqrt(Math.max(0, querySquares[row] + 2 * score));
      // 1 - x.y = |x - y|^2 / 2 for unit vectors
      case CosineDistance none -> Math.max(0, querySquares[row] / 2 + score);
      case Cosine none -> Math.max(0, querySquares[row] / 2 + score);
      default -> score;
    };
  }

  /** A thread's own tile; opened and closed on the thread that uses it. */
  Reader reader() {
    return new Reader();
  }

  /** One tile in memory. */
  final class Reader implements AutoCloseable {
    private final Scope own = Scope.open();
    private final Tensor tile =
        Ops.empty(wide ? ScalarType.Double : ScalarType.Float, rowsPerTile, columns);
    private final FloatBuffer floats = Ops.memory(tile).asFloatBuffer();
    private final DoubleBuffer doubles = Ops.memory(tile).asDoubleBuffer();
    private int first;
    private int end;

    /** Computes a tile. */
    void load(int tile) {
      first = first(tile);
      end = first(tile + 1);
      try (Scope inner = Scope.open()) {
        Tensor x = query.narrow(0, first, end - first);
        Tensor out = this.tile.narrow(0, 0, end - first);
        if (!builtIn) {
          Tensor values = measured(x);
          out.copy_(measure instanceof Similarity ? values.neg() : values);
        } else {
          torch.mm_out(out, x, gallery.t());
        }
      }
    }

    private Tensor measured(Tensor x) {
      Tensor values = measure.between(x, gallery);
      if (values.dim() != 2 || values.size(0) != end - first || values.size(1) != columns) {
        throw new IllegalArgumentException(
            "measure must give [" + (end - first) + ", " + columns + "], got " + Shapes.of(values));
      }
      if (!torch.isfinite(values).all().item_bool()) {
        throw new IllegalArgumentException(
            "measure must give finite values, got NaN or infinity for query rows "
                + first
                + ".."
                + (end - 1));
      }
      return values;
    }

    /** Copies the scores of query row {@code row}, which is in the tile. */
    void row(int row, ScoreRow into) {
      if (row < first || row >= end) {
        throw new IllegalStateException("row " + row + " is not in the tile");
      }
      int offset = (row - first) * columns;
      if (builtIn && !wide) {
        floats.get(offset, into.narrow(), 0, columns);
        into.startNarrow(small(row), error(row), j -> exact(row, j));
        return;
      }
      if (wide) {
        doubles.get(offset, into.wide(), 0, columns);
      } else {
        // A measure of one's own may give any float32, even the one that stands for "ignored".
        double[] values = into.wide();
        for (int j = 0; j < columns; j++) {
          values[j] = floats.get(offset + j);
        }
      }
      into.startWide(small(row), error(row), j -> exact(row, j));
    }

    @Override
    public void close() {
      own.close();
    }
  }

  /** The score up to which a distance is too small for the product form. */
  private double small(int row) {
    return !builtIn
        ? Double.NEGATIVE_INFINITY
        : (SMALL - 0.5) * querySquares[row]; // squared distance 2 SMALL |x|^2
  }

  /**
   * A bound on the rounding error of a small score: of a sum of width + 1 products, each of which
   * rounds its own size, with |y| near |x|.
   */
  private double error(int row) {
    return builtIn
        ? (galleryVectors.stride() + 3) * (wide ? 0x1p-51 : 0x1p-23) * querySquares[row]
        : 0;
  }

  /** The score of a pair, by the difference of the rows. */
  private double exact(int row, int column) {
    return (queryVectors.squaredDistance(row, galleryVectors, column) - querySquares[row]) / 2;
  }

  private Tensor unit(String name, Tensor x) {
    if (!(measure instanceof CosineDistance || measure instanceof Cosine)) {
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

  /** Squared lengths in float64. */
  private Tensor squares(String name, Tensor x) {
    Tensor squares = x.to(ScalarType.Double).square().sum(1);
    double[] values = Ops.toDoubles(squares);
    for (int i = 0; i < values.length; i++) {
      if (!(values[i] < (wide ? Double.MAX_VALUE / 8 : LARGEST_FLOAT_SQUARE))) {
        throw new IllegalArgumentException(
            name
                + " row "
                + i
                + " is too long for "
                + (wide ? "float64;" : "float32; use Precision.FLOAT64 or")
                + " scale the embeddings");
      }
    }
    return squares;
  }

  private static Tensor beside(Tensor left, Tensor right) {
    return torch.cat(new TensorVector(left, right), 1).contiguous();
  }

  private static void refuseUnfinished(String name, Tensor x) {
    try (Scope inner = Scope.open()) {
      if (torch.isfinite(x).all().item_bool()) {
        return;
      }
      boolean[] good = Ops.toBooleans(torch.isfinite(x).all(1));
      for (int i = 0; i < good.length; i++) {
        if (!good[i]) {
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

  /** Rows in native memory, read where they lie; the last column is not part of the row. */
  private record Vectors(@Nullable FloatIndexer narrow, @Nullable DoubleIndexer wide, int stride) {
    static Vectors of(Tensor x, boolean wide) {
      int stride = Math.toIntExact(x.size(1));
      long[] count = {x.numel()};
      return wide
          ? new Vectors(
              null,
              DoubleIndexer.create(new DoublePointer(x.data_ptr()).capacity(count[0]), count),
              stride)
          : new Vectors(
              FloatIndexer.create(new FloatPointer(x.data_ptr()).capacity(count[0]), count),
              null,
              stride);
    }

    /** Of rows -x here and y there: the sum of (y - x)^2, in four independent sums. */
    double squaredDistance(int row, Vectors other, int otherRow) {
      long a = (long) row * stride;
      long b = (long) otherRow * stride;
      int width = stride - 1;
      double s0 = 0;
      double s1 = 0;
      double s2 = 0;
      double s3 = 0;
      int k = 0;
      for (; k + 4 <= width; k += 4) {
        double d0 = at(a + k) + other.at(b + k);
        double d1 = at(a + k + 1) + other.at(b + k + 1);
        double d2 = at(a + k + 2) + other.at(b + k + 2);
        double d3 = at(a + k + 3) + other.at(b + k + 3);
        s0 += d0 * d0;
        s1 += d1 * d1;
        s2 += d2 * d2;
        s3 += d3 * d3;
      }
      for (; k < width; k++) {
        double d = at(a + k) + other.at(b + k);
        s0 += d * d;
      }
      return s0 + s1 + (s2 + s3);
    }

    private double at(long index) {
      return narrow != null ? narrow.get(index) : wide == null ? 0 : wide.get(index);
    }
  }
}
