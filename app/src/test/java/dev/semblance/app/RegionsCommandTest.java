package dev.semblance.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegionsCommandTest {
  /** The field is the negative gradient of the cross entropy, by central differences. */
  @Test
  void arrowsPointWhereTheClassGetsLikelier() {
    try (Plane plane = Plane.trained(5)) {
      double[][] places = {{-0.2, 0.3}, {0.5, -0.4}, {0.1, 0.6}, {-0.6, 0.1}};
      int[] classes = {0, 2, 1, 2};
      double[][] down = plane.downhill(places, classes);
      for (int i = 0; i < places.length; i++) {
        for (int axis = 0; axis < 2; axis++) {
          double[][] both = {places[i].clone(), places[i].clone()};
          both[0][axis] += 1e-3;
          both[1][axis] -= 1e-3;
          double[][] said = plane.probabilities(both);
          double slope = Math.log(said[0][classes[i]]) - Math.log(said[1][classes[i]]);
          assertThat(down[i][axis])
              .isCloseTo(slope / 2e-3, offset(0.02 + 0.05 * Math.abs(down[i][axis])));
        }
        assertThat(Math.hypot(down[i][0], down[i][1])).isGreaterThan(0.1);
      }
      assertThat(plane.accuracy(2000, 5)).isBetween(0.9, 1.0);
    }
  }

  @Test
  void theTrueClassIsTheDensestOne() {
    assertThat(Plane.truth(-1.5, -0.9)).isZero();
    assertThat(Plane.truth(1.6, -0.9)).isEqualTo(1);
    assertThat(Plane.truth(0.1, 1.6)).isEqualTo(2);
  }

  @Test
  void theTargetDecidesWhereTheSecondWalkEnds(@TempDir Path folder) throws IOException {
    for (int target = 1; target <= 3; target++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
      int code =
          Main.run(
              print,
              new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
              "regions",
              "--target",
              Integer.toString(target),
              "--out",
              folder.toString(),
              "--json");
      assertThat(code).isZero();
      JsonNode json = JsonMapper.builder().build().readTree(out.toString(StandardCharsets.UTF_8));
      for (JsonNode point : json.path("points")) {
        assertThat(point.path("answer").asInt()).isEqualTo(point.path("true_class").asInt());
        assertThat(point.path("answer_after_untargeted").asInt())
            .isNotEqualTo(point.path("true_class").asInt());
        assertThat(point.path("answer_after_targeted").asInt()).isEqualTo(target);
        assertThat(point.path("distance_untargeted").asDouble()).isBetween(0.1, 3.0);
      }
    }
    assertThat(Files.readString(folder.resolve("index.html")))
        .contains(
            "walks against them",
            "the direction of a targeted attack",
            "(0, 0, 1)",
            "<svg",
            "data:image/png;base64,")
        .doesNotContain("<script");
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertThat(Main.run(print, print, "regions", "--target", "4")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("--target must be 1, 2 or 3, got 4");
  }
}
