package dev.semblance.core.nn;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A weight divided by its largest singular value {@code sigma}, so that the layer stretches no
 * vector. The weight is read as the matrix [out, in k k]; {@code sigma = u^T W v} by power
 * iteration, u and v constants of the gradient.
 *
 * <p>The true norm of a convolution is at most {@code sqrt(k k)} times that of this matrix.
 *
 * @param weight [out, ...], trained
 * @param left u [out], of unit length: a buffer that {@link #advance} alone changes
 */
@Source(key = "miyato2018spectral", where = "section 2.1 and Algorithm 1")
public record SpectralNorm(Tensor weight, Tensor left) {
  private static final double EPSILON = 1e-12;
  private static final int FIRST_ITERATIONS = 15;

  /** Adds the buffer {@code name.u}; fifteen iterations make it fit the weight's first values. */
  public static SpectralNorm of(Weights weights, String name, Tensor weight) {
    Tensor left = weights.buffer(name + ".u", 0, weight.size(0));
    Rng rng = Rng.of(name.hashCode(), Rng.Purpose.WEIGHTS);
    float[] start = new float[Math.toIntExact(weight.size(0))];
    for (int i = 0; i < start.length; i++) {
      start[i] = (float) rng.gaussian();
    }
    SpectralNorm norm = new SpectralNorm(weight, left);
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      left.copy_(unit(Ops.floats(start, start.length)));
    }
    for (int i = 0; i < FIRST_ITERATIONS; i++) {
      norm.advance();
    }
    return norm;
  }

  /** One power iteration: {@code v = W^T u, u = W v}, both of unit length. */
  public void advance() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      left.copy_(unit(matrix().mv(right())));
    }
  }

  /** {@code W / sigma}, of the weight's shape, differentiable by it; u is only read. */
  public Tensor normalized() {
    try (Scope scope = Scope.open()) {
      Tensor right;
      try (NoGradGuard guard = new NoGradGuard()) {
        right = right();
      }
      // A copy of u: a later iteration must not change what backward reads.
      Tensor sigma = matrix().mv(right).dot(left.clone());
      return scope.keep(weight.div(sigma));
    }
  }

  /** The present estimate of the largest singular value. */
  public double value() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      return matrix().mv(right()).dot(left).item_double();
    }
  }

  private Tensor right() {
    return unit(matrix().t().mv(left));
  }

  private Tensor matrix() {
    return weight.flatten(1, -1);
  }

  private static Tensor unit(Tensor vector) {
    return vector.div(vector.norm().add(Ops.scalar(EPSILON)));
  }
}
