package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.SquaredEuclidean;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClassRankLossTest {
  private static final List<ClassRelation> RELATIONS =
      List.of(
          new ClassRelation(1, 0, 2, 0.5),
          new ClassRelation(0, 0, 3, 1),
          new ClassRelation(0, 1, 3, 0.3),
          new ClassRelation(1, 2, 9, 0.3)); // no class 9 in the batch

  private static PlainBatch batch(long seed) {
    ToyBatch toy = ToyBatch.of(seed, 22, 3, 4);
    long[] samples = toy.samples().clone();
    samples[0] = samples[5];
    toy.x()[3] = toy.x()[8].clone();
    return new PlainBatch(toy.x(), toy.labels(), samples);
  }

  @ParameterizedTest
  @EnumSource(Reduction.class)
  void matchesATripleLoop(Reduction reduction) {
    ClassRankLoss loss = new ClassRankLoss(new SquaredEuclidean(), RELATIONS, reduction);
    PlainBatch batch = batch(1);
    int n = batch.count();
    double[][] distances = PairOracle.distances(loss.measure(), batch.x());
    double[] gradient = new double[n * 3];
    double value = 0;
    long valid = 0;
    long active = 0;
    long groups = 0;
    for (int pass = 0; pass < 2; pass++) {
      for (ClassRelation relation : RELATIONS) {
        for (int b = 0; b < n; b++) {
          long own = 0;
          for (int inner = 0; inner < 2; inner++) {
            for (int a = 0; a < n; a++) {
              for (int c = 0; c < n; c++) {
                if (batch.labels()[b] != relation.anchor()
                    || batch.labels()[a] != relation.near()
                    || batch.labels()[c] != relation.far()
                    || batch.samples()[a] == batch.samples()[b]
                    || batch.samples()[c] == batch.samples()[b]) {
                  continue;
                }
                double term = Math.max(0, distances[b][a] - distances[b][c] + relation.margin());
                if (inner == 0) {
                  own++;
                  valid += pass == 0 ? 1 : 0;
                  active += pass == 0 && term > 0 ? 1 : 0;
                } else if (pass == 1) {
                  double share =
                      switch (reduction) {
                        case MEAN -> 1.0 / valid;
                        case MEAN_ACTIVE -> 1.0 / active;
                        case PER_ANCHOR -> 1.0 / own / groups;
                        case SUM -> 1;
                      };
                  value += share * term;
                  if (term > 0) {
                    PairOracle.pull(loss.measure(), batch.x(), b, a, share, gradient);
                    PairOracle.pull(loss.measure(), batch.x(), b, c, -share, gradient);
                  }
                }
              }
            }
          }
          groups += pass == 0 && own > 0 ? 1 : 0;
        }
      }
    }
    try (Scope scope = Scope.open()) {
      LossResult result = batch.wide(loss);
      assertThat(result.valid()).isEqualTo(valid);
      assertThat(result.active()).isEqualTo(active);
      assertThat(result.value()).isCloseTo(value, within(1e-11 * value));
      double[] found = Ops.toDoubles(result.gradient());
      for (int k = 0; k < found.length; k++) {
        assertThat(found[k]).isCloseTo(gradient[k], within(1e-10 * Math.max(1, value)));
      }
    }
  }

  @Test
  void violationsAreCounted() {
    // On a line: B at 0, A at 1 and 3, C at 2.
    PlainBatch batch =
        new PlainBatch(
            new double[][] {{0}, {1}, {3}, {2}}, new long[] {5, 6, 6, 7}, new long[] {0, 1, 2, 3});
    ClassRankLoss loss = ClassRankLoss.of(List.of(ClassRelation.of(6, 5, 7)));
    try (Scope scope = Scope.open()) {
      ClassRankLoss.Violations violations =
          loss.violations(
              batch.embeddings(), Ops.longs(batch.labels()), Ops.longs(batch.samples()));
      // Squares: mean (1 + 9) / 2 = 5 against 4, and one of two triples.
      assertThat(violations).isEqualTo(new ClassRankLoss.Violations(1, 1, 2, 1));
      assertThat(violations.tripleRate()).isEqualTo(0.5);
      assertThat(violations.relationRate()).isEqualTo(1);
      ClassRankLoss.Violations roots =
          loss.withMeasure(new Euclidean())
              .violations(
                  batch.embeddings(), Ops.longs(batch.labels()), Ops.longs(batch.samples()));
      // Means 2 and 2: a tie is a violation.
      assertThat(roots.violatedRelations()).isEqualTo(1);
    }
  }

  @Test
  void contradictionIsRefusedWithItsCycle() {
    List<ClassRelation> cycle =
        List.of(
            ClassRelation.of(1, 2, 3), // D(1, 2) < D(2, 3)
            ClassRelation.of(2, 3, 1), // D(2, 3) < D(1, 3)
            ClassRelation.of(3, 1, 2)); // D(1, 3) < D(1, 2)
    assertThatThrownBy(() -> ClassRankLoss.of(cycle))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("D(1, 2) < D(2, 3) < D(1, 3) < D(1, 2)");
    assertThat(ClassRankLoss.of(cycle.subList(0, 2)).relations()).hasSize(2);
    assertThatThrownBy(
            () -> ClassRankLoss.of(List.of(ClassRelation.of(1, 2, 3), ClassRelation.of(3, 2, 1))))
        .hasMessageContaining("D(1, 2) < D(2, 3) < D(1, 2)");
    assertThatThrownBy(() -> ClassRelation.of(1, 2, 2))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ClassRankLoss.of(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyOptionMatters() {
    PlainBatch batch = batch(2);
    ClassRankLoss loss = ClassRankLoss.of(RELATIONS);
    try (Scope scope = Scope.open()) {
      assertThat(
              List.of(
                  batch.wide(loss).value(),
                  batch.wide(loss.withMeasure(new Euclidean())).value(),
                  batch.wide(ClassRankLoss.of(RELATIONS.subList(0, 2))).value(),
                  batch.wide(ClassRankLoss.of(List.of(new ClassRelation(1, 0, 2, 0.6)))).value(),
                  batch.wide(ClassRankLoss.of(List.of(new ClassRelation(1, 0, 2, 0.5)))).value(),
                  batch.wide(loss.withReduction(Reduction.MEAN_ACTIVE)).value(),
                  batch.wide(loss.withReduction(Reduction.PER_ANCHOR)).value(),
                  batch.wide(loss.withReduction(Reduction.SUM)).value()))
          .doesNotHaveDuplicates();
    }
  }

  @Nested
  class Contract extends TripletLossContractTest.Contract {
    @Override
    EmbeddingLoss subject() {
      return ClassRankLoss.of(RELATIONS);
    }

    @Override
    protected boolean needsPositives() {
      return false;
    }
  }
}
