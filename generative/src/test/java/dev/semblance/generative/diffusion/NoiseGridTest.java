package dev.semblance.generative.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.generative.diffusion.NoiseGrid.Spacing;
import dev.semblance.generative.diffusion.NoiseSchedule.Rule;
import org.junit.jupiter.api.Test;

final class NoiseGridTest {
  @Test
  void levelsMustDescendToZero() {
    assertThatThrownBy(() -> new NoiseGrid(new double[] {1, 1, 0}))
        .hasMessage("noise levels must descend, got 1.0 after 1.0");
    assertThatThrownBy(() -> new NoiseGrid(new double[] {1, 0.5}))
        .hasMessage("the last noise level must be 0, got 0.5");
    assertThatThrownBy(() -> new NoiseGrid(new double[] {Double.POSITIVE_INFINITY, 0}))
        .hasMessageContaining("noise level must be finite");
    assertThatThrownBy(() -> new NoiseGrid(new double[] {1, Double.NaN, 0}))
        .hasMessageContaining("noise level must be finite");
    assertThatThrownBy(() -> new NoiseGrid(new double[] {0}))
        .hasMessage("number of noise levels must be >= 2, got 1");
  }

  @Test
  void aGridKeepsItsNumbersToItself() {
    double[] levels = {2, 1, 0};
    NoiseGrid grid = new NoiseGrid(levels);
    levels[0] = 7;
    grid.sigmas()[1] = 7;
    assertThat(grid).isEqualTo(new NoiseGrid(new double[] {2, 1, 0}));
    assertThat(grid.steps()).isEqualTo(2);
    assertThat(grid.most()).isEqualTo(2);
  }

  @Test
  void karrasLevelsAreEvenInTheirRoots() {
    // Karras et al. 2022, Eq. (5): the middle of three levels between 0.002 and 80.
    NoiseGrid grid = NoiseGrid.karras(3, 0.002, 80, 7);
    double middle = Math.pow((Math.pow(80, 1 / 7.0) + Math.pow(0.002, 1 / 7.0)) / 2, 7);
    assertThat(grid.sigmas()).containsExactly(new double[] {80, middle, 0.002, 0}, within(1e-12));
    assertThat(middle).isCloseTo(2.5152, within(1e-4));
  }

  @Test
  void theOtherRulesAreEvenInWhatTheyAreNamedAfter() {
    assertThat(NoiseGrid.uniformLambda(3, 0.01, 100).sigmas())
        .containsExactly(new double[] {100, 1, 0.01, 0}, within(1e-12));
    assertThat(NoiseGrid.cosine(3, Math.tan(0.2), Math.tan(1.2)).sigmas())
        .containsExactly(
            new double[] {Math.tan(1.2), Math.tan(0.7), Math.tan(0.2), 0}, within(1e-12));
    // t = 0.2, 0.6, 1.
    assertThat(NoiseGrid.evenTime(2, 4).sigmas())
        .containsExactly(new double[] {4, 0.4 / 0.6, 0}, within(1e-12));
  }

  @Test
  void stepsOfAChainAreChosenFromItsEndsAsNamed() {
    NoiseSchedule schedule = NoiseSchedule.of(Rule.LINEAR, 1000);
    assertThat(times(schedule, 4, Spacing.LINSPACE)).containsExactly(999, 666, 333, 0);
    assertThat(times(schedule, 4, Spacing.LEADING)).containsExactly(750, 500, 250, 0);
    assertThat(times(schedule, 4, Spacing.TRAILING)).containsExactly(999, 749, 499, 249);
    assertThat(times(schedule, 3, Spacing.LEADING)).containsExactly(666, 333, 0);
    assertThat(times(schedule, 1, Spacing.LINSPACE)).containsExactly(999);
    assertThat(NoiseGrid.of(schedule, 1000, Spacing.TRAILING))
        .isEqualTo(NoiseGrid.of(schedule, 1000, Spacing.LEADING));
    assertThatThrownBy(() -> NoiseGrid.of(schedule, 1001, Spacing.LEADING))
        .hasMessage("steps must be <= 1000, the length of the chain, got 1001");
  }

  private static long[] times(NoiseSchedule schedule, int steps, Spacing spacing) {
    NoiseGrid grid = NoiseGrid.of(schedule, steps, spacing);
    long[] times = new long[steps];
    for (int i = 0; i < steps; i++) {
      times[i] = Math.round(schedule.time(grid.sigma(i)));
    }
    return times;
  }

  @Test
  void oneStepIsTheHighestLevelAndZero() {
    assertThat(NoiseGrid.karras(1, 0.1, 5, 7).sigmas()).containsExactly(5, 0);
    assertThat(NoiseGrid.evenTime(1, 5).sigmas())
        .containsExactly(new double[] {5, 0}, within(1e-12));
  }

  @Test
  void limitsAreChecked() {
    assertThatThrownBy(() -> NoiseGrid.karras(0, 0.1, 5, 7)).hasMessageContaining("steps");
    assertThatThrownBy(() -> NoiseGrid.karras(3, 0.1, 5, 0.5)).hasMessageContaining("rho");
    assertThatThrownBy(() -> NoiseGrid.karras(3, 5, 0.1, 7))
        .hasMessage("least must be < most, got 5.0 and 0.1");
    assertThatThrownBy(() -> NoiseGrid.uniformLambda(3, 0, 1)).hasMessageContaining("least");
  }
}
