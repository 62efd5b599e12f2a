package dev.semblance.app;

import static dev.semblance.app.Answer.semblance;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.PngText;
import dev.semblance.core.nn.LeNet;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.store.Safetensors;
import dev.semblance.core.store.SafetensorsFile;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training, drawing and measuring models of data as a user does, at toy size. */
class GenerativeCommandTest {
  @TempDir static Path shared;
  private static Path vae;

  private static List<Object> training(String recipe, Path out, String... settings) {
    List<Object> words =
        new ArrayList<>(List.of("train", recipe, "--data", "strokes", "--out", out, "--seed", 5));
    for (String setting : settings) {
      words.add("--set");
      words.add(setting);
    }
    return words;
  }

  private static Answer train(String recipe, Path out, String... settings) {
    return semblance(training(recipe, out, settings).toArray());
  }

  @BeforeAll
  static void trainOnce() {
    vae = shared.resolve("vae");
    Answer answer =
        train(
            "vae",
            vae,
            "count=300",
            "epochs=4",
            "batch=30",
            "width=32",
            "latent=4",
            "conditional=true",
            "sample_every=2");
    assertThat(answer.code()).as(answer.err()).isZero();
  }

  @Test
  void a_run_holds_everything_and_shows_how_it_went() throws IOException {
    JsonNode description = Output.JSON.readTree(Files.readString(vae.resolve("run.json")));
    assertThat(description.path("recipe").asText()).isEqualTo("vae");
    assertThat(description.path("pillar").asText()).isEqualTo("generative");
    assertThat(description.path("settings").path("latent").asInt()).isEqualTo(4);
    assertThat(description.path("settings").path("decoder").asText()).isEqualTo("bernoulli");
    assertThat(description.path("command").asText())
        .startsWith("./semblance train vae --data strokes")
        .contains("--set conditional=true");
    // 270 images in batches of 30: a sheet each two epochs.
    try (Stream<Path> files = Files.list(vae.resolve("samples"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("step-18.png", "step-36.png");
    }
    BufferedImage sheet = ImageIO.read(vae.resolve("samples/step-36.png").toFile());
    assertThat(sheet.getWidth()).isEqualTo(8 * 30 + 2);
    String page = Files.readString(vae.resolve("report/index.html"));
    assertThat(page).contains("after 36 steps").contains("after 18 steps").contains("held out");
    assertThat(Files.readString(vae.resolve("metrics.jsonl"))).contains("validation_");
    assertThat(ModelFile.describe(vae.resolve("model.safetensors")).metadata())
        .containsEntry("recipe", "vae")
        .containsEntry("step", "36")
        .containsKey("data_digest");
  }

  @Test
  void images_are_the_same_whatever_their_number_and_batch(@TempDir Path folder)
      throws IOException {
    Path all = folder.resolve("all.npy");
    Path few = folder.resolve("few.npy");
    Path other = folder.resolve("other.npy");
    assertThat(semblance("sample", vae, "-n", 20, "--seed", 7, "--out", all).code()).isZero();
    assertThat(
            semblance(
                    "sample", vae, "-n", 5, "--first", 10, "--batch", 2, "--seed", 7, "--out", few)
                .code())
        .isZero();
    assertThat(semblance("sample", vae, "-n", 20, "--seed", 8, "--out", other).code()).isZero();
    byte[] a = Files.readAllBytes(all);
    byte[] b = Files.readAllBytes(few);
    int each = 28 * 28;
    assertThat(a).hasSize(128 + 20 * each);
    for (int i = 0; i < 5 * each; i++) {
      // Rounding of the net may move a grey value by one.
      assertThat((b[128 + i] & 0xff) - (a[128 + 10 * each + i] & 0xff)).isBetween(-1, 1);
    }
    assertThat(Files.readAllBytes(other)).isNotEqualTo(a);
    JsonNode recipe = Output.JSON.readTree(Files.readString(folder.resolve("few.npy.json")));
    assertThat(recipe.path("first").asInt()).isEqualTo(10);
    assertThat(recipe.path("seed").asInt()).isEqualTo(7);
  }

  @Test
  void a_picture_says_how_it_was_made(@TempDir Path folder) throws IOException {
    Path grid = folder.resolve("grid.png");
    Answer answer =
        semblance("sample", vae, "-n", 10, "--class", 3, "--seed", 2, "--out", grid, "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    JsonNode inside =
        Output.JSON.readTree(PngText.read(Files.readAllBytes(grid), "x").get("semblance"));
    for (String key : List.of("seed", "class", "model_sha256", "run_sha256", "command", "n")) {
      assertThat(inside.path(key)).as(key).isEqualTo(answer.json().path(key));
    }
    assertThat(inside.path("class").asText()).isEqualTo("3");
    assertThat(inside.path("run_sha256").asText())
        .isEqualTo(Provenance.digest(vae.resolve("run.json")));
    Answer shown = semblance("inspect", grid);
    assertThat(shown.code()).as(shown.err()).isZero();
    assertThat(shown.out()).contains("model_sha256").contains("semblance sample");
    assertThat(semblance("inspect", grid, "--json").json().at("/texts/semblance/seed").asInt())
        .isEqualTo(2);
    BufferedImage picture = ImageIO.read(grid.toFile());
    assertThat(picture.getWidth()).isEqualTo(4 * 30 + 2);
    assertThat(picture.getHeight()).isEqualTo(3 * 30 + 2);
  }

  @Test
  void folders_and_safetensors_hold_the_same_images(@TempDir Path folder) throws IOException {
    Path single = folder.resolve("single");
    Path file = folder.resolve("x.safetensors");
    assertThat(semblance("sample", vae, "-n", 3, "--out", single).code()).isZero();
    assertThat(semblance("sample", vae, "-n", 3, "--out", file).code()).isZero();
    byte[] pixels;
    try (Scope scope = Scope.open();
        SafetensorsFile opened = Safetensors.open(file)) {
      Tensor images = opened.tensors().get("images");
      assertThat(images.sizes().vec().get()).containsExactly(3, 1, 28, 28);
      pixels = Ops.toBytes(images);
      assertThat(opened.header().metadata()).containsKey("semblance.samples");
    }
    BufferedImage second = ImageIO.read(single.resolve("000001.png").toFile());
    for (int i = 0; i < 28 * 28; i++) {
      assertThat(second.getRaster().getSample(i % 28, i / 28, 0))
          .isEqualTo(pixels[28 * 28 + i] & 0xff);
    }
    Answer again = semblance("sample", vae, "-n", 3, "--out", single);
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err()).contains("new or empty");
  }

  @Test
  void a_density_has_its_kind_and_error_and_tells_sets_apart(@TempDir Path folder)
      throws IOException {
    Path values = folder.resolve("values.csv");
    Answer answer =
        semblance(
            "density",
            vae,
            "--data",
            "strokes",
            "-n",
            40,
            "--samples",
            8,
            "--against",
            "reliefs",
            "--out",
            values,
            "--report",
            folder.resolve("page"),
            "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    JsonNode json = answer.json();
    assertThat(json.path("kind").asText()).isEqualTo("lower bound, 8 samples");
    assertThat(json.path("support").asText()).isEqualTo("bits");
    List<String> lines = Files.readAllLines(values);
    assertThat(lines).hasSize(41);
    double mean =
        lines.stream()
            .skip(1)
            .mapToDouble(l -> Double.parseDouble(l.split(",")[3]))
            .average()
            .orElseThrow();
    assertThat(json.path("log_density").asDouble()).isCloseTo(mean, offset());
    assertThat(json.path("bits_per_dimension").asDouble())
        .isCloseTo(-mean / (784 * Math.log(2)), offset());
    assertThat(json.path("log_density_ci").get(0).asDouble()).isLessThan(mean);
    JsonNode other = json.path("against");
    // Grey surfaces are far from strokes on black.
    assertThat(other.path("log_density").asDouble()).isLessThan(mean);
    assertThat(other.path("auc_likelihood").asDouble()).isGreaterThan(0.95);
    assertThat(other.path("auc_typicality_ci").size()).isEqualTo(2);
    assertThat(other.path("caution").asText()).contains("typicality");
    assertThat(Files.readString(folder.resolve("page/index.html")))
        .contains("The least probable images")
        .contains("typicality");
    // More samples, a tighter bound.
    JsonNode one =
        semblance("density", vae, "--data", "strokes", "-n", 40, "--samples", 1, "--json").json();
    assertThat(one.path("log_density").asDouble()).isLessThan(mean);
  }

  private static org.assertj.core.data.Offset<Double> offset() {
    return org.assertj.core.api.Assertions.within(1e-9);
  }

  @Test
  void an_interrupted_run_goes_on_to_the_same_bits_and_only_as_it_began(@TempDir Path folder)
      throws Exception {
    String[] settings = {
      "count=120", "epochs=3", "batch=20", "width=16", "latent=2", "checkpoint_every=2", "ema=0.9"
    };
    Path whole = folder.resolve("whole");
    assertThat(train("vae", whole, settings).code()).isZero();
    Path cut = folder.resolve("cut");
    Files.createDirectories(cut);
    Process process = start(training("vae", cut, settings));
    Path checkpoint = cut.resolve("checkpoint/latest.safetensors");
    while (process.isAlive() && !Files.exists(checkpoint)) {
      Thread.onSpinWait();
    }
    process.destroyForcibly().waitFor(); // SIGKILL
    assertThat(checkpoint).as(Files.readString(shared.resolve("log"))).exists();
    Answer resumed = semblance(with(training("vae", cut, settings), "--resume").toArray());
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(cut.resolve("model.safetensors"))
        .hasSameBinaryContentAs(whole.resolve("model.safetensors"));
    Answer other =
        semblance(with(training("vae", cut, "count=120", "latent=3"), "--resume").toArray());
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("was begun with").contains("resume with the same");
    Answer fresh = train("vae", cut, settings);
    assertThat(fresh.code()).isEqualTo(2);
    assertThat(fresh.err()).contains("--resume");
  }

  private static Process start(List<Object> words) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-cp",
                ChildProcess.classPath(),
                "dev.semblance.app.Main"));
    words.forEach(word -> command.add(word.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(shared.resolve("log").toFile())
        .start();
  }

  private static List<Object> with(List<Object> words, Object word) {
    List<Object> more = new ArrayList<>(words);
    more.add(word);
    return more;
  }

  @Test
  void a_loss_that_is_no_number_stops_with_step_and_terms(@TempDir Path folder) {
    Answer answer = train("vae", folder.resolve("run"), "count=100", "width=8", "rate=1e30");
    assertThat(answer.code()).isEqualTo(1);
    assertThat(answer.err().lines().reduce((a, b) -> b).orElse(""))
        .contains("loss is")
        .contains("at step")
        .contains("divergence")
        .contains("lower the rate");
  }

  private static void refused(String message, Object... words) {
    Answer answer = semblance(words);
    assertThat(answer.err()).contains(message).doesNotContain("Exception");
    assertThat(answer.err().lines().filter(line -> line.startsWith("semblance:"))).hasSize(1);
    assertThat(answer.code()).isEqualTo(2);
  }

  @Test
  void a_mistake_is_one_line_with_a_way_on(@TempDir Path folder) throws IOException {
    Path png = folder.resolve("x.png");
    refused("did you mean vae?", "train", "vaee", "--data", "strokes", "--out", folder);
    refused(
        "unknown key latnt; did you mean latent?", training("vae", folder, "latnt=3").toArray());
    refused(
        "unknown value of decoder bernouli; did you mean bernoulli?",
        training("vae", folder, "decoder=bernouli").toArray());
    refused("label_dropout must be in", training("vae", folder, "label_dropout=2").toArray());
    refused("latent must be a whole number", training("vae", folder, "latent=2.5").toArray());
    refused("--class must be 0..9", "sample", vae, "--class", 10, "--out", png);
    refused("--class must be 0..9", "sample", vae, "--class", "ten", "--out", png);
    refused("--steps: vae draws an image in one go", "sample", vae, "--steps", 10, "--out", png);
    refused("--temperature: vae is no flow", "sample", vae, "--temperature", 2, "--out", png);
    refused("-n must be >= 1, got 0", "sample", vae, "-n", 0, "--out", png);
    refused("too many for one picture", "sample", vae, "-n", 400_000, "--out", png);
    refused("--out must end in .json or .csv", "density", vae, "--data", "strokes", "--out", png);
    Path file = folder.resolve("net.safetensors");
    try (LeNet net = LeNet.Config.of().build(4)) {
      ModelFile.save(
          file,
          net,
          Preprocessing.of(new ImageShape(3, 32, 32)),
          List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
          Map.of());
    }
    refused("is a le net, no model of data; train one of ae", "sample", file, "--out", png);
    refused(
        "no model of data", "density", file, "--data", "strokes", "--out", folder.resolve("x.csv"));
    assertThat(png).doesNotExist();
    Answer missing = semblance("sample", folder.resolve("none"), "--out", png);
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.err()).contains("no such run or file");
  }

  @Test
  void each_family_does_what_it_can_and_names_what_it_cannot(@TempDir Path folder) {
    Path png = folder.resolve("x.png");
    Path gan = folder.resolve("gan");
    String[] small = {"count=100", "max_steps=3", "batch=10", "width=8"};
    assertThat(train("gan", gan, "count=100", "epochs=1", "batch=10", "width=8").code()).isZero();
    assertThat(semblance("sample", gan, "-n", 4, "--out", png).code()).isZero();
    refused("a gan has no density; it can be drawn from", "density", gan, "--data", "strokes");
    assertThat(gan.resolve("metrics.jsonl")).content().contains("\"validation_modes\":");
    Path ae = folder.resolve("ae");
    assertThat(train("ae", ae, small).code()).isZero();
    assertThat(ae.resolve("samples/step-3.png")).exists();
    refused("cannot be drawn from", "sample", ae, "--out", png);
    refused("an ae has no density", "density", ae, "--data", "strokes");
    assertThat(semblance("sample", ae, "-n", 4, "--fit-codes", "strokes", "--out", png).code())
        .isZero();
    Path edm = folder.resolve("edm");
    Answer trained =
        train(
            "edm",
            edm,
            "count=100",
            "max_steps=2",
            "batch=10",
            "width=4",
            "levels=1",
            "attention=false",
            "conditional=true");
    assertThat(trained.code()).as(trained.err()).isZero();
    for (String sampler : List.of("ddim", "ancestral", "euler", "heun", "dpmpp-2m", "plms")) {
      Answer drawn =
          semblance(
              "sample",
              edm,
              "-n",
              2,
              "--steps",
              3,
              "--sampler",
              sampler,
              "--class",
              1,
              "--guidance",
              2,
              "--out",
              png,
              "--json");
      assertThat(drawn.code()).as(drawn.err()).isZero();
    }
    Answer bound =
        semblance(
            "density", edm, "--data", "strokes", "-n", 3, "--bound", "--samples", 2, "--json");
    assertThat(bound.code()).as(bound.err()).isZero();
    assertThat(bound.out()).contains("\"kind\":\"lower bound, 2 samples\"");
    refused(
        "--bound is of diffusion models, got an ae", "density", ae, "--data", "strokes", "--bound");
    Answer restored =
        semblance(
            "denoise", edm, "strokes:0", "strokes:1", "--noise", "gaussian:0.2", "--out", png);
    assertThat(restored.code()).as(restored.err()).isZero();
    assertThat(restored.out()).contains("strokes:1: ", " dB spoilt, ", " dB restored");
    assertThat(semblance("denoise", edm, "strokes:0", "--sigma", 0.1, "--out", png).code())
        .isZero();
    refused("must be told how much noise", "denoise", edm, "strokes:0", "--out", png);
    refused(
        "--sigma must be a deviation > 0, pixels in 0..1, got -1.0",
        "denoise",
        edm,
        "strokes:0",
        "--sigma",
        -1,
        "--out",
        png);
    refused(
        "--sigma: only diffusion models take it",
        "denoise",
        ae,
        "strokes:0",
        "--sigma",
        1,
        "--out",
        png);
    refused("did you mean ddim?", "sample", edm, "--sampler", "ddimm", "--out", png);
    refused("only ddim has it", "sample", edm, "--eta", 1, "--out", png);
    refused("--steps must be", "sample", edm, "--steps", 0, "--out", png);
    Answer attacked = semblance("attack", gan, "--data", "strokes", "--eps", "0.1");
    assertThat(attacked.code()).isEqualTo(1);
    assertThat(attacked.err()).contains("is a model of data, not a classifier");
    Answer similar = train("cosface", folder.resolve("similar"), "count=100", "max_steps=1");
    assertThat(similar.code()).isZero();
    refused(
        "is a run of cosface, no model of data", "sample", folder.resolve("similar"), "--out", png);
  }

  @Test
  void every_recipe_is_listed_with_keys_that_can_be_written_and_read() throws IOException {
    String list = semblance("recipes").out();
    for (GenerativeRecipe recipe : GenerativeRecipe.all()) {
      assertThat(list).contains("  " + recipe.name() + " ");
      SettingsReader.Generation defaults =
          new SettingsReader.Generation(recipe.common(), recipe.family());
      assertThat(SettingsReader.restore(recipe, defaults.flat())).isEqualTo(defaults);
      JsonNode shown = semblance("recipes", recipe.name(), "--json").json();
      assertThat(shown.path("settings"))
          .isEqualTo(Output.JSON.readTree(defaults.flat().toString()));
      for (var entry : RecordKeys.write(recipe.family()).properties()) {
        if (entry.getValue().isInt()) {
          SettingsReader.Generation changed =
              SettingsReader.read(
                  recipe, null, List.of(entry.getKey() + "=" + (entry.getValue().asInt() + 2)));
          assertThat(changed.family()).as(entry.getKey()).isNotEqualTo(recipe.family());
        }
      }
    }
    assertThat(GenerativeRecipe.names()).doesNotHaveDuplicates();
  }
}
