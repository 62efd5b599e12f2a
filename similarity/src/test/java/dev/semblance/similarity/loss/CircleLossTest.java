package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.junit.jupiter.api.Test;

class CircleLossTest {
  private static final ToyBatch BATCH = ToyBatch.of(1, 12, 4, 3);

  /** The gradient is that of the loss with its pair weights held at this batch. */
  @Test
  void agreesWithTheLoopsAtFrozenWeights() {
    try (Scope scope = Scope.open()) {
      for (double m : new double[] {0, 0.25, 0.4}) {
        LossResult result = BATCH.apply(new CircleLoss(m, 8));
        assertThat(result.value()).isCloseTo(Naive.circle(BATCH, BATCH.x(), m, 8), within(1e-11));
        double[] expected =
            Naive.gradient(x -> Naive.circle(BATCH.with(x), BATCH.x(), m, 8), BATCH.x());
        assertThat(Ops.toDoubles(result.gradient())).containsExactly(expected, within(1e-6));
      }
    }
  }

  /** S_p = 1 - m and S_n = m lie on the circle's boundary: L = log(1 + number of pairs), any g. */
  @Test
  void closedFormOnTheBoundary() {
    try (Scope scope = Scope.open()) {
      double[][] same = {{1, 0}, {1, 0}, {0, 1}, {0, 1}};
      ToyBatch batch = new ToyBatch(same, new long[] {0, 0, 1, 1}, new long[] {0, 1, 2, 3});
      // m = 0: S_p = 1 = 1 - m, S_n = 0 = m; one positive, two negatives.
      assertThat(batch.apply(new CircleLoss(0, 80)).value()).isCloseTo(Math.log(3), within(1e-12));
    }
  }

  @Test
  void everyComponentMattersAndIsChecked() {
    try (Scope scope = Scope.open()) {
      double value = BATCH.apply(CircleLoss.of()).value();
      assertThat(BATCH.apply(new CircleLoss(0.3, 80)).value()).isNotCloseTo(value, within(0.1));
      assertThat(BATCH.apply(new CircleLoss(0.4, 90)).value()).isNotCloseTo(value, within(0.1));
    }
    assertThatThrownBy(() -> new CircleLoss(Double.NaN, 80)).hasMessageContaining("margin");
    assertThatThrownBy(() -> new CircleLoss(0.4, 0)).hasMessageContaining("scale");
  }
}
