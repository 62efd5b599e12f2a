package dev.semblance.app.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.data.ImageFiles;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.Picture;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AttackPageTest {
  @Test
  void aPngHoldsExactlyThePixels() throws IOException {
    for (int channels : new int[] {1, 3}) {
      byte[] pixels = new byte[channels * 5 * 7];
      new Random(channels).nextBytes(pixels);
      PngImage png = PngImage.of(channels, 5, 7, pixels);
      Picture read = ImageFiles.read(png.bytes(), "test");
      assertThat(read.shape()).isEqualTo(new ImageShape(channels, 5, 7));
      assertThat(read.pixels()).isEqualTo(pixels);
      assertThat(png.address()).startsWith("data:image/png;base64,iVBOR");
    }
    assertThatThrownBy(() -> PngImage.of(2, 5, 7, new byte[70]))
        .hasMessageContaining("1 or 3 channels, got 70");
  }

  @Test
  void aChartDrawsItsStairsBandMarkAndTicks() {
    double[] x = {0, 4, 10};
    double[] y = {1, 0.5, 0};
    Chart stairs = chart(Chart.Scale.LINEAR, new Chart.Line("a", true, x, y, y, y));
    // From 46 to 542 and from 12 down to 250: the value holds until the next place.
    assertThat(stairs.html())
        .contains("d=\"M46.0 12.0L244.4 12.0L244.4 131.0L542.0 131.0L542.0 250.0\"")
        .contains("class=\"band\"")
        .contains("class=\"limit\" x1=\"393.2\"")
        .contains("at seven")
        .contains("100\u2009%")
        .doesNotContain("<circle");
    Chart joined = chart(Chart.Scale.LINEAR, Chart.Line.of("a", false, x, y));
    assertThat(joined.html())
        .contains("d=\"M46.0 12.0L244.4 131.0L542.0 250.0\"")
        .contains("<title>a at 4: 50\u2009%</title>")
        .doesNotContain("class=\"band\"");
    Chart logarithmic =
        chart(Chart.Scale.LOGARITHMIC, Chart.Line.of("a", false, new double[] {0, 1, 100}, y));
    assertThat(logarithmic.html()).contains("d=\"M46.0 12.0L46.0 131.0L542.0 250.0\"");
    Chart whole =
        chart(
            Chart.Scale.WHOLE, Chart.Line.of("a", true, new double[] {0, 1}, new double[] {0, 1}));
    assertThat(whole.html()).doesNotContain(">0.2<");
  }

  @Test
  void columnsOfDifferentLengthAreRefused() {
    double[] one = {1};
    double[] two = {1, 2};
    assertThatThrownBy(() -> Chart.Line.of("a", true, one, two)).hasMessageContaining("line a");
    assertThatThrownBy(() -> new Chart.Line("a", true, two, two, one, one))
        .hasMessageContaining("must be 2 or none, got 1");
  }

  @Test
  void whatIsHandedInIsShownAndCanDoNoHarm() throws IOException {
    String evil = "<script>alert('x')</script>";
    PngImage dot = PngImage.of(1, 1, 1, new byte[] {7});
    Example example =
        new Example(
            evil,
            evil,
            "fooled",
            true,
            dot,
            dot,
            16,
            dot,
            List.of(new Guess(evil, 0.75)),
            List.of(new Guess("dog", 0.99999)),
            List.of(new Guess("wolf", Double.NaN)),
            false,
            List.of("l2 0.5"));
    String page =
        AttackPage.html(
            new AttackData(
                evil,
                "what happened",
                "./semblance attack " + evil,
                List.of("mind the gap"),
                List.of(new Metric("a", "Accuracy", Metric.Scale.FRACTION, 0.5, 0.4, 0.6, "why")),
                List.of(example),
                3,
                List.of(
                    chart(
                        Chart.Scale.LINEAR,
                        Chart.Line.of("a", true, new double[] {1}, new double[] {1}))),
                List.of(new ClassRow(evil, 10, 9, 4, 0.12, 0.74, "dog", 5)),
                List.of(new Fact("seed", "7"))));
    assertThat(page)
        .contains("what happened", "mind the gap", "50.00\u2009%", "75.0\u2009%", "99.9\u2009%")
        .contains("\u00D7\u200916", "no longer fooled", "<b>wolf</b> ,", "l2 0.5", "1 of 3 images")
        .contains("90\u2009%", "40\u2009%", "12\u2009\u2013\u200974", "dog <span", "5\u00D7")
        .contains("<dd>7</dd>")
        .doesNotContain("<script", "{{");
    String bare =
        AttackPage.html(
            new AttackData(
                "t", "s", "", List.of(), List.of(), List.of(), 0, List.of(), List.of(), List.of()));
    assertThat(bare).contains("No results were recorded").doesNotContain("#classes", "#curves");
  }

  private static Chart chart(Chart.Scale scale, Chart.Line line) {
    return new Chart("title", "axis", scale, 7, "at seven", "note", List.of(line));
  }
}
