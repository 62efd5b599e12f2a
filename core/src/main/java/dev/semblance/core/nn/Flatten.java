package dev.semblance.core.nn;

import org.bytedeco.pytorch.Tensor;

/** [n, ...] to [n, d], row by row. */
public record Flatten() implements Layer {
  @Override
  public Tensor apply(Tensor input) {
    return input.flatten(1, -1);
  }
}
