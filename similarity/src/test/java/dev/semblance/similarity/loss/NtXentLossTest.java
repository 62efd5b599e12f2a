package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.junit.jupiter.api.Test;

class NtXentLossTest {
  private static final ToyBatch VIEWS =
      ToyBatch.of(1, 10, 4, 5).withLabels(0, 1, 2, 3, 4, 0, 1, 2, 3, 4);

  /** Eq. (1) with its sum over pairs of views, loops only. */
  private static double naive(double[][] x, double temperature) {
    int n = x.length / 2;
    double sum = 0;
    for (int i = 0; i < 2 * n; i++) {
      double all = 0;
      for (int k = 0; k < 2 * n; k++) {
        all += k == i ? 0 : Math.exp(Naive.cosine(x[i], x[k]) / temperature);
      }
      double partner = Math.exp(Naive.cosine(x[i], x[(i + n) % (2 * n)]) / temperature);
      sum -= Math.log(partner / all);
    }
    return sum / (2 * n);
  }

  @Test
  void agreesWithTheLoopsInValueAndGradient() {
    try (Scope scope = Scope.open()) {
      for (double temperature : new double[] {0.1, 0.5}) {
        LossResult result = VIEWS.apply(new NtXentLoss(temperature));
        assertThat(result.value()).isCloseTo(naive(VIEWS.x(), temperature), within(1e-12));
        double[] expected = Naive.gradient(x -> naive(x, temperature), VIEWS.x());
        assertThat(Ops.toDoubles(result.gradient())).containsExactly(expected, within(1e-7));
        assertThat(result.valid()).isEqualTo(10);
        assertThat(result.active()).isEqualTo(10);
      }
    }
  }

  @Test
  void viewsAreRowsHalfABatchApart() {
    try (Scope scope = Scope.open()) {
      LossResult byLabel = VIEWS.apply(NtXentLoss.of());
      LossResult byPlace = NtXentLoss.of().ofViews(VIEWS.embeddings());
      assertThat(byPlace.value()).isEqualTo(byLabel.value());
      assertThat(Ops.toDoubles(byPlace.gradient())).isEqualTo(Ops.toDoubles(byLabel.gradient()));
    }
  }

  /** n pairs on n orthogonal axes: L = log(e^{1/t} + 2n - 2) - 1/t. */
  @Test
  void closedFormOfOrthogonalPairs() {
    try (Scope scope = Scope.open()) {
      double[][] x = new double[6][3];
      for (int i = 0; i < 6; i++) {
        x[i][i % 3] = 1 + i;
      }
      ToyBatch batch =
          new ToyBatch(x, new long[] {0, 1, 2, 0, 1, 2}, new long[] {0, 1, 2, 3, 4, 5});
      assertThat(batch.apply(NtXentLoss.of()).value())
          .isCloseTo(Math.log(Math.exp(2) + 4) - 2, within(1e-14));
    }
  }

  @Test
  void rowWithoutPartnerIsOnlyANegative() {
    try (Scope scope = Scope.open()) {
      ToyBatch batch = ToyBatch.of(4, 5, 3, 2).withLabels(0, 0, 1, 1, 9);
      LossResult result = batch.apply(NtXentLoss.of());
      assertThat(result.valid()).isEqualTo(4);
      assertThat(result.value()).isCloseTo(Naive.supCon(batch, 0.5), within(1e-12));
      assertThat(Ops.toDoubles(result.gradient().select(0, 4)))
          .doesNotContain(0.0); // it pushes the others and is pushed
    }
  }

  @Test
  void equalSampleIdsAreOneRowTwice() {
    try (Scope scope = Scope.open()) {
      LossResult result = VIEWS.withSamples(0, 1, 2, 3, 4, 0, 1, 2, 3, 4).apply(NtXentLoss.of());
      assertThat(result.valid()).isZero();
      assertThat(result.value()).isZero();
    }
  }

  @Test
  void refusesThreeViewsAndOddRows() {
    try (Scope scope = Scope.open()) {
      ToyBatch three = ToyBatch.of(4, 5, 3, 2).withLabels(1, 0, 0, 0, 1);
      assertThatThrownBy(() -> three.apply(NtXentLoss.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("got 3 of the label of row 1")
          .hasMessageContaining("SupConLoss");
      assertThatThrownBy(() -> NtXentLoss.of().ofViews(three.embeddings()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("got 5 rows");
    }
  }

  @Test
  void temperatureMattersAndIsChecked() {
    try (Scope scope = Scope.open()) {
      assertThat(VIEWS.apply(new NtXentLoss(0.2)).value())
          .isNotCloseTo(VIEWS.apply(NtXentLoss.of()).value(), within(0.1));
    }
    assertThatThrownBy(() -> new NtXentLoss(Double.NaN)).hasMessageContaining("temperature");
  }
}
