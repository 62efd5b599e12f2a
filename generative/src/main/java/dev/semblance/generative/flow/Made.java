package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.generative.Condition;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A dense net with masked weights, whose parameters for element i depend on the elements before i
 * only. Every unit has a degree; a connection stands where the degree does not fall, and at the
 * output where it rises. Hidden degrees go round 1..d-1, so that nothing is random.
 */
@Source(key = "germain2015made", where = "Eqs. (8), (9) and (13)")
final class Made implements Conditioner {
  private final List<Tensor> matrices = new ArrayList<>();
  private final List<Tensor> biases = new ArrayList<>();
  private final List<long[]> degrees = new ArrayList<>();
  private final LabelTable labels;
  private final int parameters;

  /** Weights {@code name.hiddenI, name.last}; the last is zero at first. */
  Made(Weights weights, String name, int elements, int parameters, Shape shape) {
    degrees.add(cyclic(elements, elements, 1));
    int in = elements;
    for (int i = 0; i < shape.depth(); i++) {
      String layer = name + ".hidden" + i;
      matrices.add(weights.uniform(layer + ".weight", Math.sqrt(6.0 / in), shape.width(), in));
      biases.add(weights.constant(layer + ".bias", 0, shape.width()));
      degrees.add(cyclic(shape.width(), Math.max(1, elements - 1), 1));
      in = shape.width();
    }
    this.labels = LabelTable.of(weights, name, shape.classes(), shape.width());
    matrices.add(
        weights.constant(name + ".last.weight", 0, (long) elements * parameters, shape.width()));
    biases.add(weights.constant(name + ".last.bias", 0, (long) elements * parameters));
    degrees.add(cyclic(elements * parameters, elements, parameters));
    this.parameters = parameters;
  }

  /** 1..period, each {@code each} times, over and over. */
  private static long[] cyclic(int units, int period, int each) {
    long[] degrees = new long[units];
    for (int i = 0; i < units; i++) {
      degrees[i] = 1 + i / each % period;
    }
    return degrees;
  }

  @Override
  public Tensor parameters(Tensor seen, Condition condition) {
    Tensor h = seen;
    for (int i = 0; i < matrices.size(); i++) {
      h = torch.linear(h, masked(i), Ops.optional(biases.get(i)));
      if (i == 0) {
        h = labels.add(h, condition);
      }
      if (i + 1 < matrices.size()) {
        h = h.relu();
      }
    }
    return h.unflatten(1, h.size(1) / parameters, parameters);
  }

  private Tensor masked(int layer) {
    Tensor below = Ops.longs(degrees.get(layer)).unsqueeze(0);
    Tensor above = Ops.longs(degrees.get(layer + 1)).unsqueeze(1);
    // Eq. (13) inside, Eq. (14) at the output: strictly.
    Tensor stands = layer + 1 == matrices.size() ? above.gt(below) : above.ge(below);
    return matrices.get(layer).mul(stands.to(matrices.get(layer).scalar_type()));
  }
}
