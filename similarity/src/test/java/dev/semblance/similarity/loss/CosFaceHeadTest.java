package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.junit.jupiter.api.Test;

class CosFaceHeadTest {
  private static final ToyBatch BATCH = ToyBatch.of(1, 9, 5, 4);

  @Test
  void agreesWithTheLoopsInValueAndGradients() {
    try (Scope scope = Scope.open()) {
      for (double m : new double[] {0, 0.2, 0.35, 0.9}) {
        try (CosFaceHead head = new CosFaceHead(new CosFaceHead.Config(4, 5, 8, m), 3)) {
          double[][] w = ToyBatch.rows(head, "weight");
          LossResult result = BATCH.apply(head);
          assertThat(result.value()).isCloseTo(Naive.cosFace(BATCH, w, 8, m), within(1e-12));
          assertThat(Ops.toDoubles(result.gradient()))
              .containsExactly(
                  Naive.gradient(x -> Naive.cosFace(BATCH.with(x), w, 8, m), BATCH.x()),
                  within(1e-7));
          assertThat(ToyBatch.gradient(head, "weight"))
              .containsExactly(Naive.gradient(v -> Naive.cosFace(BATCH, v, 8, m), w), within(3e-6));
        }
      }
    }
  }

  /**
   * The lecture's Eq. (4) has e^{s cos - m} in the denominator's first term. That is CosFace at
   * margin m/s plus the constant (s - 1) m = 22.05: both forms, apart.
   */
  @Test
  void misplacedParenthesisIsAnotherLoss() {
    try (Scope scope = Scope.open()) {
      double s = 64;
      double m = 0.35;
      CosFaceHead.Config config = CosFaceHead.Config.of(4, 5);
      assertThat(config).isEqualTo(new CosFaceHead.Config(4, 5, s, m));
      try (CosFaceHead head = new CosFaceHead(config, 3);
          CosFaceHead slight = new CosFaceHead(config.withMarginCosine(m / s), 3)) {
        double[][] w = ToyBatch.rows(head, "weight");
        double misplaced = 0;
        for (int i = 0; i < 9; i++) {
          double target = Naive.cosine(BATCH.x()[i], w[(int) BATCH.labels()[i]]);
          double all = Math.exp(s * target - m);
          for (int j = 0; j < 4; j++) {
            all += j == BATCH.labels()[i] ? 0 : Math.exp(s * Naive.cosine(BATCH.x()[i], w[j]));
          }
          misplaced -= (s * (target - m) - Math.log(all)) / 9;
        }
        double right = BATCH.apply(head).value();
        assertThat(BATCH.apply(slight).value() + (s - 1) * m).isCloseTo(misplaced, within(1e-9));
        assertThat((s - 1) * m).isCloseTo(22.05, within(1e-12));
        assertThat(Math.abs(right - misplaced)).isGreaterThan(1);
      }
    }
  }

  /** Features on their own of C simplex vertices: L = log(1 + (C-1) e^{-s (C/(C-1) - m)}). */
  @Test
  void closedFormAtTheSimplex() {
    try (Scope scope = Scope.open();
        CosFaceHead head = new CosFaceHead(new CosFaceHead.Config(3, 2, 4, 0.35), 3)) {
      double[][] x = new double[3][];
      float[] flat = new float[6];
      for (int c = 0; c < 3; c++) {
        x[c] = new double[] {Math.cos(2 * Math.PI * c / 3), Math.sin(2 * Math.PI * c / 3)};
        flat[2 * c] = (float) (5 * x[c][0]);
        flat[2 * c + 1] = (float) (5 * x[c][1]);
      }
      ToyBatch.set(head, "weight", flat);
      ToyBatch batch = new ToyBatch(x, new long[] {0, 1, 2}, new long[] {0, 1, 2});
      assertThat(batch.apply(head).value())
          .isCloseTo(Math.log(1 + 2 * Math.exp(-4 * (1.5 - 0.35))), within(1e-7));
    }
  }

  @Test
  void everyComponentMatters() {
    try (Scope scope = Scope.open()) {
      double value = value(new CosFaceHead.Config(4, 5, 16, 0.35), BATCH);
      assertThat(value(new CosFaceHead.Config(4, 5, 17, 0.35), BATCH))
          .isNotCloseTo(value, within(0.05));
      assertThat(value(new CosFaceHead.Config(4, 5, 16, 0.3), BATCH))
          .isNotCloseTo(value, within(0.05));
      assertThat(value(new CosFaceHead.Config(6, 5, 16, 0.35), BATCH))
          .isNotCloseTo(value, within(0.05));
      try (CosFaceHead wide = new CosFaceHead(CosFaceHead.Config.of(4, 6), 3)) {
        assertThat(wide.logits(Ops.floats(new float[12], 2, 6)).shape()).containsExactly(2, 4);
      }
    }
  }

  private static double value(CosFaceHead.Config config, ToyBatch batch) {
    try (CosFaceHead head = new CosFaceHead(config, 3)) {
      return batch.apply(head).value();
    }
  }

  /** NormFace: at margin 0 only the length-free cosines count, times the scale. */
  @Test
  void lengthsOfEmbeddingsPlayNoPart() {
    try (Scope scope = Scope.open();
        CosFaceHead head = new CosFaceHead(CosFaceHead.Config.of(4, 5), 3)) {
      double[][] longer = BATCH.x().clone();
      longer[2] = java.util.Arrays.stream(longer[2]).map(v -> 1000 * v).toArray();
      assertThat(BATCH.with(longer).apply(head).value())
          .isCloseTo(BATCH.apply(head).value(), within(1e-10));
    }
  }

  @Test
  void marginIsRefusedOnlyWhereGeometryProvesIt() {
    assertThatThrownBy(() -> CosFaceHead.Config.of(8, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("marginCosine must be <= 0.2928")
        .hasMessageContaining("8 classes in width 2")
        .hasMessageContaining("got 0.35");
    assertThat(new CosFaceHead.Config(8, 2, 16, 1 - Math.cos(Math.PI / 4)).marginCosine())
        .isCloseTo(0.2929, within(1e-4));
    // 10 classes in width 9 can stand at a simplex: 10/9; in width 8 only orthogonal: 1.
    assertThat(new CosFaceHead.Config(10, 9, 16, 1.1).marginCosine()).isEqualTo(1.1);
    assertThatThrownBy(() -> new CosFaceHead.Config(10, 8, 16, 1.1))
        .hasMessageContaining("must be <= 1.0");
    assertThatThrownBy(() -> new CosFaceHead.Config(10, 8, 16, Double.NaN))
        .hasMessageContaining("marginCosine");
    assertThatThrownBy(() -> new CosFaceHead.Config(10, 8, 0, 0.1)).hasMessageContaining("scale");
  }

  @Test
  void rowOfLengthZeroHasNoGradientAndIsCounted() {
    try (Scope scope = Scope.open();
        CosFaceHead head = new CosFaceHead(new CosFaceHead.Config(4, 5, 8, 0.3), 3)) {
      double[][] x = BATCH.x().clone();
      x[4] = new double[5];
      LossResult result = BATCH.with(x).apply(head);
      assertThat(result.value())
          .isCloseTo(
              Naive.cosFace(BATCH.with(x), ToyBatch.rows(head, "weight"), 8, 0.3), within(1e-12));
      assertThat(Ops.toDoubles(result.gradient().select(0, 4).abs())).containsOnly(0);
      assertThat(result.valid()).isEqualTo(9);
      assertThat(result.active()).isEqualTo(8);
    }
  }
}
