package dev.semblance.core.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Rng;
import org.junit.jupiter.api.Test;

class AucTest {
  @Test
  void equalsTheShareOfPairsInOrderWithTiesAsHalves() {
    Rng rng = Rng.of(3, Rng.Purpose.OTHER);
    double[] positives = new double[37];
    double[] negatives = new double[53];
    for (int i = 0; i < positives.length; i++) {
      positives[i] = rng.below(12) + 2;
    }
    for (int i = 0; i < negatives.length; i++) {
      negatives[i] = rng.below(12);
    }
    double pairs = 0;
    for (double p : positives) {
      for (double q : negatives) {
        pairs += p > q ? 1 : p == q ? 0.5 : 0;
      }
    }
    Auc auc = Auc.of(positives, negatives);
    assertThat(auc.estimate().value()).isCloseTo(pairs / (37 * 53), within(1e-12));
    // The area under the drawn curve is the same number.
    double area = 0;
    double[] x = auc.falsePositives();
    double[] y = auc.truePositives();
    for (int i = 1; i < x.length; i++) {
      area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
    }
    assertThat(area).isCloseTo(auc.estimate().value(), within(1e-12));
    assertThat(Auc.of(negatives, positives).estimate().value())
        .isCloseTo(1 - auc.estimate().value(), within(1e-12));
  }

  @Test
  void onePairIsOneTrial() {
    // V(t) = t (1 - t): Wilson's interval of one success in one trial.
    Interval one = Auc.of(new double[] {1}, new double[] {0}).estimate().interval();
    assertThat(one.low()).isCloseTo(Interval.wilson(1, 1).low(), within(1e-9));
    assertThat(one.high()).isEqualTo(1);
  }

  @Test
  void theIntervalCoversTheTrueAreaAboutNineteenTimesInTwenty() {
    // Normal scores of deviation 1, means 1 apart: P(positive > negative) = Phi(1 / sqrt 2).
    double truth = 0.7602499389065233;
    int covered = 0;
    int trials = 600;
    for (int t = 0; t < trials; t++) {
      Rng rng = Rng.of(t, Rng.Purpose.OTHER);
      double[] positives = new double[30];
      double[] negatives = new double[40];
      for (int i = 0; i < positives.length; i++) {
        positives[i] = 1 + rng.gaussian();
      }
      for (int i = 0; i < negatives.length; i++) {
        negatives[i] = rng.gaussian();
      }
      covered += Auc.of(positives, negatives).estimate().interval().contains(truth) ? 1 : 0;
    }
    assertThat((double) covered / trials).isBetween(0.925, 0.98);
  }

  @Test
  void infiniteScoresCountAndMissingOnesAreRefused() {
    double[] infinite = {Double.POSITIVE_INFINITY, 1};
    assertThat(Auc.of(infinite, new double[] {0, 1}).estimate().value()).isEqualTo(0.875);
    assertThatThrownBy(() -> Auc.of(new double[] {Double.NaN}, new double[] {0}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NaN");
  }
}
