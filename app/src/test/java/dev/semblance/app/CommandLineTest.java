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
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line as a user meets it, at toy size. */
class CommandLineTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  @TempDir static Path shared;
  private static Path run;

  @BeforeAll
  static void train() {
    run = shared.resolve("run");
    Answer answer =
        semblance(
            "train",
            "cosface",
            "--data",
            "strokes",
            "--out",
            run,
            "--set",
            "count=600",
            "--set",
            "epochs=4",
            "--set",
            "batch=50",
            "--seed",
            3);
    assertThat(answer.code()).as(answer.err()).isZero();
  }

  @Test
  void everyCommandExplainsItself() {
    picocli.CommandLine all =
        new picocli.CommandLine(new Main(new PrintStream(System.out), System.err));
    all.getSubcommands()
        .forEach(
            (name, command) -> {
              Answer answer = semblance(name, "--help");
              assertThat(answer.code()).as(name).isZero();
              assertThat(answer.out()).as(name).contains("Usage: semblance " + name);
            });
    assertThat(semblance("data", "list", "--help").out()).contains("Usage: semblance data list");
  }

  @Test
  void a_run_holds_everything() throws IOException {
    JsonNode description = JSON.readTree(Files.readString(run.resolve("run.json")));
    assertThat(description.path("recipe").asText()).isEqualTo("cosface");
    assertThat(description.path("seed").asLong()).isEqualTo(3);
    assertThat(description.path("data_digest").asText()).hasSizeGreaterThan(30);
    assertThat(description.path("settings").path("count").asInt()).isEqualTo(600);
    assertThat(description.path("versions").path("libtorch").asText()).isNotEmpty();
    assertThat(description.path("git_revision").asText()).isNotEmpty();
    assertThat(description.path("command").asText())
        .startsWith("./semblance train cosface --data strokes")
        .contains("--set batch=50");
    assertThat(Files.readAllLines(run.resolve("metrics.jsonl"))).hasSizeGreaterThan(3);
    try (Stream<Path> files = Files.list(run)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .contains("model.safetensors", "checkpoint", "run.json", "metrics.jsonl")
          .anyMatch(name -> name.startsWith("events.out.tfevents"));
    }
  }

  @Test
  void evaluate_names_every_metric_with_its_interval() throws IOException {
    Answer answer = semblance("evaluate", run, "--data", "strokes", "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    JsonNode json = answer.json();
    for (String metric : List.of("precision_at_1", "r_precision", "map_at_r", "map")) {
      double value = json.path(metric).asDouble(-1);
      assertThat(value).as(metric).isBetween(0.1, 1.0);
      assertThat(json.path(metric + "_ci").get(0).asDouble()).isLessThanOrEqualTo(value);
      assertThat(json.path(metric + "_ci").get(1).asDouble()).isGreaterThanOrEqualTo(value);
    }
    assertThat(json.path("classes").asInt()).isEqualTo(10);
    assertThat(json.path("n").asInt()).isGreaterThan(100);
    // Twice the same bits.
    assertThat(semblance("evaluate", run, "--data", "strokes", "--json").out())
        .isEqualTo(answer.out());
  }

  @Test
  void attack_measures_a_classifier_and_refuses_the_rest(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("net.safetensors");
    List<String> names = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "nine");
    try (LeNet net = LeNet.Config.of().build(4)) {
      ModelFile.save(file, net, Preprocessing.of(new ImageShape(3, 32, 32)), names, Map.of());
    }
    Path images = folder.resolve("found.safetensors");
    Answer answer =
        semblance(
            "attack",
            file,
            "--data",
            "strokes",
            "--eps",
            "40/255",
            "--n",
            60,
            "--attack",
            "bim",
            "--out",
            images,
            "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    JsonNode json = answer.json();
    assertThat(json.path("n").asInt()).isEqualTo(60);
    assertThat(json.path("radius").asDouble()).isEqualTo(40 / 255.0);
    double clean = json.path("clean_accuracy").asDouble();
    double robust = json.path("robust_accuracy").asDouble();
    // An untrained net is right by chance, and nothing it is right about stands.
    assertThat(clean).isBetween(0.01, 0.5);
    assertThat(robust).isLessThan(clean);
    assertThat(json.path("fooled").asInt())
        .isEqualTo((int) Math.round(60 * (clean - robust)))
        .isPositive();
    assertThat(json.path("robust_accuracy_ci").get(1).asDouble()).isBetween(robust, 1.0);
    assertThat(json.path("forwards").asLong())
        .isGreaterThan(60)
        .isGreaterThan(json.path("backwards").asLong());
    assertThat(json.path("queries").asLong()).isZero();
    assertThat(json.path("seconds").asDouble()).isPositive();
    assertThat(semblance("inspect", images, "--json").json().path("tensors").has("adversarial"))
        .isTrue();

    refused(
        2,
        "--attack must be one of fgsm, bim, pgd",
        "attack",
        file,
        "--data",
        "strokes",
        "--eps",
        "0.1",
        "--attack",
        "magic");
    refused(
        2,
        "--eps must be a number such as 0.1 or 8/255, got 8/x",
        "attack",
        file,
        "--data",
        "strokes",
        "--eps",
        "8/x");
    refused(
        2,
        "--eps must be above 0 and finite, got 1/0",
        "attack",
        file,
        "--data",
        "strokes",
        "--eps",
        "1/0");
    refused(
        2,
        "--ball must be one of linf, l2, l1, l0 for pgd, got l3",
        "attack",
        file,
        "--data",
        "strokes",
        "--eps",
        "0.1",
        "--ball",
        "l3");
    refused(
        2,
        "--target must be least-likely, a class name or a number from 0 to 9, got ten",
        "attack",
        file,
        "--data",
        "strokes",
        "--eps",
        "0.1",
        "--target",
        "ten");
    refused(
        1, "is an embedder, not a classifier", "attack", run, "--data", "strokes", "--eps", "0.1");
  }

  private static void refused(int code, String message, Object... words) {
    Answer answer = semblance(words);
    assertThat(answer.err()).contains(message).doesNotContain("Exception");
    assertThat(answer.code()).isEqualTo(code);
  }

  @Test
  void a_resumed_run_is_the_run(@TempDir Path folder) throws IOException {
    Path again = folder.resolve("again");
    List<Object> words =
        List.of(
            "train",
            "cosface",
            "--data",
            "strokes",
            "--out",
            again,
            "--set",
            "count=600",
            "--set",
            "epochs=4",
            "--set",
            "batch=50",
            "--seed",
            3);
    assertThat(semblance(words.toArray()).code()).isZero();
    assertThat(again.resolve("model.safetensors"))
        .hasSameBinaryContentAs(run.resolve("model.safetensors"));
    Answer refused = semblance(words.toArray());
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("holds a run already").contains("--resume");
  }

  @Test
  void embed_writes_both_formats(@TempDir Path folder) throws IOException {
    Answer npy =
        semblance("embed", run, "--data", "strokes", "--out", folder.resolve("x.npy"), "--json");
    assertThat(npy.json().path("dimension").asInt()).isEqualTo(64);
    byte[] head = Files.readAllBytes(folder.resolve("x.npy"));
    assertThat(new String(head, 1, 5, StandardCharsets.ISO_8859_1)).isEqualTo("NUMPY");
    assertThat(
            semblance("embed", run, "--data", "strokes", "--out", folder.resolve("x.safetensors"))
                .code())
        .isZero();
    Answer inspected = semblance("inspect", folder.resolve("x.safetensors"), "--json");
    assertThat(inspected.json().path("tensors").has("embeddings")).isTrue();
    assertThat(semblance("embed", run, "--data", "strokes", "--out", "x.txt").err())
        .contains("--out must end in");
  }

  @Test
  void an_index_is_built_searched_and_changed(@TempDir Path folder) throws IOException {
    Path index = folder.resolve("index");
    Answer built = semblance("index", run, "--data", "strokes", "--out", index, "--json");
    assertThat(built.code()).as(built.err()).isZero();
    int items = built.json().path("items").asInt();
    Path picture = folder.resolve("three.png");
    ImageIO.write(new BufferedImage(50, 40, BufferedImage.TYPE_INT_RGB), "png", picture.toFile());
    Answer found = semblance("search", index, picture, "-k", 3, "--json");
    JsonNode hits = found.json().path("queries").get(0).path("hits");
    assertThat(hits).hasSize(3);
    assertThat(hits.get(0).path("distance").asDouble())
        .isLessThanOrEqualTo(hits.get(2).path("distance").asDouble());
    String first = hits.get(0).path("id").asText();
    assertThat(semblance("index", run, "--data", "strokes", "--out", index).code()).isEqualTo(2);
    Answer changed =
        semblance(
            "index",
            run,
            "--data",
            "strokes",
            "--out",
            index,
            "--add",
            "--delete",
            first,
            "--json");
    assertThat(changed.json().path("items").asInt()).isEqualTo(items - 1);
    Answer after = semblance("search", index, picture, "--json");
    assertThat(after.out()).doesNotContain("\"" + first + "\"");
  }

  @Test
  void report_is_one_page(@TempDir Path folder) throws IOException {
    Answer answer = semblance("report", run, "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    Path page = Path.of(answer.json().path("report").asText());
    assertThat(Files.readString(page)).contains("train cosface", "confusion", "EER");
  }

  @Test
  void lists_need_no_natives_and_are_json() throws IOException {
    assertThat(semblance("recipes", "--json").json().path("recipes").size()).isGreaterThan(10);
    assertThat(
            semblance("recipes", "triplet", "--json")
                .json()
                .path("settings")
                .path("margin")
                .asDouble())
        .isEqualTo(0.2);
    assertThat(semblance("data", "list", "--json").json().path("data").toString())
        .contains("strokes", "fashion-mnist");
    assertThat(
            semblance("data", "info", "strokes", "--json")
                .json()
                .path("test")
                .path("classes")
                .asInt())
        .isEqualTo(10);
    assertThat(semblance("--version").out()).startsWith("semblance ");
    assertThat(semblance("generate-completion").out()).contains("complete -F");
  }

  @Test
  void doctor_says_what_is_in_force() throws IOException {
    Answer answer = semblance("doctor", "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.json().path("checks").toString())
        .contains("MALLOC_MMAP_MAX_", "libtorch", "threads", "fashion-mnist");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train tripel --data strokes --out x | 2 | did you mean triplet?",
        "train triplet --data strokes | 2 | --out",
        "train triplet --data nowhere --out x | 1 | nowhere",
        "train triplet --data strokes --out x --set margn=1 | 2 | did you mean margin?",
        "train triplet --data strokes --out x --seed many | 2 | many",
        "evaluate nowhere --data strokes | 1 | nowhere",
        "search nowhere picture.png | 1 | nowhere",
        "search nowhere | 2 | IMAGE",
        "inspect nowhere.safetensors | 1 | nowhere.safetensors",
        "report nowhere | 1 | nowhere",
        "frobnicate | 2 | frobnicate",
        "data | 2 | list",
      })
  void a_mistake_is_one_line_and_an_exit_code(String line, int code, String message) {
    Answer answer = semblance((Object[]) line.split(" "));
    assertThat(answer.code()).as(answer.err()).isEqualTo(code);
    assertThat(answer.err()).contains(message).doesNotContain("\tat ");
    assertThat(answer.err().lines().filter(l -> l.startsWith("semblance: "))).hasSize(1);
    assertThat(answer.out()).isEmpty();
    assertThat(Path.of("x")).doesNotExist();
  }

  @Test
  void a_killed_training_goes_on_to_the_same_bits(@TempDir Path folder) throws Exception {
    Path killed = folder.resolve("killed");
    List<String> words = training(killed);
    Path checkpoint = killed.resolve("checkpoint/latest.safetensors");
    ChildProcess.killOnceWritten(checkpoint, folder.resolve("log"), words);
    List<String> again = new ArrayList<>(words);
    again.add("--resume");
    Answer resumed = semblance(again);
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(killed.resolve("model.safetensors"))
        .hasSameBinaryContentAs(run.resolve("model.safetensors"));
  }

  @Test
  void a_training_that_is_asked_to_end_says_how_to_go_on_and_does(@TempDir Path folder)
      throws Exception {
    Path stopped = folder.resolve("stopped");
    List<String> words = training(stopped);
    Path log = folder.resolve("log");
    Path checkpoint = stopped.resolve("checkpoint/latest.safetensors");
    assertThat(ChildProcess.stopOnceWritten(checkpoint, log, words)).isEqualTo(1);
    assertThat(Files.readString(log))
        .contains("stopped after step")
        .contains("--resume")
        .doesNotContain("fatal error");
    List<String> again = new ArrayList<>(words);
    again.add("--resume");
    Answer resumed = semblance(again);
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(stopped.resolve("model.safetensors"))
        .hasSameBinaryContentAs(run.resolve("model.safetensors"));
  }

  /** The command line that trained {@code run}, into another folder. */
  private static List<String> training(Path to) {
    return List.of(
        "train",
        "cosface",
        "--data",
        "strokes",
        "--out",
        to.toString(),
        "--set",
        "count=600",
        "--set",
        "epochs=4",
        "--set",
        "batch=50",
        "--set",
        "checkpoint_every=3",
        "--seed",
        "3");
  }
}
