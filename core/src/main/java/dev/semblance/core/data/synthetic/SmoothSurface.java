package dev.semblance.core.data.synthetic;

/**
 * The smooth part of a surface given on a square grid: each coordinate fitted by a polynomial in
 * both grid directions, by least squares, and the direction that stands upright on it.
 */
final class SmoothSurface {
  /** High enough for a bend or two, far below the ten or so repeats of a relief. */
  static final int DEGREE = 7;

  private final int side;

  /** Orthonormal polynomials on the grid: [degree][position]. */
  private final double[][] basis;

  /** Their derivatives by the position. */
  private final double[][] slope;

  SmoothSurface(int side) {
    this.side = side;
    this.basis = new double[DEGREE + 1][side];
    this.slope = new double[DEGREE + 1][side];
    orthonormalise();
  }

  /** Gram-Schmidt on x times the last polynomial, twice over for accuracy; slopes follow along. */
  private void orthonormalise() {
    for (int d = 0; d <= DEGREE; d++) {
      for (int i = 0; i < side; i++) {
        double x = 2.0 * i / (side - 1) - 1;
        basis[d][i] = d == 0 ? 1 : x * basis[d - 1][i];
        slope[d][i] = d == 0 ? 0 : x * slope[d - 1][i] + basis[d - 1][i] * 2 / (side - 1);
      }
      for (int pass = 0; pass < 2; pass++) {
        for (int e = 0; e < d; e++) {
          double along = dot(basis[d], basis[e]);
          for (int i = 0; i < side; i++) {
            basis[d][i] -= along * basis[e][i];
            slope[d][i] -= along * slope[e][i];
          }
        }
      }
      double length = Math.sqrt(dot(basis[d], basis[d]));
      for (int i = 0; i < side; i++) {
        basis[d][i] /= length;
        slope[d][i] /= length;
      }
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** The heights of grid points above their fit, along the fit's normal: row-major. */
  float[] heights(float[] vertices) {
    double[][] fit = new double[3][];
    double[][] alongRow = new double[3][];
    double[][] alongColumn = new double[3][];
    for (int axis = 0; axis < 3; axis++) {
      double[][] coefficients = coefficients(vertices, axis);
      fit[axis] = evaluate(coefficients, basis, basis);
      alongRow[axis] = evaluate(coefficients, basis, slope);
      alongColumn[axis] = evaluate(coefficients, slope, basis);
    }
    float[] heights = new float[side * side];
    for (int at = 0; at < heights.length; at++) {
      double nx = alongRow[1][at] * alongColumn[2][at] - alongRow[2][at] * alongColumn[1][at];
      double ny = alongRow[2][at] * alongColumn[0][at] - alongRow[0][at] * alongColumn[2][at];
      double nz = alongRow[0][at] * alongColumn[1][at] - alongRow[1][at] * alongColumn[0][at];
      double length = Math.sqrt(nx * nx + ny * ny + nz * nz);
      double above =
          nx * (vertices[3 * at] - fit[0][at])
              + ny * (vertices[3 * at + 1] - fit[1][at])
              + nz * (vertices[3 * at + 2] - fit[2][at]);
      heights[at] = (float) (length > 0 ? above / length : 0);
    }
    return heights;
  }

  /** C = B_r^T X B_c: the projection on products of the basis. */
  private double[][] coefficients(float[] vertices, int axis) {
    double[][] rows = new double[side][DEGREE + 1];
    for (int i = 0; i < side; i++) {
      for (int e = 0; e <= DEGREE; e++) {
        double sum = 0;
        for (int j = 0; j < side; j++) {
          sum += vertices[3 * (i * side + j) + axis] * basis[e][j];
        }
        rows[i][e] = sum;
      }
    }
    double[][] coefficients = new double[DEGREE + 1][DEGREE + 1];
    for (int d = 0; d <= DEGREE; d++) {
      for (int e = 0; e <= DEGREE; e++) {
        double sum = 0;
        for (int i = 0; i < side; i++) {
          sum += basis[d][i] * rows[i][e];
        }
        coefficients[d][e] = sum;
      }
    }
    return coefficients;
  }

  private double[] evaluate(double[][] coefficients, double[][] down, double[][] right) {
    double[] values = new double[side * side];
    double[] partial = new double[DEGREE + 1];
    for (int i = 0; i < side; i++) {
      for (int e = 0; e <= DEGREE; e++) {
        double sum = 0;
        for (int d = 0; d <= DEGREE; d++) {
          sum += down[d][i] * coefficients[d][e];
        }
        partial[e] = sum;
      }
      for (int j = 0; j < side; j++) {
        double sum = 0;
        for (int e = 0; e <= DEGREE; e++) {
          sum += partial[e] * right[e][j];
        }
        values[i * side + j] = sum;
      }
    }
    return values;
  }
}
