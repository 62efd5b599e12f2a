package dev.semblance.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.similarity.measure.Axioms;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.Mahalanobis;
import dev.semblance.similarity.measure.SquaredEuclidean;
import org.junit.jupiter.api.Test;

class E01_WhatIsMetricLearningTest {
  @Test
  void learnedMapFindsTheDiagonalThatAxisWeightsCannot() {
    E01_WhatIsMetricLearning.Result result = E01_WhatIsMetricLearning.learn(60);
    assertThat(result.euclid()).isLessThan(0.8);
    assertThat(result.weighted()).isLessThan(0.8);
    assertThat(result.learned()).isGreaterThan(0.95);
    // M is a multiple of [1 -1; -1 1]: all weight on the difference of the coordinates.
    double[][] m = Mahalanobis.ofL(result.l()).m();
    assertThat(m[0][1] / m[0][0]).isCloseTo(-1, within(0.02));
    assertThat(m[1][1] / m[0][0]).isCloseTo(1, within(0.02));
  }

  @Test
  void onlyTheMetricsPassTheAxioms() {
    assertThat(E01_WhatIsMetricLearning.axioms(new Euclidean()).isMetric()).isTrue();
    // (0,0), (2,2), (4,4): 32 > 8 + 8
    Axioms squared = E01_WhatIsMetricLearning.axioms(new SquaredEuclidean());
    assertThat(squared.holdsTriangle()).isFalse();
    assertThat(squared.triangle().amount()).isEqualTo(16);
    Axioms rankOne = E01_WhatIsMetricLearning.axioms(Mahalanobis.ofL(new double[][] {{1, 0}}));
    assertThat(rankOne.isPseudometric()).isTrue();
    assertThat(rankOne.isMetric()).isFalse();
  }

  @Test
  void mainRunsAndPrintsTheComparison() throws Exception {
    String output = Output.of(() -> E01_WhatIsMetricLearning.main(new String[] {"40"}));
    assertThat(output)
        .contains("learned, ||L(x-y)||")
        .contains("squared Euclid")
        .contains("detour +16.0")
        .contains("a pseudometric");
  }
}
