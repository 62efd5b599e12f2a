package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PositivePairLossTest {
  private static PlainBatch batch() {
    ToyBatch toy = ToyBatch.of(1, 14, 3, 4);
    long[] samples = toy.samples().clone();
    samples[1] = samples[6];
    for (double[] row : toy.x()) {
      row[1] *= 0.3;
      row[2] = 0.5 * row[0] + 0.2 * row[2]; // correlated
    }
    return new PlainBatch(toy.x(), toy.labels(), samples);
  }

  /** By loops, from the definition. */
  private static double naive(PositivePairLoss loss, PlainBatch batch) {
    double[][] x = batch.x();
    int n = x.length;
    int d = x[0].length;
    double pairs = 0;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        if (batch.positive(i, j)) {
          pairs++;
          for (int k = 0; k < d; k++) {
            sum += Math.pow(x[i][k] - x[j][k], 2);
          }
        }
      }
    }
    double[] mean = new double[d];
    for (double[] row : x) {
      for (int k = 0; k < d; k++) {
        mean[k] += row[k] / n;
      }
    }
    double variance = 0;
    double covariance = 0;
    for (int k = 0; k < d; k++) {
      for (int l = 0; l < d; l++) {
        double c = 0;
        for (double[] row : x) {
          c += (row[k] - mean[k]) * (row[l] - mean[l]) / (n - 1);
        }
        if (k == l) {
          variance += Math.max(0, loss.deviation() - Math.sqrt(c + loss.epsilon())) / d;
        } else {
          covariance += c * c / d;
        }
      }
    }
    return loss.attraction() * sum / pairs
        + loss.variance() * variance
        + loss.covariance() * covariance;
  }

  @Test
  void matchesItsDefinitionAndEveryOptionMatters() {
    PlainBatch batch = batch();
    List<PositivePairLoss> losses =
        List.of(
            PositivePairLoss.naive(),
            PositivePairLoss.of(),
            new PositivePairLoss(20, 25, 1, 1, 1e-4),
            new PositivePairLoss(25, 20, 1, 1, 1e-4),
            new PositivePairLoss(25, 25, 2, 1, 1e-4),
            new PositivePairLoss(25, 25, 1, 2, 1e-4),
            new PositivePairLoss(25, 25, 1, 1, 1e-2));
    try (Scope scope = Scope.open()) {
      for (PositivePairLoss loss : losses) {
        double expected = naive(loss, batch);
        assertThat(batch.wide(loss).value()).isCloseTo(expected, within(1e-11 * expected));
      }
      assertThat(losses.stream().map(loss -> batch.wide(loss).value())).doesNotHaveDuplicates();
    }
  }

  @Test
  void constantEmbeddingIsAMinimumOnlyWithoutTheCure() {
    PlainBatch batch =
        new PlainBatch(new double[][] {{1, 2}, {1, 2}}, new long[] {0, 0}, new long[] {0, 1});
    try (Scope scope = Scope.open()) {
      assertThat(batch.wide(PositivePairLoss.naive()).value()).isZero();
      // 25 (1 - sqrt 1e-4)
      assertThat(batch.wide(PositivePairLoss.of()).value()).isCloseTo(24.75, within(1e-12));
    }
  }

  @Test
  void weightsAreChecked() {
    assertThatThrownBy(() -> new PositivePairLoss(1, Double.NaN, 0, 1, 1e-4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("variance");
    assertThatThrownBy(() -> new PositivePairLoss(1, 0, 0, 0, 1e-4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("deviation");
  }

  @Nested
  class NaiveContract extends TripletLossContractTest.Contract {
    @Override
    EmbeddingLoss subject() {
      return PositivePairLoss.naive();
    }

    @Override
    protected boolean needsNegatives() {
      return false;
    }
  }

  @Nested
  class CuredContract extends TripletLossContractTest.Contract {
    @Override
    EmbeddingLoss subject() {
      return new PositivePairLoss(2, 3, 5, 1, 1e-4);
    }

    @Override
    protected boolean needsNegatives() {
      return false;
    }

    @Override
    protected int wideColumns() {
      return 256; // the covariance is d x d
    }
  }
}
