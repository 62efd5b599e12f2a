package dev.semblance.generative.flow;

import dev.semblance.core.nn.Conv2d;
import dev.semblance.core.nn.Weights;
import dev.semblance.generative.Condition;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * A residual net of 3x3 convolutions without normalisation: a block is {@code h + conv(relu(conv(
 * relu(h))))}. The last convolution of each block and of the net are zero at first. A learned bias
 * for each place tells the net where on the image it is.
 */
final class ConvConditioner implements Conditioner {
  private final Conv2d first;
  private final List<Conv2d> blocks = new ArrayList<>();
  private final Tensor places;
  private final LabelTable labels;
  private final Conv2d last;
  private final int parameters;

  /**
   * Weights {@code name.first, name.places, name.blockI.0, name.blockI.1, name.last}; from {@code
   * in} to {@code out} channels of height x width places.
   */
  ConvConditioner(
      Weights weights,
      String name,
      int in,
      int out,
      int height,
      int width,
      int parameters,
      Shape shape) {
    int hidden = shape.width();
    this.first = conv(weights, name + ".first", in, hidden, 3, false);
    this.places = weights.constant(name + ".places", 0, hidden, height, width);
    for (int i = 0; i < shape.depth(); i++) {
      blocks.add(conv(weights, name + ".block" + i + ".0", hidden, hidden, 3, false));
      blocks.add(conv(weights, name + ".block" + i + ".1", hidden, hidden, 3, true));
    }
    this.labels = LabelTable.of(weights, name, shape.classes(), hidden);
    this.last = conv(weights, name + ".last", hidden, out * parameters, 1, true);
    this.parameters = parameters;
  }

  private static Conv2d conv(
      Weights weights, String name, int in, int out, int side, boolean zero) {
    double bound = Math.sqrt(6.0 / (in * side * side));
    Tensor weight =
        zero
            ? weights.constant(name + ".weight", 0, out, in, side, side)
            : weights.uniform(name + ".weight", bound, out, in, side, side);
    return new Conv2d(weight, weights.constant(name + ".bias", 0, out), 1, side / 2);
  }

  @Override
  public Tensor parameters(Tensor seen, Condition condition) {
    Tensor h = labels.add(first.apply(seen).add(places), condition);
    for (int i = 0; i < blocks.size(); i += 2) {
      h = h.add(blocks.get(i + 1).apply(blocks.get(i).apply(h.relu()).relu()));
    }
    Tensor out = last.apply(h.relu());
    // Channels last in memory: the parameters of an element lie side by side.
    return out.unflatten(1, out.size(1) / parameters, parameters).permute(0, 1, 3, 4, 2);
  }
}
