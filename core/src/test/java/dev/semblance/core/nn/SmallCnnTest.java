package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.junit.jupiter.api.Test;

class SmallCnnTest extends NetContract {
  @Override
  SmallCnn.Config architecture() {
    return new SmallCnn.Config(2, 9, 8, 3);
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
        SmallCnn net = SmallCnn.Config.of().build(0)) {
      long count = net.weights().parameters().values().stream().mapToLong(Tensor::numel).sum();
      // 320 + 18,496 + 1,179,776 + 1,290
      assertThat(count).isEqualTo(1_199_882);
    }
  }

  @Test
  void everyOptionChangesTheWeights() {
    assertThat(
            List.of(
                LeNetTest.shapes(new SmallCnn.Config(1, 9, 8, 3)),
                LeNetTest.shapes(new SmallCnn.Config(2, 11, 8, 3)),
                LeNetTest.shapes(new SmallCnn.Config(2, 9, 12, 3)),
                LeNetTest.shapes(new SmallCnn.Config(2, 9, 8, 4))))
        .doesNotContain(LeNetTest.shapes(architecture()))
        .doesNotHaveDuplicates();
  }

  @Test
  void tooSmallImagesAreRefused() {
    assertThatThrownBy(() -> new SmallCnn.Config(1, 5, 8, 3))
        .hasMessage("height must be >= 6, got 5");
    assertThatThrownBy(() -> new SmallCnn.Config(1, 6, 5, 3)).hasMessageContaining("width");
    assertThatThrownBy(() -> new SmallCnn.Config(0, 6, 6, 3)).hasMessageContaining("channels");
    assertThatThrownBy(() -> new SmallCnn.Config(1, 6, 6, 0)).hasMessageContaining("classes");
  }

  @Test
  void aConvolutionOfOneChannelAnswersChannelsLastAndTheSameAsAnyOther() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(1)) {
      Conv2d convolution = Conv2d.of(weights, "c", 1, 4, 3, 1, 0, true);
      Tensor images = torch.rand(2, 1, 7, 7);
      Tensor answer = convolution.apply(images);
      assertThat(answer.is_contiguous(MemoryFormat.ChannelsLast)).isTrue();
      Tensor plain = torch.conv2d(images, convolution.weight());
      assertThat(
              answer.sub(plain.add(convolution.bias().view(1, 4, 1, 1))).abs().max().item_double())
          .isCloseTo(0, within(1e-5));
      answer.sum().backward();
      assertThat(Ops.toBooleans(convolution.weight().grad().ne(Ops.scalar(0)).any().view(1)))
          .containsExactly(true);
    }
  }
}
