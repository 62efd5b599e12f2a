package dev.semblance.generative.flow;

import dev.semblance.core.nn.Linear;
import dev.semblance.core.nn.Weights;
import dev.semblance.generative.Condition;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Linear maps with ReLU between them; the last is zero at first, so that the coupling is too. */
final class DenseConditioner implements Conditioner {
  private final List<Linear> hidden = new ArrayList<>();
  private final LabelTable labels;
  private final Linear last;
  private final int parameters;

  /** Weights {@code name.hiddenI, name.last}; from {@code in} to {@code out} elements. */
  DenseConditioner(Weights weights, String name, int in, int out, int parameters, Shape shape) {
    int width = in;
    for (int i = 0; i < shape.depth(); i++) {
      hidden.add(linear(weights, name + ".hidden" + i, width, shape.width()));
      width = shape.width();
    }
    this.labels = LabelTable.of(weights, name, shape.classes(), shape.width());
    this.last =
        new Linear(
            weights.constant(name + ".last.weight", 0, (long) out * parameters, width),
            weights.constant(name + ".last.bias", 0, (long) out * parameters));
    this.parameters = parameters;
  }

  private static Linear linear(Weights weights, String name, int in, int out) {
    return new Linear(
        weights.uniform(name + ".weight", Math.sqrt(6.0 / in), out, in),
        weights.constant(name + ".bias", 0, out));
  }

  @Override
  public Tensor parameters(Tensor seen, Condition condition) {
    Tensor h = labels.add(hidden.getFirst().apply(seen), condition).relu();
    for (Linear layer : hidden.subList(1, hidden.size())) {
      h = layer.apply(h).relu();
    }
    Tensor out = last.apply(h);
    return out.unflatten(1, out.size(1) / parameters, parameters);
  }
}
