package dev.semblance.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.examples.E07_WhatIsAnAdversarialExample.Finding;
import dev.semblance.examples.E07_WhatIsAnAdversarialExample.Way;
import org.junit.jupiter.api.Test;

class E07_WhatIsAnAdversarialExampleTest {
  @Test
  void theLineOfCodeIsTheLibrarysAttackAndSmallStepsReachWhatOneStepDoesNot() {
    Finding found = E07_WhatIsAnAdversarialExample.run(120);
    assertThat(found.ways()).hasSize(4).allMatch(Way::agrees);
    Way towards = found.ways().get(1);
    Way aimed = found.ways().get(3);
    assertThat(towards.right()).isGreaterThan(160);
    assertThat(aimed.fooled()).isGreaterThan(towards.fooled());
    assertThat(found.ways().get(2).fooled()).isPositive();
    assertThat(found.before()).isNotEqualTo(found.after());
  }

  @Test
  void mainDrawsAPictureBeforeAndAfter() throws Exception {
    String output = Output.of(() -> E07_WhatIsAnAdversarialExample.main(new String[] {"40"}));
    assertThat(output).contains("one step away from the truth").contains("x': ");
  }
}
