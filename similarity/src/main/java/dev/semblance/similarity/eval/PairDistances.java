package dev.semblance.similarity.eval;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.Cosine;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.Measure;
import dev.semblance.similarity.measure.Similarity;
import dev.semblance.similarity.measure.SquaredEuclidean;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The distances of listed pairs of rows, a few thousand pairs at a time; in float64 unless by a
 * measure.
 */
final class PairDistances implements AutoCloseable {
  private static final long VALUES_AT_ONCE = 1 << 19;

  private final Measure measure;
  private final Scope scope;
  private final Tensor rows;

  private PairDistances(Measure measure, Scope scope, Tensor rows) {
    this.measure = measure;
    this.scope = scope;
    this.rows = rows;
  }

  static PairDistances open(Measure measure, Tensor embeddings) {
    Scope scope = Scope.open();
    try {
      boolean narrow = !isBuiltIn(measure) && Neighbours.precision(embeddings) == Precision.FLOAT32;
      Tensor x = embeddings.detach().to(narrow ? ScalarType.Float : ScalarType.Double);
      Tensor sums = x.square().sum(1);
      double[] squares = Ops.toDoubles(sums);
      boolean cosine = measure instanceof Cosine || measure instanceof CosineDistance;
      for (int i = 0; i < squares.length; i++) {
        if (!Double.isFinite(squares[i])) {
          throw new IllegalArgumentException(
              "embeddings row " + i + " must be finite, and its square, got " + squares[i]);
        }
        if (cosine && !(squares[i] > 0)) {
          throw new IllegalArgumentException(
              "embeddings row " + i + " has length 0, which has no cosine; drop the row or use L2");
        }
      }
      return new PairDistances(measure, scope, cosine ? x.div(sums.sqrt().unsqueeze(1)) : x);
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  double[] of(PairSpace space, long[] pairs) {
    double[] distances = new double[pairs.length];
    int step = (int) Math.max(1, VALUES_AT_ONCE / rows.size(1));
    for (int from = 0; from < pairs.length; ) {
      int to = Math.min(pairs.length, from + step);
      if (!isBuiltIn(measure)) {
        // Such a measure compares matrices: one row with all its partners.
        to = from + 1;
        int first = space.first(pairs[from]);
        while (to < pairs.length && to < from + step && space.first(pairs[to]) == first) {
          to++;
        }
      }
      chunk(space, pairs, from, to, distances);
      from = to;
    }
    return distances;
  }

  private void chunk(PairSpace space, long[] pairs, int from, int to, double[] distances) {
    long[] first = new long[to - from];
    long[] second = new long[to - from];
    Arrays.setAll(first, p -> space.first(pairs[from + p]));
    Arrays.setAll(second, p -> space.second(pairs[from + p]));
    try (Scope inner = Scope.open()) {
      Tensor y = rows.index_select(0, Ops.longs(second));
      Tensor values =
          switch (measure) {
            case SquaredEuclidean none -> squares(first, y);
            case Euclidean none -> squares(first, y).sqrt();
            // 1 - x.y = |x - y|^2 / 2 for unit vectors
            case CosineDistance none -> squares(first, y).mul(Ops.scalar(0.5));
            case Cosine none -> squares(first, y).mul(Ops.scalar(0.5));
            default -> by(rows.narrow(0, first[0], 1), y);
          };
      System.arraycopy(Ops.toDoubles(values), 0, distances, from, to - from);
    }
  }

  /** True for the measures that are computed in float64, as {@link Tiles} does. */
  private static boolean isBuiltIn(Measure measure) {
    return measure instanceof SquaredEuclidean
        || measure instanceof Euclidean
        || measure instanceof CosineDistance
        || measure instanceof Cosine;
  }

  private Tensor squares(long[] first, Tensor y) {
    return rows.index_select(0, Ops.longs(first)).sub_(y).square_().sum(1);
  }

  private Tensor by(Tensor x, Tensor y) {
    Tensor values = measure.between(x, y);
    if (!torch.isfinite(values).all().item_bool()) {
      throw new IllegalArgumentException("measure must give finite values, got NaN or infinity");
    }
    return measure instanceof Similarity ? values.neg() : values;
  }

  @Override
  public void close() {
    scope.close();
  }
}
