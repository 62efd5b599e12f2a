package dev.semblance.similarity.measure;

import org.bytedeco.pytorch.Tensor;

/**
 * {@code ||x - y||^2}: a distance, not a metric (0, 1, 2 on a line: 4 > 1 + 1).
 *
 * <p>On unit vectors in [0, 4] and equal to twice the {@link CosineDistance}.
 */
public record SquaredEuclidean() implements EmbeddedDistance {
  @Override
  public Tensor between(Tensor x, Tensor y) {
    return Gram.squares(x, y);
  }

  @Override
  public MappedRows map(double[] x, int columns) {
    return MappedRows.of(x, columns, gradient -> gradient);
  }

  @Override
  public void fromSquares(double[] squares, double[] distances, int count) {
    if (squares != distances) {
      System.arraycopy(squares, 0, distances, 0, count);
    }
  }

  @Override
  public double slope(double distance) {
    return 1;
  }
}
