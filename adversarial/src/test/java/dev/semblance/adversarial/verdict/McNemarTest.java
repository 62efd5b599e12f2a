package dev.semblance.adversarial.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class McNemarTest {
  @Test
  void goldenValues() {
    // Sums of binomial coefficients, by hand: 2 (1 + 15 + 105 + 455) / 2^15 and so on.
    assertThat(McNemar.pValue(3, 12)).isCloseTo(0.03515625, within(1e-12));
    assertThat(McNemar.pValue(5, 15)).isCloseTo(0.0413895, within(5e-8));
    assertThat(McNemar.pValue(15, 5)).isEqualTo(McNemar.pValue(5, 15));
  }

  @Test
  void equalCountsSayNothing() {
    assertThat(McNemar.pValue(0, 0)).isEqualTo(1);
    assertThat(McNemar.pValue(7, 7)).isEqualTo(1);
    assertThat(McNemar.pValue(0, 1)).isEqualTo(1);
    assertThat(McNemar.pValue(0, 10)).isEqualTo(2 / 1024.0);
  }

  @Test
  void negativeCountsAreRefused() {
    assertThatThrownBy(() -> McNemar.pValue(-1, 2)).hasMessage("onlyFirst must be >= 0, got -1");
    assertThatThrownBy(() -> McNemar.pValue(1, -2)).hasMessageContaining("onlySecond");
  }
}
