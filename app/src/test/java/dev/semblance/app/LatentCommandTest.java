package dev.semblance.app;

import static dev.semblance.app.Answer.semblance;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.semblance.core.data.PngText;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Looking at codes as a user does, at toy size. */
class LatentCommandTest {
  @TempDir static Path shared;
  private static Path autoencoder;
  private static Path vae;
  private static Path gan;

  @BeforeAll
  static void trainOnce() {
    autoencoder = train("denoising-ae", "latent=40", "epochs=12", "rate=3e-3");
    vae = train("vae", "latent=2", "width=32", "epochs=2");
    gan = train("gan", "epochs=1");
  }

  private static Path train(String recipe, String... settings) {
    Path out = shared.resolve(recipe);
    List<Object> words =
        new ArrayList<>(List.of("train", recipe, "--data", "strokes", "--out", out));
    List<String> all = new ArrayList<>(List.of("count=300", "batch=30"));
    all.addAll(Arrays.asList(settings));
    for (String setting : all) {
      words.add("--set");
      words.add(setting);
    }
    Answer answer = semblance(words.toArray());
    assertThat(answer.code()).as(answer.err()).isZero();
    return out;
  }

  @Test
  void spoilt_images_come_back_closer(@TempDir Path folder) throws IOException {
    Path grid = folder.resolve("grid.png");
    JsonNode said =
        semblance(
                "denoise",
                autoencoder,
                "strokes:0",
                "strokes:1",
                "strokes:2",
                "--noise",
                "salt-and-pepper:0.3",
                "--out",
                grid,
                "--json")
            .json();
    double spoilt = 0;
    double restored = 0;
    for (JsonNode image : said.path("images")) {
      spoilt += image.path("psnr_spoilt").asDouble();
      restored += image.path("psnr_restored").asDouble();
    }
    assertThat(restored).isGreaterThan(spoilt + 3);
    // A row for each image: as it is, spoilt, restored; 28 pixels and frames of 2.
    BufferedImage picture = ImageIO.read(grid.toFile());
    assertThat(picture.getWidth()).isEqualTo(3 * 30 + 2);
    assertThat(picture.getHeight()).isEqualTo(3 * 30 + 2);
    assertThat(PngText.read(Files.readAllBytes(grid), "grid").get("semblance"))
        .contains("\"noise\":\"salt-and-pepper:0.3\"")
        .contains("\"recipe\":\"denoising-ae\"");
  }

  @Test
  void restored_files_stand_in_a_folder(@TempDir Path folder) throws IOException {
    Path first = folder.resolve("first");
    assertThat(semblance("denoise", autoencoder, "strokes:0", "--out", first).code()).isZero();
    Path image = first.resolve("strokes-0.png");
    BufferedImage picture = ImageIO.read(image.toFile());
    assertThat(picture.getWidth()).isEqualTo(28);
    // A file is an image too, and of two of one name neither is lost.
    Path second = folder.resolve("second");
    Answer again = semblance("denoise", autoencoder, image, image, "--out", second);
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(second.resolve("strokes-0.png")).exists();
    assertThat(second.resolve("strokes-0-1.png")).exists();
    assertThat(again.out()).contains("dB from what was given");
  }

  @Test
  void the_peak_ratio_is_its_formula() {
    byte[] clean = {0, 10, (byte) 200, 0};
    byte[] other = {0, 20, (byte) 190, 0};
    // The mean squared error of the last three values is 200/3.
    assertThat(DenoiseCommand.peakRatio(clean, other, 1, 3))
        .isEqualTo(10 * Math.log10(255.0 * 255 / (200 / 3.0)));
  }

  @Test
  void ways_begin_and_end_at_the_images(@TempDir Path folder) throws IOException {
    Path straight = folder.resolve("straight.png");
    Path round = folder.resolve("round.png");
    assertThat(
            semblance("interpolate", vae, "strokes:0", "strokes:5", "--steps", 5, "--out", straight)
                .code())
        .isZero();
    JsonNode said =
        semblance(
                "interpolate",
                vae,
                "strokes:0",
                "strokes:5",
                "--steps",
                5,
                "--great-circle",
                "--out",
                round,
                "--json")
            .json();
    assertThat(said.path("way").asText()).isEqualTo("great circle");
    assertThat(said.path("distance").asDouble()).isPositive();
    BufferedImage a = ImageIO.read(straight.toFile());
    BufferedImage b = ImageIO.read(round.toFile());
    assertThat(a.getWidth()).isEqualTo(5 * 30 + 2);
    assertThat(a.getHeight()).isEqualTo(32);
    assertThat(difference(a, b, 0)).isZero();
    assertThat(difference(a, b, 4)).isLessThan(28 * 28);
    assertThat(difference(a, b, 2)).isPositive();
  }

  private static int difference(BufferedImage a, BufferedImage b, int place) {
    int sum = 0;
    for (int y = 2; y < 30; y++) {
      for (int x = 2 + 30 * place; x < 30 + 30 * place; x++) {
        sum += Math.abs((a.getRGB(x, y) & 0xff) - (b.getRGB(x, y) & 0xff));
      }
    }
    return sum;
  }

  @Test
  void the_page_shows_map_grid_traversals_and_ways(@TempDir Path folder) throws IOException {
    for (Path run : List.of(vae, autoencoder)) {
      Path out = folder.resolve(run.getFileName());
      JsonNode said =
          semblance("latent", run, "--data", "strokes", "-n", 60, "--out", out, "--json").json();
      int width = run.equals(vae) ? 2 : 40;
      assertThat(said.path("code_width").asInt()).isEqualTo(width);
      assertThat(said.path("active").asInt()).isBetween(0, width);
      assertThat(said.path("nearest_of_class").asDouble()).isBetween(0.0, 1.0);
      assertThat(said.path("n").asInt()).isEqualTo(60);
      String page = Files.readString(out.resolve("index.html"));
      assertThat(page)
          .contains(
              "A map of the images",
              "The plane decoded",
              "One value at a time",
              "Between two images",
              "Given back",
              run.equals(vae) ? "Codes drawn from the model" : "Drawn from a Gaussian")
          .doesNotContain("<script", "http://", "src=\"/");
      // Sixty points, and the legend's ten.
      assertThat(page.split("<circle", -1)).hasSize(60 + 10 + 1);
    }
  }

  @Test
  void a_mistake_is_one_line_with_a_way_on(@TempDir Path folder) {
    Path png = folder.resolve("x.png");
    refused(
        "%s: gan has no codes; it can be drawn from (sample); for denoise train ae, denoising-ae, vae or edm"
            .formatted(gan),
        "denoise",
        gan,
        "strokes:0",
        "--out",
        png);
    refused(
        "%s: gan has no codes; it can be drawn from (sample); for latent train ae, denoising-ae or vae"
            .formatted(gan),
        "latent",
        gan,
        "--data",
        "strokes",
        "--out",
        folder);
    refused(
        "--noise: noise must be none, masking:P, masking-fixed:P, salt-and-pepper:P or gaussian:S,"
            + " got fog",
        "denoise",
        vae,
        "strokes:0",
        "--noise",
        "fog",
        "--out",
        png);
    refused(
        "--steps must be >= 2, got 1",
        "interpolate",
        vae,
        "strokes:0",
        "strokes:1",
        "--steps",
        1,
        "--out",
        png);
    refused(
        "--out must end in .png, got x.jpg",
        "interpolate",
        vae,
        "strokes:0",
        "strokes:1",
        "--out",
        "x.jpg");
    refused(
        "-n must be 0 or >= 3, got 2",
        "latent",
        vae,
        "--data",
        "strokes",
        "-n",
        2,
        "--out",
        folder);
    Answer far = semblance("denoise", vae, "strokes:99999999", "--out", png);
    assertThat(far.err()).contains("strokes:99999999: strokes test has rows 0..").hasLineCount(1);
    Answer missing = semblance("denoise", vae, "none.png", "--out", png);
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.err().strip().lines()).hasSize(1);
    assertThat(png).doesNotExist();
  }

  private static void refused(String message, Object... words) {
    Answer answer = semblance(words);
    assertThat(answer.err().strip().lines().toList()).containsExactly("semblance: " + message);
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.out()).isEmpty();
  }

  /** What it learnt of images begins another training. */
  @Test
  void an_encoder_begins_an_embedding(@TempDir Path folder) throws IOException {
    Path out = folder.resolve("triplet");
    Answer answer =
        semblance(
            "train",
            "triplet",
            "--data",
            "strokes",
            "--out",
            out,
            "--set",
            "count=300",
            "--set",
            "epochs=1",
            "--set",
            "init=" + autoencoder.resolve("model.safetensors"));
    assertThat(answer.code()).as(answer.err()).isZero();
    try (Model embedder = Models.open(out);
        Model coder = Models.open(autoencoder);
        Scope scope = Scope.open()) {
      assertThat(embedder.net().featureWidth()).isEqualTo(40);
      assertThat(embedder.preprocessing()).isEqualTo(coder.preprocessing());
      Tensor before = coder.net().weights().all().get("decoder.head.weight");
      Tensor after = embedder.net().weights().all().get("backbone.decoder.head.weight");
      // The decoder comes along and is not trained; the encoder is.
      assertThat(Ops.toFloats(after)).isEqualTo(Ops.toFloats(before));
      assertThat(Ops.toFloats(embedder.net().weights().all().get("backbone.encoder.head.weight")))
          .isNotEqualTo(Ops.toFloats(coder.net().weights().all().get("encoder.head.weight")));
    }
  }
}
