package dev.semblance.generative.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.generative.diffusion.NoiseSchedule.Rule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class NoiseScheduleTest {
  @Test
  void theChainsOfThePapersHaveTheirConstants() {
    // The products of the papers' betas, in 50-digit arithmetic.
    NoiseSchedule linear = NoiseSchedule.of(Rule.LINEAR, 1000);
    assertThat(linear.alphaBar(999)).isCloseTo(4.0358e-5, within(5e-10));
    assertThat(linear.leastSigma()).isCloseTo(0.0100005, within(5e-8));
    assertThat(linear.mostSigma()).isCloseTo(157.407, within(5e-4));
    NoiseSchedule scaled = NoiseSchedule.of(Rule.SCALED_LINEAR, 1000);
    assertThat(scaled.alphaBar(999)).isCloseTo(4.66010e-3, within(5e-9));
    assertThat(scaled.leastSigma()).isCloseTo(0.0291672, within(5e-8));
    assertThat(scaled.mostSigma()).isCloseTo(14.614641, within(5e-7));
  }

  @Test
  void theCosineIsThatOfItsFormulaUntilBetaIsHeld() {
    NoiseSchedule cosine = NoiseSchedule.of(Rule.COSINE, 100);
    double start = Math.cos(0.008 / 1.008 * Math.PI / 2);
    for (int t : new int[] {0, 40, 98}) {
      double root = Math.cos(((t + 1) / 100.0 + 0.008) / 1.008 * Math.PI / 2) / start;
      assertThat(cosine.alphaBar(t)).isCloseTo(root * root, within(1e-12));
    }
    assertThat(cosine.beta(99)).isEqualTo(0.999);
    assertThat(cosine.alphaBar(99)).isCloseTo(0.001 * cosine.alphaBar(98), within(1e-15));
  }

  @ParameterizedTest
  @EnumSource(Rule.class)
  void singleStepsHaveTheMomentsOfTheOneShotFormula(Rule rule) {
    NoiseSchedule schedule = NoiseSchedule.of(rule, 200);
    double factor = 1;
    double variance = 0;
    for (int t = 0; t < 200; t++) {
      double beta = schedule.beta(t);
      factor *= Math.sqrt(1 - beta);
      variance = (1 - beta) * variance + beta;
      assertThat(factor).isCloseTo(Math.sqrt(schedule.alphaBar(t)), within(1e-12));
      assertThat(variance).isCloseTo(1 - schedule.alphaBar(t), within(1e-12));
      assertThat(schedule.sigma(t) * factor).isCloseTo(Math.sqrt(variance), within(1e-12));
    }
  }

  @Test
  void otherLengthsScaleTheBetasUpToTheirLimit() {
    NoiseSchedule ten = NoiseSchedule.of(Rule.LINEAR, 10);
    assertThat(ten.beta(0)).isCloseTo(0.01, within(1e-15));
    assertThat(ten.beta(9)).isEqualTo(0.999);
    assertThat(NoiseSchedule.of(Rule.LINEAR, 4000).beta(0)).isCloseTo(2.5e-5, within(1e-18));
  }

  @ParameterizedTest
  @EnumSource(Rule.class)
  void timeIsTheInverseOfSigmaAndIsNotRounded(Rule rule) {
    NoiseSchedule schedule = NoiseSchedule.of(rule, 50);
    for (double time = 0; time <= 49; time += 0.37) {
      assertThat(schedule.time(schedule.sigma(time))).isCloseTo(time, within(1e-9));
    }
    double between = Math.sqrt(schedule.sigma(7) * schedule.sigma(8));
    assertThat(schedule.time(between)).isCloseTo(7.5, within(1e-9));
    assertThat(schedule.time(schedule.leastSigma() / 2)).isZero();
    assertThat(schedule.time(schedule.mostSigma() * 2)).isEqualTo(49);
  }

  @Test
  void whatIsNoScheduleIsRefused() {
    assertThatThrownBy(() -> NoiseSchedule.of(Rule.LINEAR, 1))
        .hasMessage("steps must be >= 2, got 1");
    assertThatThrownBy(() -> NoiseSchedule.of(0.1, Double.NaN))
        .hasMessage("beta must be in (0, 1), got NaN");
    NoiseSchedule schedule = NoiseSchedule.of(0.1, 0.2);
    assertThatThrownBy(() -> schedule.sigma(1.5)).hasMessageContaining("time must be in [0");
    assertThatThrownBy(() -> schedule.time(-1)).hasMessageContaining("sigma must be > 0");
  }
}
