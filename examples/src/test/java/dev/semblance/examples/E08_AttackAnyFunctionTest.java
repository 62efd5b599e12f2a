package dev.semblance.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.examples.E08_AttackAnyFunction.Finding;
import org.junit.jupiter.api.Test;

class E08_AttackAnyFunctionTest {
  @Test
  void labelsAloneComeCloserToTheSmallestChangeTheMoreTheyMayAsk() {
    Finding found = E08_AttackAnyFunction.run(2500);
    Finding hasty = E08_AttackAnyFunction.run(600);
    assertThat(found.clean()).isGreaterThan(0.6);
    assertThat(found.underSquare()).isLessThan(found.clean());
    assertThat(found.ratio()).isBetween(1.0, 1.6).isLessThan(hasty.ratio());
    assertThat(found.queriesOfLabels()).isLessThanOrEqualTo(2500);
    assertThat(found.queriesOfSquare()).isLessThanOrEqualTo(2500);
  }
}
