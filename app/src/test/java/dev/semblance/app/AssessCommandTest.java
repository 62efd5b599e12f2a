package dev.semblance.app;

import static dev.semblance.app.Answer.semblance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.Split;
import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code semblance assess} on a model of a few steps. */
class AssessCommandTest {
  @TempDir static Path shared;
  private static Path run;
  private static Path cache;
  private static Path net;

  @BeforeAll
  static void train() throws IOException {
    run = shared.resolve("run");
    cache = shared.resolve("cache");
    net = classifier("net", 8);
    Answer answer =
        semblance(
            "train",
            "vae",
            "--data",
            "strokes",
            "--out",
            run,
            "--set",
            "size=8",
            "--set",
            "count=400",
            "--set",
            "epochs=1");
    assertThat(answer.code()).as(answer.err()).isZero();
  }

  /** An untrained net of 12 features. */
  private static Path classifier(String name, int side) throws IOException {
    Path file = shared.resolve(name + ".safetensors");
    List<String> names = IntStream.range(0, 10).mapToObj(i -> "class" + i).toList();
    try (Mlp untrained = new Mlp.Config(side * side, List.of(12), 10).build(4)) {
      ModelFile.save(
          file, untrained, Preprocessing.of(new ImageShape(1, side, side)), names, Map.of());
    }
    return file;
  }

  private static Answer assess(Object... more) {
    return semblance(
        Stream.concat(Stream.of("assess", run, "--data", "strokes"), Stream.of(more)).toArray());
  }

  @Test
  void a_model_is_told_from_the_data_and_training_images_are_not_the_same_each_time()
      throws IOException {
    Answer answer = assess("-n", 300, "--cache", cache, "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.err()).contains("training one");
    JsonNode json = answer.json();
    // Of 400 synthetic images fewer are held out.
    int n = json.path("n").asInt();
    assertThat(n).isBetween(101, 300);
    assertThat(json.path("fd_label").asText())
        .matches("FD\\[strided-cnn, [0-9a-f]{8}, features/100, " + n + "]");
    assertThat(json.path("findings")).hasSize(2);
    JsonNode model = json.path("findings").path(0);
    JsonNode floor = json.path("findings").path(1);
    assertThat(floor.path("name").asText()).isEqualTo("training images");
    assertThat(model.path("fd").asDouble()).isGreaterThan(2 * floor.path("fd").asDouble());
    assertThat(model.path("kd").asDouble()).isGreaterThan(5 * floor.path("kd").asDouble());
    assertThat(model.path("coverage").asDouble()).isLessThan(floor.path("coverage").asDouble());
    assertThat(model.path("told_by_pixels").asDouble()).isGreaterThan(.9);
    assertThat(floor.path("told_by_pixels").asDouble()).isCloseTo(.5, within(.15));
    assertThat(model.path("nearer_to_training").asDouble()).isBetween(0.0, 1.0);
    assertThat(model.has("support_at_least")).isTrue();
    assertThat(floor.has("nearer_to_training")).isFalse();
    String page = Files.readString(Path.of(json.path("page").asText()));
    assertThat(page)
        .contains("the nearest training image", json.path("fd_label").asText(), "training images");
    assertThat(page).doesNotContain("<script");
    Answer again = assess("-n", 300, "--cache", cache, "--out", shared.resolve("again"));
    assertThat(again.err()).doesNotContain("training one");
    // In the table of the second time: the same numbers.
    assertThat(again.out())
        .contains(json.path("fd_label").asText(), "told by a net on pixels")
        .contains(
            "%.3f ± %.3f".formatted(model.path("fd").asDouble(), model.path("fd_error").asDouble()))
        .contains(
            "%.3f ± %.3f"
                .formatted(floor.path("fd").asDouble(), floor.path("fd_error").asDouble()));
  }

  @Test
  void a_named_net_and_a_second_model_make_other_columns() throws IOException {
    Answer json = assess("-n", 60, "--features", net, "--against", run, "--seed", 5, "--json");
    assertThat(json.code()).as(json.err()).isZero();
    JsonNode findings = json.json().path("findings");
    assertThat(findings).hasSize(3);
    // The same model with the same seed: the same images.
    assertThat(findings.path(1)).isEqualTo(findings.path(0));
  }

  @Test
  void asked_to_end_it_ends_between_two_metrics_and_writes_nothing(@TempDir Path folder)
      throws Exception {
    Path out = folder.resolve("out");
    Path log = folder.resolve("log");
    List<String> words = new ArrayList<>(List.of("assess", "--data", "strokes", "-n", "60"));
    Stream.of("--features", net, "--out", out, run).forEach(word -> words.add(word.toString()));
    assertThat(ChildProcess.stopOnceSaid("assessing", log, words)).isEqualTo(1);
    assertThat(Files.readString(log))
        .contains("stopped as asked, nothing was written")
        .doesNotContain("fatal error");
    assertThat(out).doesNotExist();
  }

  @Test
  void the_nearest_training_image_of_a_training_image_is_itself() throws IOException {
    try (var set = DataSets.open("strokes", Split.TRAIN, DataOptions.defaults().withCount(400));
        Scope scope = Scope.open()) {
      assertThat(Assessor.nearest(set.images(7, 3, 211), set)).containsExactly(7, 3, 211);
      assertThat(Ops.toBytes(set.images(7))).isNotEqualTo(Ops.toBytes(set.images(3)));
    }
  }

  @Test
  void what_cannot_be_assessed_is_refused_in_one_line() throws IOException {
    refused(semblance("assess", net, "--data", "strokes"), "no model of data");
    refused(assess("-n", 0), "-n must be >= 1, got 0");
    refused(assess("--split", "train"), "--split must be test or all");
    refused(assess("-n", 12, "--features", net), "-n must be at least 20 for features of width 12");
    refused(
        assess("--features", classifier("large", 28)),
        "takes images of 1x28x28, the data are 1x8x8");
    Path bare = shared.resolve("bare.safetensors");
    Files.copy(run.resolve("model.safetensors"), bare, StandardCopyOption.REPLACE_EXISTING);
    refused(
        semblance("assess", bare, "--data", "strokes", "--features", net),
        "images are 1x28x28, " + bare + " makes 1x8x8");
  }

  private static void refused(Answer answer, String part) {
    assertThat(answer.code()).as(answer.err()).isEqualTo(2);
    assertThat(answer.err().lines().filter(line -> line.startsWith("semblance:")).toList())
        .hasSize(1);
    assertThat(answer.err()).contains(part);
  }
}
