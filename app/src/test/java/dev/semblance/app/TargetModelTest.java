package dev.semblance.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpServer;
import dev.semblance.adversarial.access.ScoreFormat;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.LeNet;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class TargetModelTest {
  @TempDir Path folder;

  @Command
  private static final class Words {
    @Mixin private TargetAndData given;
  }

  private static TargetAndData.Target open(Object... words) throws IOException {
    Words parsed = new Words();
    new CommandLine(parsed)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs(Stream.of(words).map(Object::toString).toArray(String[]::new));
    return parsed.given.open();
  }

  /** Ten sums of the pixels of a 28x28 image, as TorchScript. */
  static Path script(Path folder) {
    Path file = folder.resolve("sums.pt");
    try (Scope scope = Scope.open()) {
      JitModule module = new JitModule(new QualifiedName("Sums"));
      float[] weights = new float[10 * 784];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) Math.sin(i);
      }
      module.register_parameter("weight", Ops.floats(weights, 10, 784), false);
      module.define("def forward(self, x):\n  return x.flatten(1).matmul(self.weight.t())\n");
      module.save(file.toString());
    }
    return file;
  }

  @Test
  void aNetOfOursBringsItsOwnShapeAndNames() throws IOException {
    Path file = folder.resolve("net.safetensors");
    List<String> names = IntStream.range(0, 10).mapToObj(i -> "class " + i).toList();
    try (LeNet net = LeNet.Config.of().build(4)) {
      ModelFile.save(file, net, Preprocessing.of(new ImageShape(3, 32, 32)), names, Map.of());
    }
    try (Scope scope = Scope.open();
        TargetAndData.Target target =
            open(file, "--data", pictures(folder, 10), "--split", "all")) {
      assertThat(target.images().shape()).isEqualTo(new ImageShape(3, 32, 32));
      assertThat(target.model().classNames(target.images())).isEqualTo(names);
      assertThat(target.model().net()).isPresent();
      Tensor images = target.model().images(target.images(), 0, 1);
      Tensor logits = target.model().classifier().orElseThrow().logits(images);
      assertThat(logits.shape()).containsExactly(2, 10);
      target.model().refuseOther(target.images());
    }
  }

  @Test
  void aTorchScriptFileTakesTheDataAsItIsInDeclaredUnits() throws IOException {
    Path file = script(folder);
    try (Scope scope = Scope.open();
        TargetAndData.Target unit = open(file, "--data", pictures(folder, 10), "--split", "all");
        TargetAndData.Target wide =
            open(
                file,
                "--data",
                pictures(folder, 10),
                "--split",
                "all",
                "--bounds",
                "-1,3",
                "--mean",
                "-1",
                "--std",
                "4")) {
      assertThat(unit.model().classes()).isEqualTo(10);
      assertThat(unit.model().net()).isEmpty();
      assertThat(wide.model().box()).isEqualTo(new Box(-1, 3));
      Tensor narrow = unit.model().images(unit.images(), 3, 5);
      Tensor broad = wide.model().images(wide.images(), 3, 5);
      assertThat(broad.min().item_double()).isEqualTo(-1);
      assertThat(broad.max().item_double()).isEqualTo(3);
      assertThat(Ops.toDoubles(wide.model().classifier().orElseThrow().logits(broad)))
          .containsExactly(
              Ops.toDoubles(unit.model().classifier().orElseThrow().logits(narrow)), within(1e-4));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--bounds 1,0 | --bounds must be LOW,HIGH with LOW < HIGH, got 1,0",
        "--bounds 0 | --bounds must be LOW,HIGH with LOW < HIGH, got 0",
        "--bounds a,b | --bounds must be numbers with commas between them, got a,b",
        "--bounds 0,NaN | --bounds must be finite numbers, got 0,NaN",
        "--mean 0.5 | --mean and --std must come together",
        "--mean 0.5 --std 0 | --mean and --std: deviation must be > 0 and finite, got 0.0",
        "--mean 0.5,1 --std 1 | --mean and --std: mean and deviation must have as many values",
        "--mean 0.5,1 --std 1,1 | one for each channel of images [1, 1, 28, 28], got 2",
        "--shape 28x28 | --shape must be CxHxW with C 1 or 3, such as 3x32x32, got 28x28",
        "--shape 3x28x28 | fails on an image of [3, 28, 28]",
      })
  void refusesWhatDoesNotFitInOneLine(String options, String line) throws IOException {
    Path file = script(folder);
    Object[] words =
        Stream.concat(
                Stream.of(file, "--data", pictures(folder, 10), "--split", "all"),
                Stream.of(options.split(" ")))
            .toArray();
    assertThatThrownBy(() -> open(words).close())
        .hasMessageContaining(line)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void anEndpointGivesScoresOrLabelsButNoGradients() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    AtomicInteger images = new AtomicInteger();
    for (String kind : List.of("scores", "labels")) {
      server.createContext(
          "/" + kind,
          exchange -> {
            int count = Output.JSON.readTree(exchange.getRequestBody()).path("images").size();
            images.addAndGet(count);
            String one = kind.equals("scores") ? "[9,1,2,3,4,5,6,7,8,0]" : "7";
            byte[] text =
                ("{\"" + kind + "\":[" + String.join(",", Collections.nCopies(count, one)) + "]}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
          });
    }
    server.start();
    String address = "http://127.0.0.1:" + server.getAddress().getPort();
    Path data = pictures(folder, 10);
    Path journal = folder.resolve("journal");
    try (Scope scope = Scope.open()) {
      try (TargetAndData.Target target =
          open(
              address + "/scores",
              "--data",
              data,
              "--split",
              "all",
              "--bounds",
              "0,255",
              "--endpoint-batch",
              "3",
              "--endpoint-journal",
              journal)) {
        TargetModel model = target.model();
        assertThat(model.classifier()).isEmpty();
        assertThat(model.classes()).isEqualTo(10);
        assertThat(model.box()).isEqualTo(new Box(0, 255));
        Tensor some = model.images(target.images(), 0, 1, 2, 3, 4, 5, 6);
        assertThat(model.scores().orElseThrow().scores(some).shape()).containsExactly(7, 10);
        assertThat(Ops.toLongs(model.labels().labels(some))).containsOnly(0);
        assertThat(model.scores().orElseThrow().queries()).isEqualTo(14);
        assertThat(images.get()).isEqualTo(15);
        assertThat(Files.readAllLines(journal)).hasSize(16);
      }
      try (TargetAndData.Target target =
          open(address + "/labels", "--data", data, "--split", "all")) {
        assertThat(target.model().scores()).isEmpty();
        assertThat(target.model().classes()).isEqualTo(10);
        Tensor some = target.model().images(target.images(), 0);
        assertThat(Ops.toLongs(target.model().labels().labels(some))).containsExactly(7);
      }
      for (String[] wrong :
          new String[][] {
            {"--mean 0.5 --std 0.5", "--mean and --std are the endpoint's own business"},
            {"--endpoint-budget 1 --endpoint-batch 0", "--endpoint-batch must be >= 1, got 0"},
            {"--endpoint-rate NaN", "--endpoint-rate must be > 0 and finite, got NaN"},
            {"--endpoint-timeout -1", "--endpoint-timeout must be > 0 and finite, got -1.0"},
            {"--endpoint-retries -1", "--endpoint-retries must be >= 0, got -1"},
            {"--classes 1", "--classes must be >= 2, got 1"},
            {"--classes 5", "answers with the label 7, not a number from 0 to 4"},
          }) {
        Object[] words =
            Stream.concat(
                    Stream.of(address + "/labels", "--data", data, "--split", "all"),
                    Stream.of(wrong[0].split(" ")))
                .toArray();
        assertThatThrownBy(() -> open(words).close()).hasMessageContaining(wrong[1]);
      }
    } finally {
      server.stop(0);
    }
    assertThatThrownBy(
            () ->
                open(address + "/labels", "--data", data, "--split", "all", "--endpoint-retries", 0)
                    .close())
        .hasMessageContaining("/labels: cannot be reached (nobody answers there); start it again")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void anOnnxFileNeedsItsModule() throws IOException {
    Path file = folder.resolve("net.onnx");
    Path data = pictures(folder, 10);
    boolean there = ServiceLoader.load(ScoreFormat.class).findFirst().isPresent();
    assertThatThrownBy(() -> open(file, "--data", data, "--split", "all").close())
        .hasMessageContaining(
            there
                ? "net.onnx: no such file"
                : "net.onnx: ONNX files need the module semblance-adversarial-onnx")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void aForeignModelOfOtherClassesIsRefused() throws IOException {
    Path file = script(folder);
    try (Scope scope = Scope.open();
        TargetAndData.Target target = open(file, "--data", pictures(folder, 3), "--split", "all")) {
      assertThatThrownBy(() -> target.model().refuseOther(target.images()))
          .hasMessageContaining("sums.pt: tells 10 classes apart")
          .hasMessageContaining("has 3; give the data it was trained on");
    }
  }

  /** One grey picture of 28x28 pixels, black to white, for each of some classes. */
  private static Path pictures(Path folder, int classes) throws IOException {
    Path data = folder.resolve("pictures" + classes);
    for (int k = 0; k < classes; k++) {
      BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
      for (int i = 0; i < 784; i++) {
        image.getRaster().setSample(i % 28, i / 28, 0, (i * (2 * k + 1)) % 256);
      }
      Path one = Files.createDirectories(data.resolve("class " + k));
      ImageIO.write(image, "png", one.resolve("one.png").toFile());
    }
    return data;
  }
}
