package dev.semblance.generative.autoencoder;

import org.bytedeco.pytorch.Tensor;

/** What follows a hidden layer. */
public enum Activation {
  RELU,
  TANH,
  SIGMOID;

  /** Changes its argument: a linear layer does not need its own output for the gradient. */
  Tensor applyTo(Tensor values) {
    return switch (this) {
      case RELU -> values.relu_();
      case TANH -> values.tanh_();
      case SIGMOID -> values.sigmoid_();
    };
  }

  /**
   * The bound of uniform weights that keeps the variance of values and gradients from layer to
   * layer.
   */
  double bound(double fanIn, double fanOut) {
    return switch (this) {
      case RELU -> Math.sqrt(6 / fanIn); // he2015delving, Eq. (10)
      case TANH -> Math.sqrt(6 / (fanIn + fanOut)); // glorot2010understanding, Eq. (16)
      // The slope of the sigmoid at 0 is 1/4.
      case SIGMOID -> 4 * Math.sqrt(6 / (fanIn + fanOut));
    };
  }
}
