package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SoftmaxHeadTest {
  private static final ToyBatch BATCH = ToyBatch.of(1, 9, 4, 3);

  @Test
  void softmaxAgreesWithTheLoops() {
    try (Scope scope = Scope.open();
        SoftmaxHead head = new SoftmaxHead(SoftmaxHead.Config.of(3, 4), 7)) {
      double[][] w = ToyBatch.rows(head, "weight");
      double[] b = {0, 0, 0};
      LossResult result = BATCH.apply(head);
      assertThat(result.value()).isCloseTo(Naive.softmax(BATCH, w, b), within(1e-12));
      assertThat(Ops.toDoubles(result.gradient()))
          .containsExactly(
              Naive.gradient(x -> Naive.softmax(BATCH.with(x), w, b), BATCH.x()), within(1e-8));
      assertThat(ToyBatch.gradient(head, "weight"))
          .containsExactly(Naive.gradient(v -> Naive.softmax(BATCH, v, b), w), within(1e-6));
      assertThat(ToyBatch.gradient(head, "bias"))
          .containsExactly(
              Naive.gradient(v -> Naive.softmax(BATCH, w, v[0]), new double[][] {b}), within(1e-6));
    }
  }

  @Test
  void normalizedSoftmaxAgreesWithTheLoops() {
    try (Scope scope = Scope.open();
        Head head = new NormalizedSoftmaxHead(NormalizedSoftmaxHead.Config.of(3, 4), 7)) {
      double[][] w = ToyBatch.rows(head, "weight");
      LossResult result = BATCH.apply(head);
      assertThat(result.value()).isCloseTo(Naive.normalizedSoftmax(BATCH, w), within(1e-12));
      assertThat(Ops.toDoubles(result.gradient()))
          .containsExactly(
              Naive.gradient(x -> Naive.normalizedSoftmax(BATCH.with(x), w), BATCH.x()),
              within(1e-8));
      assertThat(ToyBatch.gradient(head, "weight"))
          .containsExactly(Naive.gradient(v -> Naive.normalizedSoftmax(BATCH, v), w), within(1e-6));
    }
  }

  /** The bisector: a point on it has equal logits, however long the two weights are. */
  @Test
  void normalizedSoftmaxDecidesByTheAngleAlone() {
    try (Scope scope = Scope.open();
        Head head = new NormalizedSoftmaxHead(NormalizedSoftmaxHead.Config.of(2, 2), 7);
        Head plain = new SoftmaxHead(SoftmaxHead.Config.of(2, 2), 7)) {
      for (Head h : new Head[] {head, plain}) {
        ToyBatch.set(h, "weight", 9, 0, 0, 1);
      }
      double[] logits = Ops.toDoubles(head.logits(Ops.floats(new float[] {2, 2}, 1, 2)));
      assertThat(logits[0]).isEqualTo(logits[1]).isEqualTo(2);
      assertThat(Ops.toDoubles(plain.logits(Ops.floats(new float[] {2, 2}, 1, 2))))
          .containsExactly(18, 2);
    }
  }

  @Test
  void logitsAreThoseOfTheLoss() {
    try (Scope scope = Scope.open()) {
      for (Head head :
          new Head[] {
            new SoftmaxHead(SoftmaxHead.Config.of(3, 4), 7),
            new NormalizedSoftmaxHead(NormalizedSoftmaxHead.Config.of(3, 4), 7),
            new CosFaceHead(new CosFaceHead.Config(3, 4, 16, 0), 7),
            new ArcFaceHead(new ArcFaceHead.Config(3, 4, 16, 0), 7)
          }) {
        double[][] logits =
            ToyBatch.rows(
                head.logits(
                    BATCH.embeddings().to(org.bytedeco.pytorch.global.torch.ScalarType.Float)));
        assertThat(Naive.crossEntropy(logits, BATCH.labels()))
            .isCloseTo(BATCH.apply(head).value(), within(2e-6));
        head.close();
      }
    }
  }

  @Test
  void gradientsOfParametersAddUpOverCalls() {
    try (Scope scope = Scope.open();
        Head once = new CosFaceHead(CosFaceHead.Config.of(3, 4), 7);
        Head twice = new CosFaceHead(CosFaceHead.Config.of(3, 4), 7)) {
      ToyBatch other = ToyBatch.of(8, 5, 4, 3);
      BATCH.apply(once);
      double[] first = ToyBatch.gradient(once, "weight");
      BATCH.apply(twice);
      other.apply(twice);
      ToyBatch.parameter(once, "weight").mutable_grad().zero_();
      other.apply(once);
      double[] second = ToyBatch.gradient(once, "weight");
      double[] sum = new double[first.length];
      Arrays.setAll(sum, i -> first[i] + second[i]);
      assertThat(ToyBatch.gradient(twice, "weight")).containsExactly(sum, within(1e-5));
    }
  }

  @Test
  void refusesLabelsByRowAndOtherWidths() {
    try (Scope scope = Scope.open();
        Head head = new SoftmaxHead(SoftmaxHead.Config.of(3, 4), 7)) {
      assertThatThrownBy(() -> BATCH.withLabels(0, 1, 2, 0, 1, 3, 0, 1, 2).apply(head))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("labels must be in [0, 3), got 3 in row 5");
      assertThatThrownBy(() -> BATCH.withLabels(0, -1, 2, 0, 1, 2, 0, 1, 2).apply(head))
          .hasMessageContaining("got -1 in row 1");
      assertThatThrownBy(() -> ToyBatch.of(1, 4, 5, 2).apply(head))
          .hasMessageContaining("embeddings must be [n, 4], got [4, 5]");
      assertThatThrownBy(() -> head.logits(ToyBatch.of(1, 4, 5, 2).embeddings()))
          .hasMessageContaining("embeddings must be [n, 4], got [4, 5]");
    }
    assertThatThrownBy(() -> SoftmaxHead.Config.of(1, 4)).hasMessageContaining("classes");
    assertThatThrownBy(() -> NormalizedSoftmaxHead.Config.of(3, 0)).hasMessageContaining("width");
  }

  /** A row that is certain (target probability 1 in float32) is valid and not active. */
  @Test
  void certainRowIsNotActive() {
    try (Scope scope = Scope.open();
        Head head = new SoftmaxHead(SoftmaxHead.Config.of(2, 2), 7)) {
      ToyBatch.set(head, "weight", 1, 0, 0, 1);
      ToyBatch batch =
          new ToyBatch(new double[][] {{200, 0}, {1, 0}}, new long[] {0, 0}, new long[] {0, 1});
      LossResult result = batch.applyInFloat(head);
      assertThat(result.valid()).isEqualTo(2);
      assertThat(result.active()).isEqualTo(1);
      assertThat(result.value()).isCloseTo(Math.log(1 + Math.exp(-1)) / 2, within(1e-7));
    }
  }
}
