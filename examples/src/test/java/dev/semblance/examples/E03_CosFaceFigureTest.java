package dev.semblance.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.similarity.loss.HeadBounds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class E03_CosFaceFigureTest {
  @Test
  void marginNarrowsTheArcsToWithinTheClosedForm() {
    List<E03_CosFaceFigure.Panel> panels = E03_CosFaceFigure.run(250);
    assertThat(panels)
        .extracting(E03_CosFaceFigure.Panel::margin)
        .containsExactly(-1.0, 0.0, 0.1, 0.2);
    for (int i = 1; i < 4; i++) {
      E03_CosFaceFigure.Panel panel = panels.get(i);
      assertThat(panel.accuracy()).isGreaterThan(0.95);
      assertThat(panel.arc())
          .isLessThan(Math.toDegrees(HeadBounds.halfArcRadians(8, panel.margin())));
      if (i > 1) {
        assertThat(panel.arc()).isLessThan(0.85 * panels.get(i - 1).arc());
        assertThat(panel.gap()).isGreaterThan(panels.get(i - 1).gap() + 5);
      }
    }
  }

  @Test
  void mainWritesAFigureOfEightRings(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("figure.svg");
    String output = Output.of(() -> E03_CosFaceFigure.main(new String[] {file.toString(), "5"}));
    assertThat(output)
        .contains("14.99   15.0")
        .contains("7.35   30.3")
        .contains("margin of at most 0.2929");
    var document =
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(Files.newInputStream(file));
    // 4 panels, twice each, 1,600 of the 2,000 pictures
    assertThat(document.getElementsByTagName("circle").getLength()).isEqualTo(4 * 2 * 1600);
  }
}
