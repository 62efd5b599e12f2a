package dev.semblance.similarity.measure;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code x.y / (||x|| ||y||)}, in [-1, 1].
 *
 * <p>A zero row is refused by name. {@link CosineDistance} is 1 minus this, accurate near 0.
 */
public record Cosine() implements Similarity {
  @Override
  public Tensor between(Tensor x, Tensor y) {
    try (Scope scope = Scope.open()) {
      Tensor products = Gram.products(Gram.unit("x", x), Gram.unit("y", y));
      return scope.keep(products.clamp_min_(Ops.scalar(-1)).clamp_max_(Ops.scalar(1)));
    }
  }
}
