package dev.semblance.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class E09_WhatABoundBoundsTest {
  @Test
  void moreCodesCloseTheGapAndThePosteriorLeavesNone() {
    List<E09_WhatABoundBounds.Bound> bounds = E09_WhatABoundBounds.bounds(4000);
    double before = Double.NEGATIVE_INFINITY;
    for (E09_WhatABoundBounds.Bound bound : bounds) {
      assertThat(bound.wrong()).isBetween(before, E09_WhatABoundBounds.truth());
      assertThat(bound.right()).isCloseTo(E09_WhatABoundBounds.truth(), within(1e-5));
      before = bound.wrong();
    }
    assertThat(bounds.getLast().wrong()).isGreaterThan(E09_WhatABoundBounds.truth() - 0.02);
  }

  @Test
  void mainRunsAndPrintsTheTruth() throws Exception {
    String output = Output.of(() -> E09_WhatABoundBounds.main(new String[] {"100"}));
    assertThat(output).contains("log p(x) = -1.4772").contains("bound, q = posterior");
  }
}
