package dev.semblance.generative.gan;

import dev.semblance.core.nn.BatchNorm;
import dev.semblance.core.nn.Mode;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Batch normalisation in each of the passes. */
final class Normalised {
  /** Added to the variance. */
  static final double EPSILON = 1e-5;

  private Normalised() {}

  static Tensor apply(@Nullable BatchNorm norm, Tensor input, Pass pass) {
    if (norm == null) {
      return input;
    }
    return switch (pass) {
      case OWN -> norm.apply(input, Mode.TRAINING);
      case OTHER -> norm.applyUnrecorded(input);
      case INFERENCE -> norm.apply(input, Mode.INFERENCE);
    };
  }
}
