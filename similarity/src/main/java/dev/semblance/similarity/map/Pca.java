package dev.semblance.similarity.map;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.Arrays;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Principal components: the orthogonal directions in which a sample varies most.
 *
 * <p>With {@code C = sum_i (x_i - mean)(x_i - mean)^T / (n - 1)} the components are the unit
 * eigenvectors of {@code C} by falling eigenvalue, and the eigenvalues are the variances along
 * them. All of it is computed in float64. An eigenvector's sign is arbitrary: here its entry of the
 * largest magnitude (the first of equals) is positive, so that a map is not mirrored from one
 * machine to the next.
 *
 * <p>What is fitted is held in Java arrays: there is nothing to close.
 */
@Source(key = "pearson1901lines", where = "whole paper")
@Source(key = "hotelling1933analysis", where = "sections 2 to 4")
public final class Pca {
  private final double[] mean;
  private final double[] components;
  private final double[] variances;
  private final double totalVariance;

  private Pca(double[] mean, double[] components, double[] variances, double totalVariance) {
    this.mean = mean;
    this.components = components;
    this.variances = variances;
    this.totalVariance = totalVariance;
  }

  /**
   * The first components of a sample.
   *
   * @param sample float [n, d] with n >= 2, finite
   * @param count how many components, in 1..min(n, d)
   * @throws IllegalArgumentException for another shape, values that are not finite, or {@code
   *     count} out of range
   */
  public static Pca fit(Tensor sample, int count) {
    Check.matrix("sample", sample);
    long n = sample.size(0);
    long d = sample.size(1);
    if (n < 2) {
      throw new IllegalArgumentException("sample must have >= 2 rows, got " + Shapes.of(sample));
    }
    if (count < 1 || count > Math.min(n, d)) {
      throw new IllegalArgumentException(
          "count must be in 1.."
              + Math.min(n, d)
              + " for a sample of "
              + n
              + " x "
              + d
              + ", got "
              + count);
    }
    return Ops.withoutGradient(() -> fitChecked(sample, count));
  }

  private static Pca fitChecked(Tensor sample, int count) {
    try (Scope scope = Scope.open()) {
      Tensor x = sample.detach().to(ScalarType.Double);
      if (!x.isfinite().all().item_bool()) {
        throw new IllegalArgumentException("sample must be finite, got NaN or infinity in it");
      }
      long n = x.size(0);
      long d = x.size(1);
      Tensor mean = x.sum(0).div(Ops.scalar(n));
      Tensor centred = x.sub(mean);
      double total = centred.square().sum().item_double() / (n - 1);
      Tensor directions;
      Tensor variances;
      if (d <= n) {
        Tensor covariance = centred.t().matmul(centred).div(Ops.scalar(n - 1));
        T_TensorTensor_T eigen = Ops.factorise(() -> torch.linalg_eigh(covariance));
        variances = eigen.get0().flip(0).narrow(0, 0, count);
        directions = eigen.get1().flip(1).narrow(1, 0, count).t();
      } else {
        // The covariance would be d x d; the right singular vectors are its eigenvectors.
        T_TensorTensorTensor_T parts =
            Ops.factorise(
                () ->
                    torch.linalg_svd(
                        centred, false, new org.bytedeco.pytorch.StringViewOptional()));
        variances = parts.get1().narrow(0, 0, count).square().div(Ops.scalar(n - 1));
        directions = parts.get2().narrow(0, 0, count);
      }
      double[] rows = Ops.toDoubles(directions);
      for (int c = 0; c < count; c++) {
        orient(rows, Math.toIntExact(c * d), Math.toIntExact((c + 1) * d));
      }
      // Rounding makes a zero variance slightly negative.
      return new Pca(
          Ops.toDoubles(mean), rows, Ops.toDoubles(variances.clamp_min(Ops.scalar(0))), total);
    }
  }

  private static void orient(double[] rows, int from, int to) {
    int largest = from;
    for (int i = from; i < to; i++) {
      // Equal magnitudes that differ by rounding are equal: the first decides.
      if (Math.abs(rows[i]) > Math.abs(rows[largest]) * (1 + 1e-9)) {
        largest = i;
      }
    }
    if (rows[largest] < 0) {
      for (int i = from; i < to; i++) {
        rows[i] = -rows[i];
      }
    }
  }

  /** The number of components. */
  public int count() {
    return variances.length;
  }

  /** The variance along each component, falling. */
  public double[] variances() {
    return variances.clone();
  }

  /** The share of each component in the whole variance; zeros where there is none. */
  public double[] varianceShares() {
    return Arrays.stream(variances).map(v -> totalVariance > 0 ? v / totalVariance : 0).toArray();
  }

  /** The unit vector of a component, [d]. */
  public double[] component(int index) {
    int d = mean.length;
    return Arrays.copyOfRange(components, index * d, (index + 1) * d);
  }

  /**
   * The coordinates of vectors along the components.
   *
   * @param vectors float [m, d]
   * @return float64 [m, count], in the current scope
   */
  public Tensor project(Tensor vectors) {
    Check.matrix("vectors", vectors);
    if (vectors.size(1) != mean.length) {
      throw new IllegalArgumentException(
          "vectors must be [m, " + mean.length + "], got " + Shapes.of(vectors));
    }
    try (Scope scope = Scope.open()) {
      Tensor centred =
          vectors.detach().to(ScalarType.Double).sub(Ops.doubles(mean, 1, mean.length));
      Tensor directions = Ops.doubles(components, count(), mean.length);
      return scope.keep(centred.matmul(directions.t()));
    }
  }

  /**
   * The coordinates of vectors along the first two components (0 where there is one only), [m][2].
   */
  public double[][] map(Tensor vectors) {
    try (Scope scope = Scope.open()) {
      double[] flat = Ops.toDoubles(project(vectors));
      double[][] points = new double[Math.toIntExact(vectors.size(0))][2];
      for (int i = 0; i < points.length; i++) {
        points[i][0] = flat[i * count()];
        points[i][1] = count() > 1 ? flat[i * count() + 1] : 0;
      }
      return points;
    }
  }
}
