package dev.semblance.app;

import static dev.semblance.app.Answer.semblance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models of the plane, at toy size. */
class PlaneCommandTest {
  @TempDir private Path folder;

  private JsonNode plane(String family, String data, int steps) throws IOException {
    Answer answer =
        semblance(
            "plane",
            "--family",
            family,
            "--data",
            data,
            "--steps",
            steps,
            "--out",
            folder,
            "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    return answer.json();
  }

  @Test
  void a_flow_comes_closer_to_the_data_and_its_density_is_one() throws IOException {
    double before = plane("spline-flow", "8-gaussians", 1).path("kl").asDouble();
    JsonNode after = plane("spline-flow", "8-gaussians", 150);
    assertThat(after.path("kind").asText()).isEqualTo("exact");
    assertThat(after.path("kl").asDouble()).isLessThan(before / 2).isGreaterThan(-0.01);
    for (String name : new String[] {"truth", "density", "samples", "grid"}) {
      assertThat(Files.readString(folder.resolve(name + ".svg")))
          .contains("xmlns")
          .contains("</svg>");
    }
    assertThat(Files.readString(folder.resolve("index.html"))).contains("The bent grid");
    // In the units of the data, whatever the model's own are.
    PlanarTruth truth = PlanarTruth.named("moons");
    try (PlanarModel model =
        PlanarModel.train(PlanarRecipe.named("realnvp"), truth, 1, 3, spent -> false)) {
      int side = 120;
      double reach = 9;
      double[][] places = new double[side * side][2];
      for (int i = 0; i < places.length; i++) {
        places[i][0] = reach * (2 * (i % side + 0.5) / side - 1);
        places[i][1] = reach * (2 * (i / side + 0.5) / side - 1);
      }
      double mass = 0;
      for (double log : model.logDensity(places)) {
        mass += Math.exp(log) * Math.pow(2 * reach / side, 2);
      }
      assertThat(mass).isCloseTo(1, within(0.02));
    }
  }

  @Test
  void asked_to_end_it_shows_what_there_is(@TempDir Path beside) throws Exception {
    Path log = beside.resolve("log");
    Path out = beside.resolve("out");
    List<String> words =
        List.of(
            "plane",
            "--family",
            "realnvp",
            "--data",
            "rings",
            "--steps",
            "9000000",
            "--out",
            out.toString());
    assertThat(ChildProcess.stopOnceSaid("training realnvp", log, words)).isEqualTo(1);
    assertThat(Files.readString(log)).contains("as asked").doesNotContain("fatal error");
    assertThat(out.resolve("index.html")).content().contains(" steps of ");
    assertThat(out.resolve("samples.svg")).exists();
  }

  @ParameterizedTest
  @CsvSource({
    "vae, rings, samples",
    "gan, moons, discriminator",
    "wgan-gp, checkerboard, critic",
    "edm, moons, film-5",
    "flow-matching, 8-gaussians, film-1",
    "maf, checkerboard, grid",
  })
  void every_family_has_its_pictures(String family, String data, String picture)
      throws IOException {
    JsonNode node = plane(family, data, 10);
    assertThat(folder.resolve(picture + ".svg")).exists();
    assertThat(node.path("steps").asLong()).isEqualTo(10);
    assertThat(node.has("kl")).isEqualTo(!family.contains("gan") && !data.equals("moons"));
    assertThat(node.has("discriminator_error")).isEqualTo(family.equals("gan"));
  }

  @ParameterizedTest
  @CsvSource({
    "moons, 0.95", // the blur of two dimensions beyond the ends
    "rings, 0.99",
    "8-gaussians, 0.98",
    "checkerboard, 1"
  })
  void data_are_near_themselves_in_every_mode(String name, double least) {
    PlanarTruth truth = PlanarTruth.named(name);
    int n = 4000;
    int near = 0;
    int[] modes = new int[truth.modes()];
    try (Scope scope = Scope.open()) {
      float[] points = Ops.toFloats(truth.density().sample(n, 9));
      for (int i = 0; i < n; i++) {
        if (truth.isNear(points[2 * i], points[2 * i + 1])) {
          near++;
          modes[truth.mode(points[2 * i], points[2 * i + 1])]++;
        }
      }
    }
    assertThat((double) near / n).isGreaterThanOrEqualTo(least);
    for (int count : modes) {
      assertThat((double) count * modes.length / near).isCloseTo(1, within(0.2));
    }
    assertThat(truth.isNear(20, 20)).isFalse();
  }

  @Test
  void a_mistake_is_one_line() {
    Answer family = semblance("plane", "--family", "realnpv", "--out", folder);
    assertThat(family.code()).isEqualTo(2);
    assertThat(family.err()).contains("did you mean realnvp?");
    Answer data = semblance("plane", "--family", "vae", "--data", "mnist", "--out", folder);
    assertThat(data.code()).isEqualTo(2);
    assertThat(data.err()).contains("unknown set of points mnist");
    Answer steps = semblance("plane", "--family", "vae", "--steps", 0, "--out", folder);
    assertThat(steps.err()).contains("--steps must be >= 1, got 0");
    assertThat(folder.resolve("index.html")).doesNotExist();
  }
}
