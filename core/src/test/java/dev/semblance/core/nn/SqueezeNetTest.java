package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class SqueezeNetTest extends NetContract {
  @Override
  SqueezeNet.Config architecture() {
    return new SqueezeNet.Config(6);
  }

  @Override
  long[] inputShape() {
    return new long[] {3, 21, 24};
  }

  @Override
  int outputWidth() {
    return 6;
  }

  @Test
  void itHasThePublishedNumberOfParameters() {
    try (Net net = SqueezeNet.Config.of().build(0)) {
      assertThat(net.weights().count()).isEqualTo(1_235_496);
    }
  }

  @Test
  void theNumberOfClassesMatters() {
    assertThat(LeNetTest.shapes(new SqueezeNet.Config(5)))
        .isNotEqualTo(LeNetTest.shapes(architecture()));
    assertThatThrownBy(() -> new SqueezeNet.Config(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("classes must be >= 1, got 0");
  }

  @Test
  void theSmallestImageFits() {
    try (Scope scope = Scope.open();
        Net net = architecture().build(0)) {
      Tensor image = Ops.zeros(ScalarType.Float, 1, 3, 17, 17);
      assertThat(net.forward(image, Mode.INFERENCE).shape()).containsExactly(1, 6);
    }
  }
}
