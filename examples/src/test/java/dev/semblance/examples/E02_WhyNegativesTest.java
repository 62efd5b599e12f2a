package dev.semblance.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.similarity.loss.Collapse;
import java.util.List;
import org.junit.jupiter.api.Test;

class E02_WhyNegativesTest {
  @Test
  void positivesAloneCollapseAndBothCuresHelp() {
    List<E02_WhyNegatives.Ending> endings = E02_WhyNegatives.run(250);
    E02_WhyNegatives.Ending naive = endings.get(0);
    assertThat(naive.collapse()).isInstanceOf(Collapse.ToPoint.class);
    assertThat(naive.loss()).isLessThan(0.01); // its minimum is 0, and it is of no use:
    assertThat(naive.precision()).isLessThan(0.4);
    for (E02_WhyNegatives.Ending cured : endings.subList(1, 3)) {
      assertThat(cured.collapse()).isInstanceOf(Collapse.None.class);
      assertThat(cured.precision()).isGreaterThan(naive.precision() + 0.2);
    }
  }

  @Test
  void mainPrintsWhatTheDetectorSays() throws Exception {
    String output = Output.of(() -> E02_WhyNegatives.main(new String[] {"3"}));
    assertThat(output)
        .contains("positives only: loss")
        .contains("cured by negatives: loss")
        .containsPattern("(No collapse|Collapse to a)");
  }
}
