package dev.semblance.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static dev.semblance.app.Answer.semblance;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.LeNet;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.ModelFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attacks from the command line, on an untrained net that is right by chance. */
class AttackCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  @TempDir static Path shared;
  private static Path net;

  @BeforeAll
  static void save() throws IOException {
    net = shared.resolve("net.safetensors");
    List<String> names = IntStream.range(0, 10).mapToObj(i -> "<class> & " + i).toList();
    try (LeNet lenet = LeNet.Config.of().build(4)) {
      ModelFile.save(net, lenet, Preprocessing.of(new ImageShape(3, 32, 32)), names, Map.of());
    }
  }

  /** Without the page in the message. */
  private static void holds(String page, String... parts) {
    for (String part : parts) {
      assertThat(page.contains(part)).as("the page holds %s", part).isTrue();
    }
  }

  private static void holdsNot(String page, String... parts) {
    for (String part : parts) {
      assertThat(page.contains(part)).as("the page holds %s", part).isFalse();
    }
  }

  private static Answer attack(Object... words) {
    return semblance(
        Stream.concat(Stream.of("attack", net, "--data", "strokes", "--json"), Stream.of(words))
            .toArray());
  }

  @Test
  void theReportIsOneFileThatAsksTheNetworkForNothing(@TempDir Path folder) throws IOException {
    Answer answer = attack("--eps", "20/255", "--n", 80, "--steps", 5, "--out", folder);
    assertThat(answer.code()).as(answer.err()).isZero();
    JsonNode told = answer.json();
    String page = Files.readString(folder.resolve("index.html"));
    holds(
        page,
        "What fools it",
        "How much it takes",
        "Class by class",
        "Provenance",
        "<span>attack</span> <span>" + net,
        told.path("model_sha256").asText(),
        "&lt;class&gt; &amp; ");
    holdsNot(page, "<script", "http://", "https://", "<class>");
    JsonNode json = JSON.readTree(Files.readString(folder.resolve("attack.json")));
    assertThat(json.path("robust_accuracy")).isEqualTo(told.path("robust_accuracy"));
    assertThat(json.path("samples")).hasSize(80);
    long fooled = 0;
    long files = 0;
    for (JsonNode sample : json.path("samples")) {
      boolean is = sample.path("verdict").asText().equals("fooled");
      fooled += is ? 1 : 0;
      files += sample.path("eight_bit").asBoolean() ? 1 : 0;
      // What the model says decides about the verdict.
      boolean right = sample.path("before").equals(sample.path("label"));
      assertThat(is).isEqualTo(right && !sample.path("after").equals(sample.path("label")));
    }
    assertThat(fooled).isEqualTo(told.path("fooled").asLong()).isPositive();
    assertThat(files).isEqualTo(told.path("fooled_8_bit").asLong());
    assertThat(semblance("inspect", folder.resolve("adversarial.safetensors"), "--json").code())
        .isZero();
  }

  @Test
  void thePicturesAreWhatTheFileHoldsWithinTheRadius(@TempDir Path folder) throws IOException {
    assertThat(attack("--eps", "20/255", "--n", 80, "--steps", 5, "--out", folder).code()).isZero();
    String page = Files.readString(folder.resolve("index.html"));
    Matcher matcher = Pattern.compile("src=\"data:image/png;base64,([^\"]+)\"").matcher(page);
    List<BufferedImage> pictures = new ArrayList<>();
    while (matcher.find()) {
      byte[] file = Base64.getDecoder().decode(matcher.group(1));
      pictures.add(ImageIO.read(new ByteArrayInputStream(file)));
    }
    assertThat(pictures).hasSizeGreaterThanOrEqualTo(3);
    assertThat(pictures.size() % 3).isZero();
    for (int i = 0; i < pictures.size(); i += 3) {
      int most = 0;
      for (int y = 0; y < 32; y++) {
        for (int x = 0; x < 32; x++) {
          for (int c = 0; c < 3; c++) {
            int clean = pictures.get(i).getRaster().getSample(x, y, c);
            int changed = pictures.get(i + 2).getRaster().getSample(x, y, c);
            most = Math.max(most, Math.abs(clean - changed));
          }
        }
      }
      assertThat(most).isBetween(1, 20);
    }
  }

  @Test
  void aFolderWithoutClassesIsAttackedForAnotherAnswer(@TempDir Path folder) throws IOException {
    Path photos = Files.createDirectories(folder.resolve("photos"));
    for (int k = 0; k < 3; k++) {
      BufferedImage image = new BufferedImage(60, 48, BufferedImage.TYPE_3BYTE_BGR);
      for (int i = 0; i < 60 * 48 * 3; i++) {
        image.getRaster().setSample(i / 3 % 60, i / 180, i % 3, (i * (k + 3) / 7) % 256);
      }
      ImageIO.write(image, "png", photos.resolve("photo" + k + ".png").toFile());
    }
    Files.writeString(photos.resolve("labels.csv"), "not an image");
    Answer scaled = semblance("attack", net, "--data", photos, "--eps", "0.2", "--json");
    assertThat(scaled.code()).as(scaled.err()).isZero();
    assertThat(scaled.json().path("n").asInt()).isEqualTo(3);
    assertThat(scaled.json().path("labels").asText()).isEqualTo("predicted");
    assertThat(scaled.json().path("clean_accuracy").asDouble()).isEqualTo(1);
    assertThat(scaled.json().path("fooled").asInt()).isPositive();
    Answer cropped =
        semblance("attack", net, "--data", photos, "--fit", "crop", "--eps", "0.2", "--json");
    assertThat(cropped.json().path("data_digest")).isNotEqualTo(scaled.json().path("data_digest"));
  }

  @Test
  void predictedLabelsMakeEveryAnswerRight() throws IOException {
    Answer answer = attack("--eps", "0.2", "--n", 30, "--attack", "fgsm", "--labels", "predicted");
    assertThat(answer.json().path("clean_accuracy").asDouble()).isEqualTo(1);
    assertThat(answer.json().path("n").asInt()).isEqualTo(30);
  }

  @Test
  void goalsReachTheAttack() throws IOException {
    long any = attack("--eps", "4/255", "--n", 60).json().path("fooled").asLong();
    long far =
        attack("--eps", "4/255", "--n", 60, "--goal", "out-of-top-8")
            .json()
            .path("fooled")
            .asLong();
    assertThat(far).isLessThan(any);
    JsonNode sure = attack("--eps", "4/255", "--n", 60, "--goal", "confidence:0.99").json();
    assertThat(sure.path("fooled").asLong()).isLessThan(any);
    assertThat(sure.path("goal").asText()).contains("probability above 0.99");
  }

  @Test
  void everyAttackOfTheListRunsInEachOfItsNorms() throws IOException {
    for (JsonNode kind : semblance("attacks", "--json").json().path("attacks")) {
      String name = kind.path("name").asText();
      for (JsonNode norm : kind.path("norms")) {
        List<Object> words =
            new ArrayList<>(List.of("--attack", name, "--ball", norm.asText(), "--n", 3));
        if (!kind.path("nearest").asBoolean()) {
          words.addAll(List.of("--eps", norm.asText().equals("l0") ? "1" : "0.05"));
        }
        if (kind.path("options").toString().contains("queries")) {
          words.addAll(List.of("--queries", 60));
        }
        if (kind.path("options").toString().contains("steps")) {
          words.addAll(List.of("--steps", 3));
        }
        words.addAll(List.of("--labels", "predicted"));
        Answer answer = attack(words.toArray());
        assertThat(answer.code()).as("%s %s: %s", name, norm, answer.err()).isZero();
        JsonNode json = answer.json();
        // The ensemble's last attack asks for scores.
        boolean asks =
            !kind.path("sees").asText().equals("gradients")
                || name.equals("standard") && !norm.asText().equals("l1");
        assertThat(json.path("queries").asLong() > 0)
            .as(name)
            .isEqualTo(
                asks && json.path("fooled").asLong() < 3 || asks && !name.equals("standard"));
        assertThat(json.path("ball").asText()).isEqualTo(norm.asText());
      }
    }
  }

  @Test
  void theListCitesWhatTheBibliographyHolds() throws IOException {
    String papers = Files.readString(HouseRulesTest.root().resolve("docs/papers.bib"));
    for (JsonNode kind : semblance("attacks", "--json").json().path("attacks")) {
      assertThat(papers).contains("{" + kind.path("source").asText() + ",");
    }
    assertThat(semblance("attacks").out()).contains("hopskipjump", "labels", "madry2018towards");
  }

  @Test
  void theListIsMadeWithoutLoadingAnAttack() {
    noClasses()
        .that()
        .haveSimpleName("AttackKind")
        .or()
        .haveSimpleName("AttacksCommand")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bytedeco..", "dev.semblance.adversarial..", "dev.semblance.core..")
        .check(new ClassFileImporter().importPackages("dev.semblance.app"));
  }

  @Test
  void aCurveFallsAndMeetsTheAttack(@TempDir Path folder) throws IOException {
    Answer answer =
        semblance(
            "curve",
            net,
            "--data",
            "strokes",
            "--attacks",
            "fgsm,square",
            "--eps",
            "0,4/255,0.1,0.3",
            "--n",
            60,
            "--queries",
            40,
            "--out",
            folder,
            "--json");
    assertThat(answer.code()).as(answer.err()).isZero();
    JsonNode points = answer.json().path("points");
    assertThat(points).hasSize(4);
    for (int i = 1; i < 4; i++) {
      assertThat(points.get(i).path("robust_accuracy").asDouble())
          .isLessThanOrEqualTo(points.get(i - 1).path("robust_accuracy").asDouble());
    }
    assertThat(points.get(3).path("standing").asInt())
        .isLessThan(points.get(0).path("standing").asInt());
    JsonNode alone = attack("--attack", "fgsm", "--eps", "4/255", "--n", 60).json();
    assertThat(points.get(0).path("robust_accuracy")).isEqualTo(alone.path("clean_accuracy"));
    assertThat(points.get(1).path("robust_accuracy").asDouble())
        .isLessThanOrEqualTo(alone.path("robust_accuracy").asDouble());
    String page = Files.readString(folder.resolve("index.html"));
    holds(page, "Security curve", "Within 4/255", "<svg");
    holdsNot(page, "<script");
    assertThat(JSON.readTree(Files.readString(folder.resolve("curve.json"))).path("samples"))
        .hasSize(60);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "attack --attack pgd | --eps is needed for pgd",
        "attack --attack square --ball l0 --eps 1 | --ball must be one of linf, l2 for square, got"
            + " l0",
        "attack --attack boundary --ball linf | --ball must be l2 for boundary, got linf",
        "attack --attack fgsm --eps 0.1 --steps 4 | --steps changes nothing about fgsm; leave it"
            + " out",
        "attack --eps 0.1 --restarts 0 | --restarts must be >= 1, got 0",
        "attack --eps 0.1 --n 0 | --n must be >= 1, got 0",
        "attack --attack square --eps 0.1 --queries 3 | --queries must be >= 4, got 3",
        "attack --attack every-pixel --eps 2 | --eps must be 1 for every-pixel",
        "attack --attack square --eps 0.1 --strict | --strict holds for attacks by gradients, and"
            + " square asks for scores in batches that other images share; leave it out",
        "attack --attack standard --eps 0.1 --strict | square, the last of standard, asks for",
        "curve --attacks pgd,hopskipjump --eps 0.1 --strict | hopskipjump asks for labels",
        "curve --eps 0.1,0.1 | --eps must be finite radii that ascend",
        "curve --eps 0.1 --attacks pgd,magic | --attacks must be one of fgsm, bim, pgd",
        "curve --eps 0,x | --eps must be a number such as 0.1 or 8/255, got x",
      })
  void wrongUseIsToldInOneLine(String words, String message) {
    String[] parts = words.split(" ");
    List<Object> all = new ArrayList<>(List.of(parts[0], net, "--data", "strokes"));
    all.addAll(List.of(parts).subList(1, parts.length));
    Answer answer = semblance(all.toArray());
    assertThat(answer.err()).contains(message).doesNotContain("Exception");
    assertThat(answer.code()).isEqualTo(2);
  }
}
