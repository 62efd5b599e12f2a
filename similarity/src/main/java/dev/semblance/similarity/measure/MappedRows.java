package dev.semblance.similarity.measure;

import java.util.function.UnaryOperator;

/**
 * Rows after the map of an {@link EmbeddedDistance}, and the way back for their gradient.
 *
 * @param values row-major
 * @param columns values a row
 * @param undefined rows on which the map is not defined; they are 0 and get no gradient
 * @param pullBack from the derivative by {@code values} to that by the rows before the map; may
 *     work in place
 */
public record MappedRows(
    double[] values, int columns, boolean[] undefined, UnaryOperator<double[]> pullBack) {
  /** Rows that are defined everywhere. */
  static MappedRows of(double[] values, int columns, UnaryOperator<double[]> pullBack) {
    return new MappedRows(
        values, columns, new boolean[columns == 0 ? 0 : values.length / columns], pullBack);
  }

  /** The rows on the unit sphere. A zero row stays 0: similarity 0 to all, gradient 0. */
  static MappedRows unit(double[] x, int columns) {
    int rows = x.length / columns;
    double[] unit = new double[x.length];
    double[] norm = new double[rows];
    boolean[] undefined = new boolean[rows];
    for (int i = 0; i < rows; i++) {
      int from = i * columns;
      norm[i] = norm(x, from, columns);
      undefined[i] = norm[i] == 0;
      if (!undefined[i]) {
        for (int k = from; k < from + columns; k++) {
          unit[k] = x[k] / norm[i];
        }
      }
    }
    return new MappedRows(
        unit, columns, undefined, gradient -> throughUnit(unit, norm, columns, gradient));
  }

  /** {@code (I - u u^T) g / ||x||} for each row. */
  private static double[] throughUnit(
      double[] unit, double[] norm, int columns, double[] gradient) {
    for (int i = 0; i < norm.length; i++) {
      int from = i * columns;
      double radial = 0;
      for (int k = from; k < from + columns; k++) {
        radial += unit[k] * gradient[k];
      }
      for (int k = from; k < from + columns; k++) {
        gradient[k] = norm[i] == 0 ? 0 : (gradient[k] - radial * unit[k]) / norm[i];
      }
    }
    return gradient;
  }

  /** The norm of a row, safe against squares that under- or overflow. */
  private static double norm(double[] x, int from, int columns) {
    double largest = 0;
    for (int k = from; k < from + columns; k++) {
      largest = Math.max(largest, Math.abs(x[k]));
    }
    if (largest == 0) {
      return 0;
    }
    double sum = 0;
    for (int k = from; k < from + columns; k++) {
      double scaled = x[k] / largest;
      sum += scaled * scaled;
    }
    return largest * Math.sqrt(sum);
  }
}
