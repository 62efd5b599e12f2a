package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class ConvEncoderTest extends NetContract {
  @Override
  ConvEncoder.Config architecture() {
    return new ConvEncoder.Config(2, List.of(3, 4), 2, 5);
  }

  @Override
  long[] inputShape() {
    return new long[] {2, 9, 8};
  }

  @Override
  int outputWidth() {
    return 5;
  }

  @Test
  void everyOptionChangesTheNet() {
    assertThat(
            List.of(
                count(architecture()),
                count(new ConvEncoder.Config(1, List.of(3, 4), 2, 5)),
                count(new ConvEncoder.Config(2, List.of(3, 5), 2, 5)),
                count(new ConvEncoder.Config(2, List.of(3, 4, 4), 2, 5)),
                count(new ConvEncoder.Config(2, List.of(3, 4), 1, 5)),
                count(new ConvEncoder.Config(2, List.of(3, 4), 2, 6))))
        .doesNotHaveDuplicates();
  }

  private static long count(ConvEncoder.Config config) {
    try (Net net = config.build(0)) {
      return net.weights().count();
    }
  }

  @Test
  void aNetOfDefaultSizeTakesImagesOfEverySize() {
    for (int[] size : new int[][] {{4, 4}, {7, 28}, {28, 28}, {32, 32}, {64, 64}, {112, 92}}) {
      try (Net net = ConvEncoder.Config.of(1, size[0], size[1], 3).build(0);
          Scope scope = Scope.open()) {
        assertThat(
                net.forward(Ops.zeros(ScalarType.Float, 2, 1, size[0], size[1]), Mode.INFERENCE)
                    .shape())
            .as("%dx%d", size[0], size[1])
            .containsExactly(2, 3);
      }
    }
  }

  @Test
  void nonsenseIsRefused() {
    assertThatThrownBy(() -> new ConvEncoder.Config(1, List.of(), 1, 1))
        .hasMessage("number of widths must be >= 1, got 0");
    assertThatThrownBy(() -> new ConvEncoder.Config(1, List.of(3, 0), 1, 1))
        .hasMessage("width must be >= 1, got 0");
  }
}
