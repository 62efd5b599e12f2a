package dev.semblance.core.nn;

import org.bytedeco.pytorch.Tensor;

/** {@code max(x, 0)}. */
public record Relu() implements Layer {
  @Override
  public Tensor apply(Tensor input) {
    return input.relu();
  }
}
