package dev.semblance.app;

import static dev.semblance.app.Answer.semblance;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.LeNet;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.ModelFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code semblance universal} on an untrained net, whose answers are easily changed. */
class UniversalCommandTest {
  @TempDir static Path shared;
  private static Path net;

  @BeforeAll
  static void save() throws IOException {
    net = shared.resolve("net.safetensors");
    List<String> names = IntStream.range(0, 10).mapToObj(i -> "class" + i).toList();
    try (LeNet untrained = LeNet.Config.of().build(4)) {
      ModelFile.save(net, untrained, Preprocessing.of(new ImageShape(3, 32, 32)), names, Map.of());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sga", "spgd", "deepfool", "singular"})
  void a_perturbation_is_found_measured_and_shown(String method) throws IOException {
    Path out = shared.resolve(method);
    Answer answer =
        semblance(
            "universal",
            net,
            "--data",
            "strokes",
            "--images",
            20,
            "--held-out",
            60,
            "--method",
            method,
            "--eps",
            "40/255",
            "--passes",
            5,
            "--out",
            out,
            "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    JsonNode json = JsonMapper.builder().build().readTree(answer.out());
    assertThat(answer.out().lines()).hasSize(1);
    double held = json.path("fooling_rate_held_out").asDouble();
    double noise = json.path("fooling_rate_noise").asDouble();
    assertThat(held).isGreaterThanOrEqualTo(noise).isPositive();
    assertThat(json.path("fooling_rate_held_out_ci").get(0).asDouble()).isLessThan(held);
    assertThat(json.path("fooling_rate_training").asDouble()).isBetween(0.0, 1.0);
    assertThat(json.path("fooling_rate_shuffled").asDouble()).isBetween(0.0, 1.0);
    assertThat(json.path("radius").asDouble()).isEqualTo(40 / 255.0);
    assertThat(json.path("images").asInt()).isEqualTo(20);
    assertThat(json.path("held_out").asInt()).isEqualTo(60);
    assertThat(json.path("training_digest")).isNotEqualTo(json.path("held_out_digest"));
    assertThat(json.path("forwards").asLong()).isGreaterThan(100);
    assertThat(json.path("backwards").asLong()).isPositive();
    BufferedImage picture = ImageIO.read(Path.of(json.path("picture").asText()).toFile());
    assertThat(picture.getWidth()).isGreaterThanOrEqualTo(400);
    String page = Files.readString(out.resolve("index.html"));
    assertThat(page)
        .contains("One perturbation for all images", "--method " + method, "class", "png;base64,")
        .contains("%.1f %%".formatted(100 * held))
        .doesNotContain("<script", "http:", "https:");
    assertThat(semblance("inspect", out.resolve("perturbation.safetensors"), "--json").out())
        .contains("perturbation");
  }

  @Test
  void the_stage_can_be_named() throws IOException {
    for (String stage : List.of("1", "features", "logits")) {
      Answer answer =
          semblance(
              "universal",
              net,
              "--data",
              "strokes",
              "--images",
              8,
              "--held-out",
              8,
              "--method",
              "singular",
              "--stage",
              stage,
              "--passes",
              1,
              "--out",
              shared.resolve("stage"),
              "--json");
      assertThat(answer.code()).as(answer.err()).isZero();
      assertThat(answer.out()).contains("best of 1 stages");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--method gap | --method must be sga",
        "--ball l1 | --ball must be linf or l2, got l1",
        "--eps 0 | --eps must be above 0 and finite, got 0",
        "--images 0 | --images must be >= 1, got 0",
        "--held-out 0 | --held-out must be >= 1, got 0",
        "--passes 0 | --passes must be >= 1, got 0",
        "--q 1 | --q must be above 1 and finite, got 1.0",
        "--method singular --stage 99 | --stage 99: the net is no chain of so many layers",
        "--method singular --stage last | --stage must be a number of layers, features, logits",
      })
  void wrong_use_is_told_in_one_line(String words, String message) {
    List<Object> line = new java.util.ArrayList<>(List.of("universal", net, "--data", "strokes"));
    line.addAll(List.of((Object[]) words.split(" ")));
    line.addAll(List.of("--out", shared.resolve("refused")));
    Answer answer = semblance(line.toArray());
    assertThat(answer.err()).contains(message).doesNotContain("Exception");
    assertThat(answer.code()).isEqualTo(2);
    assertThat(shared.resolve("refused")).doesNotExist();
  }
}
