package dev.semblance.similarity.measure;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code sqrt((x - y)^T M (x - y)) = ||L (x - y)||} with {@code M = L^T L}: a metric where M is
 * positive definite, else a pseudometric.
 *
 * <p>Held and computed by {@code L} [r, d]; {@code r < d} is a low-rank metric.
 */
@Source(key = "mahalanobis1936generalized", where = "generalised distance")
public final class Mahalanobis implements RootDistance {
  /** An eigenvalue below this share of the largest is negative in earnest, not by rounding. */
  private static final double INDEFINITE = -1e-10;

  private final double[][] map;

  private Mahalanobis(double[][] map) {
    this.map = map;
  }

  /**
   * By the linear map.
   *
   * @param l r rows of d finite values
   */
  public static Mahalanobis ofL(double[][] l) {
    return new Mahalanobis(copyOfMatrix("L", l));
  }

  /**
   * By the matrix of the quadratic form: {@code L = sqrt(Lambda) V^T} of its eigenvectors.
   *
   * @param m d rows of d finite values, symmetric to 1e-8 of its largest element
   * @throws IllegalArgumentException if an eigenvalue is below -1e-10 of the largest; smaller
   *     negatives are rounding and become 0
   */
  public static Mahalanobis ofM(double[][] m) {
    double[][] copy = copyOfMatrix("M", m);
    checkSymmetric(copy);
    int d = copy.length;
    try (Scope scope = Scope.open()) {
      T_TensorTensor_T eigen =
          Ops.factorise(() -> torch.linalg_eigh(Ops.doubles(flat(copy), d, d)));
      double[] values = Ops.toDoubles(eigen.get0());
      double[] vectors = Ops.toDoubles(eigen.get1()); // in columns
      double largest = values[d - 1];
      if (!(largest > 0) || values[0] < INDEFINITE * largest) {
        throw new IllegalArgumentException(
            "M must be positive semidefinite, got eigenvalues from "
                + values[0]
                + " to "
                + largest
                + "; add a ridge or clip the spectrum");
      }
      double[][] l = new double[d][d];
      for (int i = 0; i < d; i++) {
        double root = Math.sqrt(Math.max(0, values[i]));
        for (int k = 0; k < d; k++) {
          l[i][k] = root * vectors[k * d + i];
        }
      }
      return new Mahalanobis(l);
    }
  }

  private static double[][] copyOfMatrix(String name, double[][] matrix) {
    Check.atLeast("rows of " + name, matrix.length, 1);
    int columns = Check.atLeast("columns of " + name, matrix[0].length, 1);
    double[][] copy = new double[matrix.length][];
    for (int i = 0; i < matrix.length; i++) {
      if (matrix[i].length != columns) {
        throw new IllegalArgumentException(
            name + " must have " + columns + " columns in row " + i + ", got " + matrix[i].length);
      }
      for (int k = 0; k < columns; k++) {
        Check.finite(name + "[" + i + "][" + k + "]", matrix[i][k]);
      }
      copy[i] = matrix[i].clone();
    }
    return copy;
  }

  private static void checkSymmetric(double[][] m) {
    if (m.length != m[0].length) {
      throw new IllegalArgumentException(
          "M must be square, got [" + m.length + ", " + m[0].length + "]");
    }
    double largest = 0;
    for (double[] row : m) {
      for (double value : row) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    for (int i = 0; i < m.length; i++) {
      for (int k = 0; k < i; k++) {
        if (Math.abs(m[i][k] - m[k][i]) > 1e-8 * largest) {
          throw new IllegalArgumentException(
              "M must be symmetric, got " + m[i][k] + " and " + m[k][i] + " at " + i + ", " + k);
        }
      }
    }
  }

  private static double[] flat(double[][] matrix) {
    return Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
  }

  /** L, a copy. */
  public double[][] l() {
    return copyOfMatrix("L", map);
  }

  /** {@code M = L^T L}. */
  public double[][] m() {
    int d = map[0].length;
    double[][] m = new double[d][d];
    for (double[] row : map) {
      for (int i = 0; i < d; i++) {
        for (int k = 0; k < d; k++) {
          m[i][k] += row[i] * row[k];
        }
      }
    }
    return m;
  }

  @Override
  public Tensor between(Tensor x, Tensor y) {
    try (Scope scope = Scope.open()) {
      checkColumns(x.size(1));
      Tensor transposed = Ops.doubles(flat(map), map.length, map[0].length).t().to(x.scalar_type());
      return scope.keep(Gram.squares(x.mm(transposed), y.mm(transposed)).sqrt_());
    }
  }

  @Override
  public MappedRows map(double[] x, int columns) {
    checkColumns(columns);
    int r = map.length;
    int rows = x.length / columns;
    double[] mapped = new double[rows * r];
    for (int i = 0; i < rows; i++) {
      for (int q = 0; q < r; q++) {
        double sum = 0;
        for (int k = 0; k < columns; k++) {
          sum += map[q][k] * x[i * columns + k];
        }
        mapped[i * r + q] = sum;
      }
    }
    return MappedRows.of(mapped, r, this::transposed);
  }

  private void checkColumns(long columns) {
    if (columns != map[0].length) {
      throw new IllegalArgumentException(
          "embeddings must be [n, " + map[0].length + "] for this L, got d = " + columns);
    }
  }

  private double[] transposed(double[] gradient) {
    int r = map.length;
    int d = map[0].length;
    int rows = gradient.length / r;
    double[] back = new double[rows * d];
    for (int i = 0; i < rows; i++) {
      for (int q = 0; q < r; q++) {
        double weight = gradient[i * r + q];
        for (int k = 0; k < d; k++) {
          back[i * d + k] += weight * map[q][k];
        }
      }
    }
    return back;
  }

  @Override
  public String toString() {
    return "Mahalanobis[" + map.length + ", " + map[0].length + "]";
  }
}
