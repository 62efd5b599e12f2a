package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.junit.jupiter.api.Test;

class MultiSimilarityLossTest {
  @Test
  void agreesWithTheLoopsInValueAndGradient() {
    try (Scope scope = Scope.open()) {
      for (long seed = 0; seed < 5; seed++) {
        ToyBatch batch = ToyBatch.of(seed, 12, 4, 3);
        for (double slack : new double[] {0, 0.1, 3}) {
          LossResult result = batch.apply(new MultiSimilarityLoss(2, 50, 0.5, slack));
          assertThat(result.value())
              .isCloseTo(Naive.multiSimilarity(batch, 2, 50, 0.5, slack), within(1e-12));
          double[] expected =
              Naive.gradient(
                  x -> Naive.multiSimilarity(batch.with(x), 2, 50, 0.5, slack), batch.x());
          assertThat(Ops.toDoubles(result.gradient())).containsExactly(expected, within(1e-6));
        }
      }
    }
  }

  /** One pair of classes on two axes, all pairs: both terms by hand. */
  @Test
  void closedFormOfTwoPerfectClasses() {
    try (Scope scope = Scope.open()) {
      double[][] axes = {{1, 0}, {2, 0}, {0, 3}, {0, 4}};
      ToyBatch batch = new ToyBatch(axes, new long[] {0, 0, 1, 1}, new long[] {0, 1, 2, 3});
      double expected = Math.log(1 + Math.exp(-1)) / 2 + Math.log(1 + 2 * Math.exp(-25)) / 50;
      assertThat(batch.apply(new MultiSimilarityLoss(2, 50, 0.5, 3)).value())
          .isCloseTo(expected, within(1e-14));
      // Mined with the paper's slack, no pair of such a batch is near the other kind.
      LossResult mined = batch.apply(MultiSimilarityLoss.of());
      assertThat(mined.value()).isZero();
      assertThat(mined.valid()).isEqualTo(4);
      assertThat(mined.active()).isZero();
      assertThat(Ops.toDoubles(mined.gradient())).containsOnly(0);
    }
  }

  @Test
  void everyComponentMatters() {
    try (Scope scope = Scope.open()) {
      ToyBatch batch = ToyBatch.of(2, 12, 4, 3);
      double value = batch.apply(MultiSimilarityLoss.of()).value();
      MultiSimilarityLoss[] others = {
        new MultiSimilarityLoss(3, 50, 0.5, 0.1),
        new MultiSimilarityLoss(2, 40, 0.5, 0.1),
        new MultiSimilarityLoss(2, 50, 0.4, 0.1),
        new MultiSimilarityLoss(2, 50, 0.5, 1),
      };
      for (MultiSimilarityLoss other : others) {
        assertThat(batch.apply(other).value()).isNotCloseTo(value, within(1e-4));
      }
    }
  }

  @Test
  void refusesBadComponentsByName() {
    double nan = Double.NaN;
    assertThatThrownBy(() -> new MultiSimilarityLoss(nan, 50, 0.5, 0.1))
        .hasMessageContaining("positiveScale");
    assertThatThrownBy(() -> new MultiSimilarityLoss(2, 0, 0.5, 0.1))
        .hasMessageContaining("negativeScale");
    assertThatThrownBy(() -> new MultiSimilarityLoss(2, 50, 1.5, 0.1))
        .hasMessageContaining("threshold");
    assertThatThrownBy(() -> new MultiSimilarityLoss(2, 50, 0.5, -0.1))
        .hasMessageContaining("slack");
  }

  @Test
  void rowsOfOneSampleAreNeitherPositiveNorNegative() {
    try (Scope scope = Scope.open()) {
      ToyBatch batch =
          ToyBatch.of(3, 7, 4, 2).withLabels(0, 0, 0, 1, 1, 1, 0).withSamples(0, 1, 1, 3, 3, 5, 3);
      assertThat(batch.apply(MultiSimilarityLoss.of()).value())
          .isCloseTo(Naive.multiSimilarity(batch, 2, 50, 0.5, 0.1), within(1e-12));
    }
  }
}
