package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SupConLossTest {
  @ParameterizedTest
  @ValueSource(doubles = {0.07, 0.1, 1})
  void agreesWithTheLoopsInValueAndGradient(double temperature) {
    try (Scope scope = Scope.open()) {
      ToyBatch batch = ToyBatch.of(1, 11, 4, 3);
      LossResult result = batch.apply(new SupConLoss(temperature));
      assertThat(result.value()).isCloseTo(Naive.supCon(batch, temperature), within(1e-12));
      double[] expected = Naive.gradient(x -> Naive.supCon(batch.with(x), temperature), batch.x());
      assertThat(Ops.toDoubles(result.gradient())).containsExactly(expected, within(1e-7));
    }
  }

  /**
   * Two classes of two on the axes of the plane: S = 1 within, 0 across; L = log(e^{1/t} + 2) -
   * 1/t.
   */
  @Test
  void closedFormOfTwoPerfectClasses() {
    try (Scope scope = Scope.open()) {
      double[][] axes = {{1, 0}, {2, 0}, {0, 3}, {0, 4}};
      ToyBatch batch = new ToyBatch(axes, new long[] {0, 0, 1, 1}, new long[] {0, 1, 2, 3});
      assertThat(batch.apply(new SupConLoss(0.5)).value())
          .isCloseTo(Math.log(Math.exp(2) + 2) - 2, within(1e-14)) // 0.2395...
          .isCloseTo(0.23954, within(1e-5));
    }
  }

  /**
   * With all embeddings equal each of the n-1 others has the same share: L = log(n-1), whatever the
   * temperature.
   */
  @Test
  void collapsedBatchCostsTheLogOfTheOthers() {
    try (Scope scope = Scope.open()) {
      double[][] same = new double[6][];
      java.util.Arrays.fill(same, new double[] {0.3, -0.2, 0.9});
      ToyBatch batch =
          new ToyBatch(same, new long[] {0, 0, 0, 1, 1, 1}, new long[] {0, 1, 2, 3, 4, 5});
      LossResult result = batch.apply(SupConLoss.of());
      assertThat(result.value()).isCloseTo(Math.log(5), within(1e-12));
      assertThat(Ops.toDoubles(result.gradient())).containsOnly(new double[18], within(1e-12));
    }
  }

  @Test
  void meanOverPositivesStandsOutsideTheLog() {
    try (Scope scope = Scope.open()) {
      ToyBatch batch = ToyBatch.of(5, 8, 3, 2).withLabels(0, 0, 0, 0, 1, 1, 1, 1);
      double inside = 0;
      for (int i = 0; i < 8; i++) {
        double all = 0;
        double mean = 0;
        for (int k = 0; k < 8; k++) {
          double e = Math.exp(Naive.cosine(batch.x()[i], batch.x()[k]) / 0.1);
          all += k == i ? 0 : e;
          mean += Naive.positive(batch, i, k) ? e / 3 : 0;
        }
        inside -= Math.log(mean / all) / 8;
      }
      // Jensen: the mean inside the log is the smaller loss, and strictly so here.
      assertThat(batch.apply(SupConLoss.of()).value()).isGreaterThan(inside + 0.1);
    }
  }

  @Test
  void temperatureMatters() {
    try (Scope scope = Scope.open()) {
      ToyBatch batch = ToyBatch.of(2, 9, 4, 3);
      assertThat(batch.apply(new SupConLoss(0.2)).value())
          .isNotCloseTo(batch.apply(new SupConLoss(0.1)).value(), within(0.1));
    }
  }

  @Test
  void refusesTemperatureThatIsNotPositive() {
    for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new SupConLoss(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("temperature must be > 0");
    }
  }

  /** Rows of one sample: the naive loops skip them too; and a changed id changes the loss. */
  @Test
  void rowsOfOneSampleAreNeitherPositiveNorNegative() {
    try (Scope scope = Scope.open()) {
      ToyBatch batch =
          ToyBatch.of(3, 7, 4, 2).withLabels(0, 0, 0, 1, 1, 1, 0).withSamples(0, 1, 1, 3, 3, 5, 3);
      LossResult result = batch.apply(SupConLoss.of());
      assertThat(result.value()).isCloseTo(Naive.supCon(batch, 0.1), within(1e-12));
      double[] expected = Naive.gradient(x -> Naive.supCon(batch.with(x), 0.1), batch.x());
      assertThat(Ops.toDoubles(result.gradient())).containsExactly(expected, within(1e-7));
      ToyBatch apart = batch.withSamples(0, 1, 2, 3, 4, 5, 6);
      assertThat(apart.apply(SupConLoss.of()).value()).isNotCloseTo(result.value(), within(1e-3));
    }
  }
}
