package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class EmbedderTest {
  private static final Architecture BACKBONE = new Mlp.Config(4, List.of(6), 3);

  @Test
  void unitRowsWhereAskedAndTheProjectionOtherwise() {
    try (Embedder unit = new Embedder.Config(BACKBONE, 5, true).build(1);
        Embedder plain = new Embedder.Config(BACKBONE, 5, false).build(1);
        Scope scope = Scope.open()) {
      Tensor x = torch.randn(7, 4);
      double[] squared = Ops.toDoubles(unit.forward(x, Mode.INFERENCE).square().sum(1));
      for (double length : squared) {
        assertThat(length).isCloseTo(1, within(1e-5));
      }
      double[] free = Ops.toDoubles(plain.forward(x, Mode.INFERENCE).square().sum(1));
      assertThat(free).isNotEqualTo(squared);
      assertThat(unit.width()).isEqualTo(5);
      assertThat(unit.featureWidth()).isEqualTo(6);
    }
  }

  @Test
  void withoutAProjectionTheFeaturesAreTheEmbedding() {
    try (Embedder net = new Embedder.Config(BACKBONE, 0, false).build(1);
        Scope scope = Scope.open()) {
      Tensor x = torch.randn(3, 4);
      assertThat(net.width()).isEqualTo(6);
      assertThat(Ops.toFloats(net.forward(x, Mode.INFERENCE)))
          .isEqualTo(Ops.toFloats(net.features(x, Mode.INFERENCE)));
    }
  }

  @Test
  void aZeroRowStaysZeroWithABoundedGradient() {
    try (Embedder net = new Embedder.Config(BACKBONE, 5, true).build(1);
        Scope scope = Scope.open()) {
      Ops.withoutGradient(() -> net.weights().all().values().forEach(Tensor::zero_));
      Tensor out = net.forward(torch.randn(2, 4), Mode.TRAINING);
      assertThat(Ops.toDoubles(out)).containsOnly(0.0);
      out.sum().backward();
      double[] gradient = Ops.toDoubles(net.weights().parameters().get("projection.bias").grad());
      for (double g : gradient) {
        assertThat(g).isFinite();
        assertThat(Math.abs(g)).isLessThan(1e7);
      }
    }
  }

  @Test
  void aPretrainedBackboneIsTakenOverAndClosedWithIt() {
    Net backbone = BACKBONE.build(9);
    try (Scope scope = Scope.open()) {
      Tensor x = torch.randn(3, 4);
      float[] before = Ops.toFloats(backbone.features(x, Mode.INFERENCE));
      try (Embedder net = Embedder.over(backbone, 5, true, 1)) {
        assertThat(Ops.toFloats(net.features(x, Mode.INFERENCE))).isEqualTo(before);
        assertThat(net.architecture()).isEqualTo(new Embedder.Config(BACKBONE, 5, true));
        assertThat(net.weights().parameters())
            .containsKeys("backbone.hidden0.weight", "projection.weight");
      }
    }
  }
}
