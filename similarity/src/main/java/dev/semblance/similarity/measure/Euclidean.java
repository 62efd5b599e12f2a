package dev.semblance.similarity.measure;

import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/** {@code ||x - y||}: a metric. The gradient at {@code x = y} is 0. */
public record Euclidean() implements RootDistance {
  @Override
  public Tensor between(Tensor x, Tensor y) {
    try (Scope scope = Scope.open()) {
      return scope.keep(Gram.squares(x, y).sqrt_());
    }
  }

  @Override
  public MappedRows map(double[] x, int columns) {
    return MappedRows.of(x, columns, gradient -> gradient);
  }
}
