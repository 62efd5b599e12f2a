package dev.semblance.generative.autoencoder;

import dev.semblance.core.nn.Conv2d;
import dev.semblance.core.nn.Layer;
import dev.semblance.core.nn.Linear;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Hidden layers of a {@link Trunk} and a linear map to some outputs. Convolutions are 4x4 with
 * stride 2.
 *
 * <p>Borrows its weights. A condition, if there is one, is put beside the flattened image or, with
 * convolutions, beside their flattened output.
 */
public final class Encoder {
  private final Trunk trunk;
  private final int condition;
  private final List<Layer> hidden = new ArrayList<>();
  private final Linear head;

  /**
   * New weights, their names beginning with {@code name}.
   *
   * @param condition values of a condition; 0: none
   */
  public Encoder(Weights weights, String name, Trunk trunk, int condition, int outputs) {
    this.trunk = trunk;
    this.condition = Check.atLeast("condition", condition, 0);
    int in = trunk.body() == Body.MLP ? trunk.dimensions() + condition : trunk.channels();
    for (int i = 0; i < trunk.widths().size(); i++) {
      int out = trunk.widths().get(i);
      String layer = name + ".hidden" + i;
      hidden.add(
          trunk.body() == Body.MLP
              ? linear(weights, layer, in, out, trunk.activation())
              : convolution(weights, layer, in, out, trunk.activation()));
      in = out;
    }
    if (trunk.body() == Body.CONVOLUTIONAL) {
      int depth = trunk.widths().size();
      in = in * (trunk.height() >> depth) * (trunk.width() >> depth) + condition;
    }
    // Nothing follows: as for a function of slope 1.
    this.head = linear(weights, name + ".head", in, outputs, Activation.TANH);
  }

  /**
   * The outputs of each image.
   *
   * @param images float32 [n, c, h, w]
   * @param beside float32 [n, condition], or none where there is no condition
   * @return float32 [n, outputs]
   */
  public Tensor apply(Tensor images, @Nullable Tensor beside) {
    Tensor h = images;
    if (trunk.body() == Body.MLP) {
      h = joined(h.flatten(1, -1), beside, condition);
    }
    for (Layer layer : hidden) {
      h = trunk.activation().applyTo(layer.apply(h));
    }
    if (trunk.body() == Body.CONVOLUTIONAL) {
      h = joined(h.flatten(1, -1), beside, condition);
    }
    return head.apply(h);
  }

  static Tensor joined(Tensor values, @Nullable Tensor beside, int condition) {
    if (condition == 0) {
      return values;
    }
    if (beside == null || beside.size(1) != condition) {
      throw new IllegalArgumentException("condition must be [n, " + condition + "], got another");
    }
    return torch.cat(new TensorVector(values, beside), 1);
  }

  static Linear linear(Weights weights, String name, int in, int out, Activation activation) {
    return new Linear(
        weights.uniform(name + ".weight", activation.bound(in, out), out, in),
        weights.constant(name + ".bias", 0, out));
  }

  private static Conv2d convolution(
      Weights weights, String name, int in, int out, Activation activation) {
    double bound = activation.bound(in * 16.0, out * 4.0);
    return new Conv2d(
        weights.uniform(name + ".weight", bound, out, in, 4, 4),
        weights.constant(name + ".bias", 0, out),
        2,
        1);
  }
}
