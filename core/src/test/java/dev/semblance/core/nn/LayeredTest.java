package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LayeredTest {
  static List<Architecture> chains() {
    return List.of(
        new LeNet.Config(3, 20, 17, 5),
        new SmallCnn.Config(1, 9, 12, 4),
        new StridedCnn.Config(1, 9, 14, 4),
        new Mlp.Config(3 * 7 * 5, List.of(11, 6), 3),
        new Mlp.Config(3 * 7 * 5, List.of(), 3));
  }

  private static long[] shape(Architecture chain) {
    return switch (chain) {
      case LeNet.Config c -> new long[] {6, c.channels(), c.height(), c.width()};
      case SmallCnn.Config c -> new long[] {6, c.channels(), c.height(), c.width()};
      case StridedCnn.Config c -> new long[] {6, c.channels(), c.height(), c.width()};
      default -> new long[] {6, 3, 7, 5};
    };
  }

  /** The chain is the net, bit for bit, and no layer writes on its input. */
  @ParameterizedTest
  @MethodSource("chains")
  void layerByLayerIsForward(Architecture chain) {
    long[] shape = shape(chain);
    Rng rng = Rng.of(5, Rng.Purpose.OTHER);
    float[] values = new float[(int) (shape[0] * shape[1] * shape[2] * shape[3])];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) rng.gaussian();
    }
    try (Scope scope = Scope.open();
        Net net = chain.build(3)) {
      Tensor input = Ops.floats(values, shape);
      Tensor h = input;
      for (Layer layer : ((Layered) net).layers()) {
        float[] before = Ops.toFloats(h);
        Tensor next = layer.apply(h);
        assertThat(Ops.toFloats(h)).isEqualTo(before);
        h = next;
      }
      float[] whole = Ops.toFloats(net.forward(input, Mode.INFERENCE));
      assertThat(Ops.toFloats(h)).isEqualTo(whole);
      assertThat(whole).doesNotContain(0f).hasSizeGreaterThan(6);
    }
  }
}
