package dev.semblance.app;

import static dev.semblance.app.Answer.semblance;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.nn.ResNet;
import dev.semblance.core.store.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code semblance certify} on an untrained linear net, of which everything is known. */
class CertifyCommandTest {
  @TempDir static Path shared;
  private static Path net;

  @BeforeAll
  static void save() throws IOException {
    net = shared.resolve("net.safetensors");
    List<String> names = IntStream.range(0, 10).mapToObj(i -> "class" + i).toList();
    try (Mlp untrained = new Mlp.Config(64, List.of(), 10).build(4)) {
      ModelFile.save(net, untrained, Preprocessing.of(new ImageShape(1, 8, 8)), names, Map.of());
    }
  }

  @Test
  void smoothing_tells_a_curve() throws IOException {
    Path out = shared.resolve("page");
    Answer answer =
        semblance(
            "certify",
            net,
            "--data",
            "strokes",
            "--method",
            "smoothing",
            "--n",
            60,
            "--sigma",
            "0.1",
            "--draws",
            200,
            "--out",
            out,
            "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    JsonNode json = answer.json();
    assertThat(json.path("radius").asDouble()).isEqualTo(0.1);
    double before = 1;
    int falls = 0;
    for (int i = 1; i < json.path("curve").size(); i++) {
      double now = json.path("curve").get(i).path("certified_accuracy").asDouble();
      assertThat(now).isLessThanOrEqualTo(before);
      falls += now < before ? 1 : 0;
      before = now;
    }
    assertThat(falls).isPositive();
    assertThat(json.path("curve").get(1).path("certified_accuracy").asDouble())
        .isEqualTo(json.path("clean_accuracy").asDouble())
        .isPositive();
    assertThat(json.path("abstained").asInt()).isBetween(1, 59);
    assertThat(json.path("forwards").asLong()).isEqualTo(60L * (100 + 200));
    assertThat(json.path("certified_accuracy_ci").get(1).asDouble())
        .isGreaterThan(json.path("certified_accuracy").asDouble());
    assertThat(Files.readString(out.resolve("index.html")))
        .contains("randomised smoothing", "<svg", "--sigma 0.1", "whatever the attack");
  }

  @Test
  void intervals_prove_small_radii_of_a_linear_net() throws IOException {
    double before = 2;
    for (String eps : List.of("0.00001", "0.5")) {
      Answer answer =
          semblance(
              "certify",
              net,
              "--data",
              "strokes",
              "--method",
              "ibp",
              "--n",
              100,
              "--eps",
              eps,
              "--json");
      assertThat(answer.code()).as(answer.err()).isZero();
      JsonNode json = answer.json();
      double proved = json.path("certified_accuracy").asDouble();
      assertThat(proved)
          .isLessThan(before)
          .isLessThanOrEqualTo(json.path("clean_accuracy").asDouble());
      before = proved;
    }
    assertThat(before).isZero();
  }

  /** An 8x8 image has 64 * 255 others that differ in one pixel; all of them are asked about. */
  @Test
  void one_pixel_is_proved_by_trying_all() throws IOException {
    Answer answer =
        semblance(
            "certify", net, "--data", "strokes", "--method", "one-pixel", "--n", 40, "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    JsonNode json = answer.json();
    int right = (int) Math.round(40 * json.path("clean_accuracy").asDouble());
    int proved = (int) Math.round(40 * json.path("certified_accuracy").asDouble());
    assertThat(right).isPositive();
    assertThat(proved).isLessThanOrEqualTo(right);
    assertThat(json.path("forwards").asLong()).isGreaterThanOrEqualTo(40 + proved * 64L * 255);
    assertThat(json.path("ball").asText()).isEqualTo("l0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--method magic | --method must be",
        "--method smoothing --sigma 0 | --sigma must be above 0",
        "--method smoothing --alpha 1 | --alpha must be between 0 and 1, got 1",
        "--method smoothing --draws 0 | --n0 and --draws must be >= 1, got 100 and 0",
        "--method smoothing --radii 0,-1 | --radii must be >= 0 and finite, got -1",
        "--method ibp --radii 0,1 | --radii is for smoothing",
        "--method ibp --eps nan | --eps must be above 0 and finite",
        "--method ibp --n 0 | --n must be >= 1, got 0",
      })
  void wrong_use_is_told_in_one_line(String words, String message) {
    List<Object> line = new ArrayList<>(List.of("certify", net, "--data", "strokes"));
    line.addAll(List.of((Object[]) words.replace("nan", "NaN").split(" ")));
    Answer answer = semblance(line.toArray());
    assertThat(answer.err()).contains(message).doesNotContain("Exception");
    assertThat(answer.code()).isEqualTo(2);
  }

  @Test
  void intervals_need_a_chain() throws IOException {
    Path other = shared.resolve("resnet.safetensors");
    List<String> names = IntStream.range(0, 10).mapToObj(i -> "class" + i).toList();
    try (ResNet untrained = ResNet.Config.of(3, 8, 10).build(4)) {
      ModelFile.save(
          other, untrained, Preprocessing.of(new ImageShape(3, 32, 32)), names, Map.of());
    }
    Answer answer = semblance("certify", other, "--data", "strokes", "--method", "ibp");
    assertThat(answer.code()).isEqualTo(1);
    assertThat(answer.err()).contains("interval bounds need a net that is a chain of layers");
  }
}
