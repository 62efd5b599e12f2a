package dev.semblance.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.examples.E06_AttackNearestNeighbours.Finding;
import dev.semblance.examples.E06_AttackNearestNeighbours.Recall;
import org.junit.jupiter.api.Test;

class E06_AttackNearestNeighboursTest {
  @Test
  void aSearchIsFooledByWhatNoiseOfTheSameSizeDoesNotFool() {
    Finding found = E06_AttackNearestNeighbours.run(100);
    assertThat(found.clean()).isEqualTo(found.searched()).isGreaterThan(0.8);
    Recall largest = found.recalls().getLast();
    assertThat(largest.noise()).isGreaterThan(found.clean() - 0.1);
    assertThat(largest.attacked()).isLessThan(found.clean() - 0.4);
    assertThat(found.recalls())
        .isSortedAccordingTo((a, b) -> Double.compare(b.attacked(), a.attacked()));
    assertThat(found.recalls()).allMatch(recall -> recall.unconfirmed() == 0);
  }
}
