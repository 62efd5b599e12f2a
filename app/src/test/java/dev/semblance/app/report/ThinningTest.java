package dev.semblance.app.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is left out to keep the page small must not be seen to be missing. */
final class ThinningTest {
  @Test
  void curvesKeepEndsExtremesAndBreaks() {
    int n = 100_000;
    Random random = new Random(5);
    long[] steps = new long[n];
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      steps[i] = 3L * i;
      values[i] = random.nextGaussian();
    }
    values[77_123] = 99;
    values[12_345] = -99;
    values[50_001] = Double.NaN;
    Curve thin = Curve.of("Loss", "", steps, values).thinned(2_000);
    assertThat(thin.values().length).isBetween(1_000, 2_010);
    assertThat(thin.values()).contains(99.0, -99.0, Double.NaN);
    assertThat(thin.steps()).isSorted().startsWith(0).endsWith(3L * (n - 1));
    for (int i = 0; i < thin.steps().length; i++) {
      assertThat(Double.valueOf(thin.values()[i]))
          .isEqualTo(Double.valueOf(values[(int) (thin.steps()[i] / 3)]));
    }
  }

  @Test
  void shortCurvesAreLeftAlone() {
    Curve curve = Curve.of("Loss", "", new long[] {1, 2}, new double[] {3, 4});
    assertThat(curve.thinned(2)).isSameAs(curve);
  }

  @Test
  void meansAreThoseOfTheStretches() {
    Curve means =
        Curve.of(
                "Loss",
                "",
                new long[] {0, 1, 2, 3, 4, 5},
                new double[] {1, 3, Double.NaN, 7, Double.NaN, Double.NaN})
            .means(3);
    assertThat(means.steps()).containsExactly(0, 2, 4);
    assertThat(means.values()).containsExactly(2, 7, Double.NaN);
  }

  @Test
  void rocStaysWithinAHairOfTheWhole() {
    int n = 500_000;
    double[] fpr = new double[n];
    double[] tpr = new double[n];
    for (int i = 0; i < n; i++) {
      double p = (double) i / (n - 1);
      fpr[i] = Math.pow(p, 4);
      tpr[i] = Math.pow(p, 0.25);
    }
    Roc thin = new Roc(fpr, tpr, 0.1, 0.9, List.of(), "").thinned(2_000);
    assertThat(thin.fpr().length).isBetween(500, 3_500);
    assertThat(thin.fpr()).startsWith(0).endsWith(1).isSorted();
    for (double at : new double[] {1e-6, 1e-4, 1e-2, 0.3, 0.9}) {
      int i = Arrays.binarySearch(thin.fpr(), at);
      int near = Math.min(thin.fpr().length - 1, i < 0 ? -i - 1 : i);
      assertThat(thin.tpr()[near]).isCloseTo(Math.pow(at, 1.0 / 16), within(0.004));
    }
  }

  private static org.assertj.core.data.Offset<Double> within(double offset) {
    return org.assertj.core.data.Offset.offset(offset);
  }
}
