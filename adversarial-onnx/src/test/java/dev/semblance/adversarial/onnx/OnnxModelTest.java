package dev.semblance.adversarial.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.adversarial.access.InputFormat;
import dev.semblance.adversarial.access.ScoreFormat;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On a file that this test writes byte by byte: convolution, pooling, a linear layer. */
class OnnxModelTest {
  @TempDir Path folder;
  private Scope scope;

  @BeforeEach
  void start() {
    scope = Scope.open();
  }

  @AfterEach
  void stop() {
    scope.close();
  }

  private Path write(String name, OnnxBytes graph) throws IOException {
    Path file = folder.resolve(name);
    Files.write(file, OnnxBytes.model(graph));
    return file;
  }

  /** [batch, 2, 8, 8] to 3 scores; channels last takes [batch, 8, 8, 2]. */
  private Path net(long batch, boolean channelsLast) throws IOException {
    OnnxBytes graph = new OnnxBytes();
    if (channelsLast) {
      graph.block(1, OnnxBytes.node("Transpose", "x", "first").attribute("perm", 0, 3, 1, 2));
    }
    graph
        .block(1, OnnxBytes.node("Conv", (channelsLast ? "first" : "x") + ",w,b", "c"))
        .block(1, OnnxBytes.node("Relu", "c", "r"))
        .block(
            1,
            OnnxBytes.node("MaxPool", "r", "p")
                .attribute("kernel_shape", 2, 2)
                .attribute("strides", 2, 2))
        .block(1, OnnxBytes.node("Flatten", "p", "f"))
        .block(1, OnnxBytes.node("Gemm", "f,v,a", "y").attribute("transB", 1))
        .text(2, "net")
        .block(5, OnnxBytes.tensor("w", wave(0.7, 4 * 2 * 9), 4, 2, 3, 3))
        .block(5, OnnxBytes.tensor("b", wave(1.1, 4), 4))
        .block(5, OnnxBytes.tensor("v", wave(0.37, 3 * 36), 3, 36))
        .block(5, OnnxBytes.tensor("a", wave(2.1, 3), 3))
        .block(
            11,
            channelsLast
                ? OnnxBytes.value("x", OnnxBytes.FLOAT, batch, 8, 8, 2)
                : OnnxBytes.value("x", OnnxBytes.FLOAT, batch, 2, 8, 8))
        .block(12, OnnxBytes.value("y", OnnxBytes.FLOAT, batch, 3));
    return write("net.onnx", graph);
  }

  private static float[] wave(double factor, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) Math.sin(i * factor);
    }
    return values;
  }

  private static Tensor rebuilt(Tensor x) {
    Tensor c =
        torch
            .conv2d(x, Ops.floats(wave(0.7, 72), 4, 2, 3, 3))
            .add(Ops.floats(wave(1.1, 4), 4, 1, 1));
    return torch
        .max_pool2d(c.relu(), 2, 2)
        .flatten(1, -1)
        .matmul(Ops.floats(wave(0.37, 108), 3, 36).t())
        .add(Ops.floats(wave(2.1, 3), 3));
  }

  private static Tensor images(int n) {
    float[] values = new float[n * 128];
    Rng rng = Rng.of(4, Rng.Purpose.OTHER);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) rng.uniform(0, 1);
    }
    return Ops.floats(values, n, 2, 8, 8);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1, 4})
  void agreesWithTheNetRebuiltAndCounts(long batch) throws IOException {
    for (boolean channelsLast : new boolean[] {false, true}) {
      try (OnnxModel model = OnnxModel.open(net(batch, channelsLast), InputFormat.of(), 2, 8, 8)) {
        ScoreOracle oracle = model.oracle();
        assertThat(oracle.classes()).isEqualTo(3);
        Tensor images = images(7);
        Tensor scores = oracle.scores(images);
        assertThat(scores.scalar_type().intern()).isEqualTo(ScalarType.Float);
        assertThat(Ops.toDoubles(scores))
            .containsExactly(Ops.toDoubles(rebuilt(images)), within(2e-5));
        assertThat(oracle.queries()).as("filling is not counted").isEqualTo(7);
        Tensor exact = oracle.scores(images.to(ScalarType.Double));
        assertThat(Ops.toDoubles(exact)).containsExactly(Ops.toDoubles(scores), within(1e-6));
      }
    }
  }

  @Test
  void normalisesAsDeclared() throws IOException {
    InputFormat input =
        InputFormat.of()
            .withBox(new Box(0, 255))
            .withNormalisation(List.of(10.0, 20.0), List.of(50.0, 70.0));
    try (OnnxModel model = OnnxModel.open(net(-1, false), input, 2, 8, 8)) {
      assertThat(model.oracle().box()).isEqualTo(new Box(0, 255));
      Tensor images = images(3).mul(Ops.scalar(255));
      Tensor normal =
          images
              .sub(Ops.floats(new float[] {10, 20}, 2, 1, 1))
              .div(Ops.floats(new float[] {50, 70}, 2, 1, 1));
      assertThat(Ops.toDoubles(model.oracle().scores(images)))
          .containsExactly(Ops.toDoubles(rebuilt(normal)), within(1e-4));
    }
  }

  @Test
  void isFoundWhereTheModuleIs() throws IOException {
    List<ScoreFormat> formats =
        ServiceLoader.load(ScoreFormat.class).stream().map(ServiceLoader.Provider::get).toList();
    assertThat(formats).hasSize(1);
    ScoreFormat format = formats.getFirst();
    assertThat(format.reads(Path.of("a/b.ONNX"))).isTrue();
    assertThat(format.reads(Path.of("a/b.pt"))).isFalse();
    try (ScoreFormat.ScoreModel model = format.open(net(-1, false), InputFormat.of(), 2, 8, 8)) {
      assertThat(model.oracle().scores(images(2)).shape()).containsExactly(2, 3);
    }
  }

  @Test
  void refusesImagesOfAnotherShape() throws IOException {
    Path file = net(-1, false);
    assertThatThrownBy(() -> OnnxModel.open(file, InputFormat.of(), 3, 8, 8))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(
            "net.onnx: takes images [any, 2, 8, 8], not [3, 8, 8]; give the shape it takes");
    try (OnnxModel model = OnnxModel.open(file, InputFormat.of(), 2, 8, 8)) {
      assertThatThrownBy(() -> model.oracle().scores(Ops.zeros(ScalarType.Float, 1, 2, 9, 9)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("net.onnx: ONNX Runtime fails")
          .message()
          .doesNotContain("\n");
    }
  }

  @Test
  void refusesWhatGivesNoScores() throws IOException {
    OnnxBytes one = new OnnxBytes().block(1, OnnxBytes.node("Flatten", "x", "y")).text(2, "g");
    Path features =
        write(
            "one.onnx",
            one.block(11, OnnxBytes.value("x", OnnxBytes.FLOAT, -1, 1, 1, 1))
                .block(12, OnnxBytes.value("y", OnnxBytes.FLOAT, -1, 1)));
    assertThatThrownBy(() -> OnnxModel.open(features, InputFormat.of(), 1, 1, 1))
        .hasMessageContaining("one.onnx: gives 1 score an image, not 2 or more");
    OnnxBytes same = new OnnxBytes().block(1, OnnxBytes.node("Relu", "x", "y")).text(2, "g");
    Path picture =
        write(
            "picture.onnx",
            same.block(11, OnnxBytes.value("x", OnnxBytes.FLOAT, -1, 1, 2, 2))
                .block(12, OnnxBytes.value("y", OnnxBytes.FLOAT, -1, 1, 2, 2)));
    assertThatThrownBy(() -> OnnxModel.open(picture, InputFormat.of(), 1, 2, 2))
        .hasMessageContaining("picture.onnx: has no output of scores [n, classes], but [y]");
    OnnxBytes sum = new OnnxBytes().block(1, OnnxBytes.node("Add", "x,z", "y")).text(2, "g");
    Path two =
        write(
            "two.onnx",
            sum.block(11, OnnxBytes.value("x", OnnxBytes.FLOAT, -1, 2))
                .block(11, OnnxBytes.value("z", OnnxBytes.FLOAT, -1, 2))
                .block(12, OnnxBytes.value("y", OnnxBytes.FLOAT, -1, 2)));
    assertThatThrownBy(() -> OnnxModel.open(two, InputFormat.of(), 2))
        .hasMessageContaining("two.onnx: has inputs [x, z], not one");
    OnnxBytes whole = new OnnxBytes().block(1, OnnxBytes.node("Flatten", "x", "y")).text(2, "g");
    Path integers =
        write(
            "integers.onnx",
            whole
                .block(11, OnnxBytes.value("x", OnnxBytes.UINT8, -1, 1, 2, 2))
                .block(12, OnnxBytes.value("y", OnnxBytes.UINT8, -1, 4)));
    assertThatThrownBy(() -> OnnxModel.open(integers, InputFormat.of(), 1, 2, 2))
        .hasMessageContaining("integers.onnx: takes")
        .hasMessageContaining("export it with an input of float32 or float64 images");
  }

  /** At every place of the file: refused in one line, or opened; never a crash. */
  @Test
  void refusesDamagedFilesInOneLine() throws IOException {
    byte[] bytes = Files.readAllBytes(net(-1, false));
    Path damaged = folder.resolve("damaged.onnx");
    for (int length : new int[] {0, 1, 10, 200, bytes.length / 2, bytes.length - 1}) {
      Files.write(damaged, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> OnnxModel.open(damaged, InputFormat.of(), 2, 8, 8))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("damaged.onnx: ")
          .message()
          .doesNotContain("\n");
    }
    Files.writeString(damaged, "<html>not found</html>");
    assertThatThrownBy(() -> OnnxModel.open(damaged, InputFormat.of(), 2, 8, 8))
        .hasMessageContaining("damaged.onnx: ONNX Runtime cannot read it");
    assertThatThrownBy(() -> OnnxModel.open(folder.resolve("none.onnx"), InputFormat.of(), 2, 8, 8))
        .hasMessageContaining("none.onnx: no such file");
  }
}
