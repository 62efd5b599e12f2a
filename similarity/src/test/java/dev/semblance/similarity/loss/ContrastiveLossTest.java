package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.EmbeddedDistance;
import dev.semblance.similarity.measure.Euclidean;
import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContrastiveLossTest {
  private static PlainBatch batch(long seed) {
    ToyBatch toy = ToyBatch.of(seed, 18, 3, 4);
    long[] samples = toy.samples().clone();
    samples[2] = samples[7]; // two views of one sample
    toy.x()[4] = toy.x()[9].clone(); // coinciding rows
    toy.x()[5] = toy.x()[10].clone();
    return new PlainBatch(toy.x(), toy.labels(), samples);
  }

  @ParameterizedTest
  @EnumSource(Reduction.class)
  void matchesADoubleLoop(Reduction reduction) {
    for (EmbeddedDistance measure : List.of(new Euclidean(), new CosineDistance())) {
      ContrastiveLoss loss = new ContrastiveLoss(measure, 1.5, reduction);
      PlainBatch batch = batch(1);
      int n = batch.count();
      double[][] distances = PairOracle.distances(measure, batch.x());
      double[] gradient = new double[n * 3];
      double value = 0;
      long pairs = 0;
      long active = 0;
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
          if (batch.positive(i, j) || batch.negative(i, j)) {
            pairs++;
            active += term(batch, distances, i, j) > 0 ? 1 : 0;
          }
        }
      }
      for (int i = 0; i < n; i++) {
        long own = 0;
        for (int j = 0; j < n; j++) {
          own += batch.positive(i, j) || batch.negative(i, j) ? 1 : 0;
        }
        for (int j = 0; j < n; j++) {
          if (!batch.positive(i, j) && !batch.negative(i, j)) {
            continue;
          }
          // Each pair is met twice.
          double share =
              switch (reduction) {
                case MEAN -> 0.5 / pairs;
                case MEAN_ACTIVE -> 0.5 / active;
                case PER_ANCHOR -> 1.0 / own / n;
                case SUM -> 0.5;
              };
          value += share * term(batch, distances, i, j);
          double slope =
              batch.positive(i, j) ? 2 * distances[i][j] : -2 * Math.max(0, 1.5 - distances[i][j]);
          PairOracle.pull(measure, batch.x(), i, j, share * slope, gradient);
        }
      }
      try (Scope scope = Scope.open()) {
        LossResult result = batch.wide(loss);
        assertThat(result.valid()).isEqualTo(pairs);
        assertThat(result.active()).isEqualTo(active);
        assertThat(result.value()).isCloseTo(value, within(1e-11 * value));
        double[] found = Ops.toDoubles(result.gradient());
        for (int k = 0; k < found.length; k++) {
          assertThat(found[k]).isCloseTo(gradient[k], within(1e-9));
        }
      }
    }
  }

  private static double term(PlainBatch batch, double[][] distances, int i, int j) {
    double distance = distances[i][j];
    return batch.positive(i, j) ? distance * distance : Math.pow(Math.max(0, 1.5 - distance), 2);
  }

  @Test
  void everyOptionMatters() {
    try (Scope scope = Scope.open()) {
      PlainBatch batch = batch(2);
      ContrastiveLoss loss = ContrastiveLoss.of(1.5);
      assertThat(
              List.of(
                  batch.wide(loss).value(),
                  batch.wide(ContrastiveLoss.of(1.2)).value(),
                  batch.wide(loss.withMeasure(new CosineDistance())).value(),
                  batch.wide(loss.withReduction(Reduction.MEAN_ACTIVE)).value(),
                  batch.wide(loss.withReduction(Reduction.PER_ANCHOR)).value(),
                  batch.wide(loss.withReduction(Reduction.SUM)).value()))
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void twoPointsHaveTheClosedForm() {
    try (Scope scope = Scope.open()) {
      double[][] x = {{0, 0}, {0.6, 0}};
      LossResult apart =
          new PlainBatch(x, new long[] {0, 1}, new long[] {0, 1}).wide(ContrastiveLoss.of());
      assertThat(apart.value()).isCloseTo(0.16, within(1e-12));
      // -2 (1 - 0.6), pushing the second to the right: the gradient points left.
      assertThat(Ops.toDoubles(apart.gradient())[2]).isCloseTo(-0.8, within(1e-12));
      LossResult together =
          new PlainBatch(x, new long[] {0, 0}, new long[] {0, 1}).wide(ContrastiveLoss.of());
      assertThat(together.value()).isCloseTo(0.36, within(1e-12));
      assertThat(Ops.toDoubles(together.gradient())[2]).isCloseTo(1.2, within(1e-12));
    }
  }

  @Test
  void marginIsChecked() {
    assertThatThrownBy(() -> ContrastiveLoss.of(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("margin must be > 0");
  }

  @Test
  void bitsDoNotDependOnTheNumberOfThreads() {
    int threads = torch.get_num_threads();
    try (Scope scope = Scope.open()) {
      ToyBatch toy = ToyBatch.of(3, 700, 16, 20);
      PlainBatch batch = new PlainBatch(toy.x(), toy.labels(), toy.samples());
      torch.set_num_threads(1);
      float[] reference = Ops.toFloats(batch.single(ContrastiveLoss.of(4)).gradient());
      for (int count : new int[] {2, 3}) {
        torch.set_num_threads(count);
        assertThat(Ops.toFloats(batch.single(ContrastiveLoss.of(4)).gradient()))
            .containsExactly(reference);
      }
    } finally {
      torch.set_num_threads(threads);
    }
  }

  @Nested
  class Contract extends TripletLossContractTest.Contract {
    @Override
    EmbeddingLoss subject() {
      return ContrastiveLoss.of(1.2);
    }

    @Override
    protected boolean needsNegatives() {
      return false;
    }

    @Override
    protected boolean needsPositives() {
      return false;
    }
  }
}
