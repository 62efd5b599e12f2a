package dev.semblance.generative.gan;

import dev.semblance.core.nn.SpectralNorm;
import dev.semblance.core.nn.Weights;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A weight as a layer uses it: as it is, or divided by its spectral norm.
 *
 * @param plain the trained weight
 * @param norm or absent
 */
record Spectral(Tensor plain, @Nullable SpectralNorm norm) {
  static Spectral of(Weights weights, String name, Tensor plain, boolean spectral) {
    return new Spectral(plain, spectral ? SpectralNorm.of(weights, name, plain) : null);
  }

  Tensor weight() {
    return norm == null ? plain : norm.normalized();
  }

  void advance() {
    if (norm != null) {
      norm.advance();
    }
  }
}
