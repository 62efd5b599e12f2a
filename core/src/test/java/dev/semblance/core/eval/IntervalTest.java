package dev.semblance.core.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class IntervalTest {
  @Test
  void wilsonMatchesPublishedInterval() {
    // 92.0 % of 400 one-shot trials: 88.9-94.3, koch2015siamese's trials under Wilson's formula.
    Interval interval = Interval.wilson(368, 400);
    assertThat(interval.low()).isCloseTo(0.889, within(5e-4));
    assertThat(interval.high()).isCloseTo(0.943, within(5e-4));
  }

  @Test
  void wilsonEndsSolveTheScoreEquation() {
    double z = 1.959963984540054;
    for (int n : new int[] {1, 7, 100, 10_000}) {
      for (int correct : new int[] {0, 1, n / 2, n}) {
        Interval interval = Interval.wilson(correct, n);
        double p = (double) correct / n;
        for (double end : new double[] {interval.low(), interval.high()}) {
          // (p - end)^2 = z^2 end (1 - end) / n
          assertThat((p - end) * (p - end)).isCloseTo(z * z * end * (1 - end) / n, within(1e-12));
        }
        assertThat(interval.contains(p)).isTrue();
      }
    }
  }

  @Test
  void confidenceWidensTheInterval() {
    assertThat(Interval.wilson(30, 100, 0.99).width())
        .isGreaterThan(Interval.wilson(30, 100, 0.95).width());
  }

  @Test
  void fractionsCount() {
    assertThat(Interval.wilson(30.5, 100, 0.95).low())
        .isBetween(Interval.wilson(30, 100).low(), Interval.wilson(31, 100).low());
  }

  @Test
  void quantilesMatchTables() {
    // Abramowitz and Stegun, table 26.5 and tails known to 16 digits.
    assertThat(Normal.quantile(0.975)).isCloseTo(1.959963984540054, within(1e-14));
    assertThat(Normal.quantile(0.5)).isEqualTo(0);
    assertThat(Normal.quantile(1e-10)).isCloseTo(-6.361340902404056, within(1e-12));
    assertThat(Normal.quantile(1e-20)).isCloseTo(-9.262340089798408, within(1e-12));
    assertThat(Normal.quantile(0.9)).isCloseTo(-Normal.quantile(0.1), within(1e-15));
  }

  @Test
  void refusesWhatIsNoInterval() {
    assertThatThrownBy(() -> new Interval(2, 1)).hasMessageContaining("low must be <= high");
    assertThatThrownBy(() -> new Interval(Double.NaN, 1)).hasMessageContaining("low");
    assertThatThrownBy(() -> Interval.wilson(0, 0)).hasMessageContaining("n must be >= 1");
    assertThatThrownBy(() -> Interval.wilson(5, 4)).hasMessageContaining("correct");
    assertThatThrownBy(() -> Interval.wilson(1, 4, 1)).hasMessageContaining("confidence");
    assertThatThrownBy(() -> Interval.wilson(1, 4, Double.NaN)).hasMessageContaining("confidence");
  }

  /** The reference values of the project's notes. */
  @Test
  void exactIntervals() {
    check(Interval.exact(0, 1000, 0.95), 0, 0.003682);
    check(Interval.exact(63, 100, 0.95), 0.527648, 0.724433);
    check(Interval.exact(500, 1000, 0.95), 0.468549, 0.531451);
    check(Interval.exact(1000, 1000, 0.95), 1 - 0.003682, 1);
    assertThat(Interval.exact(63, 100, 0.99).low()).isLessThan(0.5276);
    assertThatThrownBy(() -> Interval.exact(11, 10, 0.95)).hasMessageContaining("correct must be");
    assertThatThrownBy(() -> Interval.exact(1, 10, Double.NaN))
        .hasMessageContaining("confidence must be in (0, 1)");
  }

  private static void check(Interval interval, double low, double high) {
    assertThat(interval.low()).isCloseTo(low, within(1e-6));
    assertThat(interval.high()).isCloseTo(high, within(1e-6));
  }
}
