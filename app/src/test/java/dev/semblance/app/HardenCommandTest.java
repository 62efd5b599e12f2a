package dev.semblance.app;

import static dev.semblance.app.Answer.semblance;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.semblance.core.store.ModelFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code harden} as a user meets it, at toy size. */
class HardenCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  @TempDir private static Path references;
  @TempDir private Path folder;

  /** A short run on drawn strokes; later settings win. */
  private static List<String> words(String net, String defence, Path out, String... settings) {
    List<String> words =
        new ArrayList<>(
            List.of("harden", net, "--data", "strokes", "--defence", defence, "--eps", "0.1"));
    words.addAll(List.of("--out", out.toString(), "--seed", "3", "--json"));
    Stream.concat(
            Stream.of("count=120", "batch=20", "epochs=2", "hold_out=12"), Arrays.stream(settings))
        .forEach(setting -> words.addAll(List.of("--set", setting)));
    return words;
  }

  private Answer harden(String net, String defence, String name, String... settings) {
    return harden(net, defence, folder.resolve(name), settings);
  }

  private static Answer harden(String net, String defence, Path out, String... settings) {
    Answer answer = semblance(words(net, defence, out, settings));
    assertThat(answer.code()).as(answer.err()).isZero();
    return answer;
  }

  @Test
  void a_run_holds_everything_and_can_be_attacked() throws IOException {
    Path run = folder.resolve("run");
    JsonNode result =
        harden("small-cnn", "fgsm", "run", "count=300", "epochs=3", "batch=10").json();
    assertThat(result.path("steps").asLong()).isEqualTo(84);
    assertThat(result.path("last_step").asLong()).isEqualTo(83);
    assertThat(result.path("seconds").asDouble()).isPositive();
    assertThat(result.path("validation_clean_accuracy").asDouble()).isGreaterThan(0.5);
    double best = result.path("validation_robust_accuracy").asDouble();
    assertThat(best)
        .isGreaterThanOrEqualTo(result.path("last_validation_robust_accuracy").asDouble());

    List<Double> seen = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      JsonNode node = JSON.readTree(line);
      if (node.has("validation_robust_accuracy")) {
        seen.add(node.path("validation_robust_accuracy").asDouble());
        assertThat(node.path("validation_gradient_cosine").asDouble()).isBetween(-1.0, 1.0);
      }
    }
    assertThat(seen).hasSize(3);
    assertThat(best).isEqualTo(seen.stream().mapToDouble(d -> d).max().orElseThrow());

    JsonNode description = JSON.readTree(Files.readString(run.resolve("run.json")));
    assertThat(description.path("defence").asText()).isEqualTo("fgsm");
    assertThat(description.path("radius").asDouble()).isEqualTo(0.1);
    assertThat(description.path("command").asText())
        .startsWith("./semblance harden small-cnn --data strokes --defence fgsm --ball linf")
        .contains("--set batch=10");
    assertThat(ModelFile.describe(run.resolve("last.safetensors")).metadata())
        .containsEntry("step", "83");
    try (Stream<Path> files = Files.list(run)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .contains("model.safetensors", "last.safetensors", "checkpoint", "run.json")
          .doesNotContain("best.safetensors")
          .anyMatch(name -> name.startsWith("events.out.tfevents"));
    }
    Answer attacked =
        semblance(
            List.of(
                "attack",
                run.toString(),
                "--data",
                "strokes",
                "--eps",
                "0.1",
                "--n",
                "50",
                "--steps",
                "5",
                "--json"));
    assertThat(attacked.code()).as(attacked.err()).isZero();
    assertThat(attacked.json().path("clean_accuracy").asDouble()).isGreaterThan(0.5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "fgsm", "pgd", "free", "trades", "mart", "awp"})
  void every_defence_runs_and_comes_to_weights_of_its_own(String defence) throws IOException {
    harden("mlp", "fast", "fast", "max_steps=2");
    harden("mlp", defence, "other", "max_steps=2");
    assertThat(folder.resolve("other/last.safetensors").toFile()).exists();
    assertThat(weights("other").equals(weights("fast"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"resnet", "lenet", "conv-encoder"})
  void every_net_can_be_hardened(String net) {
    harden(net, "fgsm", "run", "max_steps=1", "hold_out=0");
  }

  private String weights(String run) throws IOException {
    return weights(folder.resolve(run));
  }

  /** The file as text of one byte a character. */
  private static String weights(Path run) throws IOException {
    return Files.readString(run.resolve("last.safetensors"), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource({
    "pgd, epochs=0.5",
    "pgd, batch=30",
    "pgd, optimizer=sgd",
    "pgd, rate=0.01",
    "pgd, weight_decay=0.1",
    "pgd, schedule=constant",
    "pgd, warmup=1",
    "pgd, clip=0.01",
    "pgd, ema=0.9",
    "pgd, flip=0.5",
    "pgd, shift=2",
    "pgd, rotation=20",
    "pgd, zoom=0.2",
    "pgd, erase=0.5",
    "pgd, standardize=true",
    "pgd, hold_out=8",
    "pgd, max_steps=3",
    "pgd, size=20",
    "pgd, count=130",
    "pgd, steps=2",
    "pgd, step_size=0.01",
    "pgd, start=clean",
    "pgd, clean_share=0.5",
    "pgd, awp=0.01",
    "pgd, ramp=3",
    "trades, steps=2",
    "trades, step_size=0.01",
    "trades, beta=1",
    "trades, awp=0.01",
    "trades, ramp=3",
    "mart, steps=2",
    "mart, step_size=0.01",
    "mart, beta=1",
    "mart, awp=0.01",
    "mart, ramp=3",
    "free, replays=2",
  })
  void every_option_matters(String defence, String setting) throws IOException {
    if (!Files.exists(references.resolve(defence))) {
      harden("mlp", defence, references.resolve(defence), new String[0]);
    }
    harden("mlp", defence, folder.resolve("changed"), setting);
    assertThat(weights(folder.resolve("changed")).equals(weights(references.resolve(defence))))
        .isFalse();
  }

  @Test
  void momentum_matters_to_sgd_and_validations_come_as_often_as_told() throws IOException {
    harden("mlp", "pgd", "reference", "optimizer=sgd", "epochs=2");
    harden("mlp", "pgd", "slow", "optimizer=sgd", "epochs=2", "momentum=0.5");
    assertThat(weights("slow").equals(weights("reference"))).isFalse();
    harden("mlp", "pgd", "seldom", "optimizer=sgd", "epochs=2", "evaluate_every=2");
    assertThat(validations("reference")).isEqualTo(2);
    assertThat(validations("seldom")).isEqualTo(1);
  }

  @Test
  void more_steps_validate_more_sternly() throws IOException {
    // A net that stands one step much better than many: 27 and 15 of 60 images.
    String[] settings = {"count=600", "hold_out=60", "epochs=6"};
    JsonNode weak = harden("mlp", "fgsm", folder.resolve("weak"), with(settings, 1)).json();
    JsonNode strong = harden("mlp", "fgsm", folder.resolve("strong"), with(settings, 20)).json();
    String name = "last_validation_robust_accuracy";
    assertThat(strong.path(name).asDouble()).isLessThan(weak.path(name).asDouble());
  }

  private static String[] with(String[] settings, int evaluateSteps) {
    return Stream.concat(Arrays.stream(settings), Stream.of("evaluate_steps=" + evaluateSteps))
        .toArray(String[]::new);
  }

  private long validations(String run) throws IOException {
    return Files.readAllLines(folder.resolve(run).resolve("metrics.jsonl")).stream()
        .filter(line -> line.contains("validation_"))
        .count();
  }

  @ParameterizedTest
  @ValueSource(strings = {"free", "trades"})
  void a_killed_hardening_goes_on_to_the_same_bits(String defence) throws Exception {
    String[] settings = {"epochs=12", "ema=0.9", "checkpoint_every=2"};
    harden("mlp", defence, "straight", settings);
    Path killed = folder.resolve("killed");
    ChildProcess.killOnceWritten(
        killed.resolve("checkpoint/latest.safetensors"),
        folder.resolve("log"),
        words("mlp", defence, killed, settings));
    List<String> again = words("mlp", defence, killed, settings);
    again.add("--resume");
    Answer resumed = semblance(again);
    assertThat(resumed.code()).as(resumed.err()).isZero();
    for (String file : List.of("model.safetensors", "last.safetensors")) {
      assertThat(killed.resolve(file))
          .hasSameBinaryContentAs(folder.resolve("straight").resolve(file));
    }
    // Resuming what has ended changes nothing.
    assertThat(semblance(again).code()).isZero();
    assertThat(killed.resolve("model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("straight/model.safetensors"));
  }

  @Test
  void a_run_goes_on_as_it_began_or_not_at_all() {
    harden("mlp", "fgsm", "run", "max_steps=2");
    List<String> words = words("mlp", "fgsm", folder.resolve("run"), "max_steps=2");
    refused(words, "holds a run already; go on with it by --resume");
    words.add("--resume");
    List<String> wider = new ArrayList<>(words);
    wider.set(words.indexOf("--eps") + 1, "0.2");
    refused(wider, "was begun with radius 0.1, got 0.2");
    List<String> other = new ArrayList<>(words);
    other.set(words.indexOf("fgsm"), "fast");
    refused(other, "was begun with defence fgsm, got fast");
    List<String> faster = new ArrayList<>(words);
    faster.addAll(List.of("--set", "rate=0.1"));
    refused(faster, "was begun with rate 0.001, got 0.1");
  }

  private static void refused(List<String> words, String message) {
    Answer answer = semblance(words);
    assertThat(answer.err()).contains(message).doesNotContain("Exception");
    assertThat(answer.code()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mlpp --defence fgsm --eps 0.1 | unknown recipe mlpp; did you mean mlp?",
        "mlp --defence pdg --eps 0.1 | unknown defence pdg; did you mean pgd?",
        "mlp --ball l0 --eps 3 | --ball must be linf, l2 or l1, got l0",
        "mlp --eps 0 | --eps must be above 0",
        "mlp --eps 0.1 --set beta=3 | unknown key beta",
        "mlp --defence trades --eps 0.1 --set beta=-1 | beta must be >= 0 and finite, got -1.0",
        "mlp --eps 0.1 --set start=random | unknown value of start random",
      })
  void a_mistake_is_one_line(String words, String message) {
    List<String> all = new ArrayList<>(List.of("harden"));
    all.addAll(List.of(words.strip().split(" ")));
    all.addAll(List.of("--data", "strokes", "--out", folder.resolve("none").toString()));
    refused(all, message);
    assertThat(folder.resolve("none")).doesNotExist();
  }
}
