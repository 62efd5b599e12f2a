package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeNetTest extends NetContract {
  @Override
  LeNet.Config architecture() {
    return new LeNet.Config(2, 20, 16, 3);
  }

  @Override
  long[] inputShape() {
    return new long[] {2, 20, 16};
  }

  @Override
  int outputWidth() {
    return 3;
  }

  @Test
  void everyOptionChangesTheWeights() {
    String usual = shapes(architecture());
    assertThat(
            List.of(
                shapes(new LeNet.Config(1, 20, 16, 3)),
                shapes(new LeNet.Config(2, 24, 16, 3)),
                shapes(new LeNet.Config(2, 20, 20, 3)),
                shapes(new LeNet.Config(2, 20, 16, 4))))
        .doesNotContain(usual)
        .doesNotHaveDuplicates();
  }

  @Test
  void theSmallestImageFitsAndSmallerOnesAreRefused() {
    assertThat(shapes(new LeNet.Config(1, 16, 16, 1))).contains("fc1.weight[120, 16]");
    assertThatThrownBy(() -> new LeNet.Config(1, 15, 16, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("height must be >= 16, got 15");
    assertThatThrownBy(() -> new LeNet.Config(1, 16, 16, 0)).hasMessageContaining("classes");
    assertThatThrownBy(() -> new LeNet.Config(0, 16, 16, 1)).hasMessageContaining("channels");
    assertThatThrownBy(() -> new LeNet.Config(1, 16, 3, 1)).hasMessageContaining("width");
  }

  static String shapes(Architecture architecture) {
    StringBuilder text = new StringBuilder();
    try (Scope scope = Scope.open();
        Net net = architecture.build(0)) {
      net.weights().all().forEach((name, t) -> text.append(name).append(Shapes.of(t)).append(' '));
    }
    return text.toString();
  }
}
