package dev.semblance.similarity.measure;

/**
 * A distance that is a function of the squared Euclidean distance between mapped rows, {@code D(x,
 * y) = h(||u(x) - u(y)||^2)}, and knows its derivative: what losses stream over.
 *
 * <p>{@link PairTiles} does the pairs; an implementation gives the map {@code u} and its transpose,
 * and the function {@code h} and its slope.
 */
public interface EmbeddedDistance extends Distance {
  /**
   * Maps all rows.
   *
   * @param x n rows of {@code columns} values, row-major, finite; not changed
   * @param columns d
   */
  MappedRows map(double[] x, int columns);

  /**
   * {@code h}, for the first {@code count} values; the two arrays may be one.
   *
   * @param squares squared distances between mapped rows, each {@code >= 0}
   * @param distances receives {@code h(squares)}
   */
  void fromSquares(double[] squares, double[] distances, int count);

  /** The distance to a row on which the map is not defined, such as a zero row under cosine. */
  default double undefined() {
    return 0;
  }

  /** {@code dh/dq} at the q whose distance is {@code distance}; 0 where h has no derivative. */
  double slope(double distance);
}
