package dev.semblance.generative.autoencoder;

import org.bytedeco.pytorch.Tensor;

/** What values a code may have. */
public enum Code {
  /** Any. */
  LINEAR,
  /** 0..1. */
  SIGMOID,
  /** At least 0: values can be switched off altogether. */
  RELU;

  Tensor applyTo(Tensor values) {
    return switch (this) {
      case LINEAR -> values;
      case SIGMOID -> values.sigmoid_();
      case RELU -> values.relu_();
    };
  }
}
