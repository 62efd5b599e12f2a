package dev.semblance.generative.autoencoder;

import dev.semblance.core.nn.Linear;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The way back from codes to images through the layers of a {@link Trunk} in reverse order; the
 * last map is linear. Convolutions are transposed, 4x4 with stride 2.
 *
 * <p>Borrows its weights.
 */
public final class Decoder {
  private static final long[] NO_DILATION = {1, 1};

  private final Trunk trunk;
  private final int condition;
  private final List<Linear> linear = new ArrayList<>();
  private final List<Transposed> transposed = new ArrayList<>();

  /** A transposed convolution, and the pixels that it adds below and right of twice its input. */
  private record Transposed(Tensor weight, Tensor bias, long[] added) {
    Tensor apply(Tensor input) {
      return torch.conv_transpose2d(
          input,
          weight,
          Ops.optional(bias),
          new long[] {2, 2},
          new long[] {1, 1},
          added,
          1,
          NO_DILATION);
    }
  }

  /**
   * New weights, their names beginning with {@code name}.
   *
   * @param codes values of a code
   * @param condition values of a condition beside each code; 0: none
   */
  public Decoder(Weights weights, String name, Trunk trunk, int codes, int condition) {
    this.trunk = trunk;
    this.condition = Check.atLeast("condition", condition, 0);
    List<Integer> widths = trunk.widths().reversed();
    int in = Check.atLeast("codes", codes, 1) + condition;
    int depth = widths.size();
    if (trunk.body() == Body.MLP || depth == 0) {
      for (int i = 0; i < depth; i++) {
        linear.add(
            Encoder.linear(weights, name + ".hidden" + i, in, widths.get(i), trunk.activation()));
        in = widths.get(i);
      }
      linear.add(Encoder.linear(weights, name + ".head", in, trunk.dimensions(), Activation.TANH));
      return;
    }
    int values = widths.getFirst() * (trunk.height() >> depth) * (trunk.width() >> depth);
    linear.add(Encoder.linear(weights, name + ".hidden0", in, values, trunk.activation()));
    for (int i = 0; i < depth; i++) {
      int from = widths.get(i);
      boolean last = i == depth - 1;
      int to = last ? trunk.channels() : widths.get(i + 1);
      String layer = last ? name + ".head" : name + ".hidden" + (i + 1);
      // An output pixel sees a quarter of the 16 weights of each channel.
      double bound = (last ? Activation.TANH : trunk.activation()).bound(from * 4.0, to * 16.0);
      int halvings = depth - 1 - i;
      transposed.add(
          new Transposed(
              weights.uniform(layer + ".weight", bound, from, to, 4, 4),
              weights.constant(layer + ".bias", 0, to),
              new long[] {(trunk.height() >> halvings) & 1, (trunk.width() >> halvings) & 1}));
    }
  }

  /**
   * The output of each code: means or logits, as the model has it.
   *
   * @param codes float32 [n, codes]
   * @param beside float32 [n, condition], or none where there is no condition
   * @return float32 [n, channels * height * width]
   */
  public Tensor apply(Tensor codes, @Nullable Tensor beside) {
    Tensor h = Encoder.joined(codes, beside, condition);
    if (transposed.isEmpty()) {
      for (Linear layer : linear.subList(0, linear.size() - 1)) {
        h = trunk.activation().applyTo(layer.apply(h));
      }
      return linear.getLast().apply(h);
    }
    int depth = transposed.size();
    h = trunk.activation().applyTo(linear.getFirst().apply(h));
    h = h.view(-1, trunk.widths().getLast(), trunk.height() >> depth, trunk.width() >> depth);
    for (Transposed layer : transposed.subList(0, depth - 1)) {
      h = trunk.activation().applyTo(layer.apply(h));
    }
    return transposed.getLast().apply(h).flatten(1, -1);
  }

  /**
   * The weight of the first map: float32 [outputs, codes + condition], one column for each code.
   */
  public Tensor first() {
    return linear.getFirst().weight();
  }
}
