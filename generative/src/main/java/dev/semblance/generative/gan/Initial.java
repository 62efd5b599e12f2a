package dev.semblance.generative.gan;

import dev.semblance.core.nn.Linear;
import dev.semblance.core.nn.Weights;
import org.bytedeco.pytorch.Tensor;

/** First values of the players' weights. */
final class Initial {
  /** The deviation of all weights of DCGAN: radford2016unsupervised, section 4. */
  static final double DCGAN = 0.02;

  /** The width of an embedded class. */
  static final int EMBEDDING = 50;

  private Initial() {}

  /** Normal with the given deviation, bias 0: {@code name.weight} [out, in], {@code name.bias}. */
  static Linear linear(Weights weights, String name, int in, int out, double deviation) {
    Tensor weight = weights.normal(name + ".weight", deviation, out, in);
    return new Linear(weight, weights.constant(name + ".bias", 0, out));
  }

  /** The deviation of He's initialisation: {@code sqrt(2 / in)}. */
  static double he(int in) {
    return Math.sqrt(2.0 / in);
  }
}
