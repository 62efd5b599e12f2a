package dev.semblance.similarity.measure;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code sqrt(sum_k w_k (x_k - y_k)^2)}: a metric where all weights are positive, else a
 * pseudometric.
 *
 * <p>The {@link Mahalanobis} distance of {@code M = diag(w)}.
 */
public final class Weighted implements RootDistance {
  private final double[] weights;
  private final double[] roots;

  private Weighted(double[] weights) {
    this.weights = weights;
    this.roots = Arrays.stream(weights).map(Math::sqrt).toArray();
  }

  /**
   * The distance of some weights.
   *
   * @param weights one a dimension, {@code >= 0} and finite, not all 0
   */
  public static Weighted of(double... weights) {
    double largest = 0;
    for (int k = 0; k < weights.length; k++) {
      largest = Math.max(largest, Check.notNegative("weights[" + k + "]", weights[k]));
    }
    Check.positive("largest weight", largest);
    return new Weighted(weights.clone());
  }

  /** The weights, a copy. */
  public double[] weights() {
    return weights.clone();
  }

  @Override
  public Tensor between(Tensor x, Tensor y) {
    try (Scope scope = Scope.open()) {
      checkColumns(x.size(1));
      Tensor scale = Ops.doubles(roots, roots.length).to(x.scalar_type());
      return scope.keep(Gram.squares(x.mul(scale), y.mul(scale)).sqrt_());
    }
  }

  @Override
  public MappedRows map(double[] x, int columns) {
    checkColumns(columns);
    return MappedRows.of(scaled(x), columns, this::scaled);
  }

  private void checkColumns(long columns) {
    if (columns != weights.length) {
      throw new IllegalArgumentException(
          "embeddings must be [n, " + weights.length + "] for these weights, got d = " + columns);
    }
  }

  private double[] scaled(double[] rows) {
    double[] scaled = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      scaled[i] = rows[i] * roots[i % roots.length];
    }
    return scaled;
  }

  @Override
  public String toString() {
    return "Weighted" + Arrays.toString(weights);
  }
}
