package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class StridedCnnTest extends NetContract {
  @Override
  StridedCnn.Config architecture() {
    return new StridedCnn.Config(2, 9, 8, 3);
  }

  @Override
  long[] inputShape() {
    return new long[] {2, 9, 8};
  }

  @Override
  int outputWidth() {
    return 3;
  }

  @Test
  void forMnistItHasThePublishedNumberOfParameters() {
    try (Scope scope = Scope.open();
        StridedCnn net = StridedCnn.Config.of().build(0)) {
      long count = net.weights().parameters().values().stream().mapToLong(Tensor::numel).sum();
      // 272 + 8,224 + 156,900 + 1,010
      assertThat(count).isEqualTo(166_406);
    }
  }

  @Test
  void everyOptionChangesTheWeights() {
    assertThat(
            List.of(
                LeNetTest.shapes(new StridedCnn.Config(1, 9, 8, 3)),
                LeNetTest.shapes(new StridedCnn.Config(2, 17, 8, 3)),
                LeNetTest.shapes(new StridedCnn.Config(2, 9, 12, 3)),
                LeNetTest.shapes(new StridedCnn.Config(2, 9, 8, 4))))
        .doesNotContain(LeNetTest.shapes(architecture()))
        .doesNotHaveDuplicates();
  }

  @Test
  void tooSmallImagesAreRefused() {
    assertThatThrownBy(() -> new StridedCnn.Config(1, 3, 8, 3))
        .hasMessage("height must be >= 4, got 3");
    assertThatThrownBy(() -> new StridedCnn.Config(1, 6, 3, 3)).hasMessageContaining("width");
    assertThatThrownBy(() -> new StridedCnn.Config(0, 6, 6, 3)).hasMessageContaining("channels");
    assertThatThrownBy(() -> new StridedCnn.Config(1, 6, 6, 0)).hasMessageContaining("classes");
  }
}
