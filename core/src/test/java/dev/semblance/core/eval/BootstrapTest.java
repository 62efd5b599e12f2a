package dev.semblance.core.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  private static double[] draws(int n, long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    double[] values = new double[n];
    Arrays.setAll(values, i -> rng.gaussian());
    return values;
  }

  @Test
  void meanAgreesWithTheNormalInterval() {
    double[] values = draws(4000, 1);
    double mean = Arrays.stream(values).average().orElseThrow();
    double deviation =
        Math.sqrt(Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / values.length);
    double half = 1.959963984540054 * deviation / Math.sqrt(values.length);
    Interval interval = new Bootstrap(4000, 0.95, 3).mean(values);
    // The percentile of 4,000 resamples is known to about 4 % of the half width.
    assertThat(interval.low()).isCloseTo(mean - half, within(0.1 * half));
    assertThat(interval.high()).isCloseTo(mean + half, within(0.1 * half));
  }

  @Test
  void coversTheTruthAsOftenAsItSays() {
    int covered = 0;
    for (int trial = 0; trial < 300; trial++) {
      covered += new Bootstrap(200, 0.8, trial).mean(draws(100, 100 + trial)).contains(0) ? 1 : 0;
    }
    // 240 expected; the deviation of a binomial count is 6.9.
    assertThat(covered).isBetween(240 - 28, 240 + 28);
  }

  @Test
  void columnsShareTheirDraws() {
    double[] values = draws(50, 1);
    double[] shifted = Arrays.stream(values).map(v -> v + 1).toArray();
    double[] third = draws(50, 2);
    List<Interval> together =
        Bootstrap.of(5).means(List.of(values, shifted, third, values, third, shifted));
    assertThat(together.get(1).low()).isCloseTo(together.get(0).low() + 1, within(1e-12));
    assertThat(together.get(3)).isEqualTo(together.get(0));
    assertThat(together.get(2)).isEqualTo(Bootstrap.of(5).mean(third));
    assertThat(together.get(4)).isEqualTo(together.get(2));
    assertThat(together.get(5)).isEqualTo(together.get(1));
  }

  @Test
  void ratiosWithEqualDenominatorsAreMeans() {
    double[] values = draws(30, 1);
    double[] twos = new double[30];
    Arrays.fill(twos, 2);
    Interval ratio = Bootstrap.of(1).ratios(List.of(values), twos).getFirst();
    Interval mean = Bootstrap.of(1).mean(values);
    assertThat(ratio.low()).isCloseTo(mean.low() / 2, within(1e-12));
    assertThat(ratio.high()).isCloseTo(mean.high() / 2, within(1e-12));
  }

  @Test
  void strataKeepTheirSizes() {
    // Constant within each group: resampling within groups cannot change anything.
    int[] groups = {7, 3, 7, 7, 3, 9};
    double[] values = {1, 2, 1, 1, 2, 6};
    Interval interval = Bootstrap.of(1).stratifiedMeans(List.of(values), groups).getFirst();
    assertThat(interval.low()).isCloseTo(3, within(1e-12));
    assertThat(interval.high()).isCloseTo(3, within(1e-12));
  }

  @Test
  void oneStratumIsThePlainMean() {
    double[] values = draws(40, 4);
    Interval strata =
        Bootstrap.of(1).stratifiedMeans(List.of(values), new int[values.length]).getFirst();
    assertThat(strata.low()).isCloseTo(Bootstrap.of(1).mean(values).low(), within(1e-12));
  }

  @Test
  void everyOptionMatters() {
    double[] values = draws(100, 1);
    Interval plain = new Bootstrap(200, 0.95, 0).mean(values);
    assertThat(new Bootstrap(201, 0.95, 0).mean(values)).isNotEqualTo(plain);
    assertThat(new Bootstrap(200, 0.9, 0).mean(values).width()).isLessThan(plain.width());
    assertThat(new Bootstrap(200, 0.95, 1).mean(values)).isNotEqualTo(plain);
    assertThat(new Bootstrap(200, 0.95, 0).mean(values)).isEqualTo(plain);
  }

  @Test
  void drawsAreUniform() {
    // Each unit is drawn once a resample on average: indicator columns have mean 1/n.
    int n = 5;
    List<double[]> indicators =
        IntStream.range(0, n)
            .mapToObj(
                i -> {
                  double[] column = new double[n];
                  column[i] = 1;
                  return column;
                })
            .toList();
    // Counts are binomial(5, 1/5): the 1 % and 99 % points are 0 and 3.
    for (Interval interval : new Bootstrap(2000, 0.98, 1).means(indicators)) {
      assertThat(interval.low()).isEqualTo(0);
      assertThat(interval.high()).isBetween(0.6 - 1e-9, 0.8 + 1e-9);
    }
  }

  @Test
  void refusesWhatCannotBeResampled() {
    assertThatThrownBy(() -> new Bootstrap(99, 0.95, 0)).hasMessageContaining("resamples");
    assertThatThrownBy(() -> new Bootstrap(100, Double.NaN, 0)).hasMessageContaining("confidence");
    assertThatThrownBy(() -> Bootstrap.of(0).mean(new double[0])).hasMessageContaining("empty");
    assertThatThrownBy(() -> Bootstrap.of(0).mean(new double[] {Double.NaN}))
        .hasMessageContaining("finite");
    assertThatThrownBy(() -> Bootstrap.of(0).means(List.of(new double[2], new double[3])))
        .hasMessageContaining("2 values each");
    assertThatThrownBy(() -> Bootstrap.of(0).ratios(List.of(new double[2]), new double[2]))
        .hasMessageContaining("denominator");
    assertThatThrownBy(() -> Bootstrap.of(0).stratifiedMeans(List.of(new double[2]), new int[3]))
        .hasMessageContaining("groups");
  }
}
