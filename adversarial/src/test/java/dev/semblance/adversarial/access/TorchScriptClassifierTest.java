package dev.semblance.adversarial.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Against {@code tiny.pt}, which PyTorch 1.13.0 wrote:
 *
 * <pre>{@code
 * class Tiny(nn.Module):
 *     def __init__(self):
 *         super().__init__()
 *         self.conv = nn.Conv2d(1, 4, 3)
 *         self.norm = nn.BatchNorm2d(4)
 *         self.drop = nn.Dropout(0.5)
 *         self.fc = nn.Linear(36, 3)
 *
 *     def forward(self, x):
 *         x = torch.max_pool2d(torch.relu(self.norm(self.conv(x))), 2)
 *         return self.fc(self.drop(x.flatten(1)))
 *
 * def wave(tensor, factor, shift=0.0):
 *     ramp = torch.arange(tensor.numel(), dtype=torch.float64)
 *     tensor.copy_((torch.sin(ramp * factor) + shift).reshape(tensor.shape).float())
 *
 * net = Tiny()
 * with torch.no_grad():
 *     wave(net.conv.weight, 0.7)
 *     wave(net.conv.bias, 1.1)
 *     wave(net.norm.weight, 0.5, 2.0)
 *     wave(net.norm.bias, 0.9)
 *     wave(net.norm.running_mean, 1.3)
 *     wave(net.norm.running_var, 0.3, 1.5)
 *     wave(net.fc.weight, 0.37)
 *     wave(net.fc.bias, 2.1)
 * net.train()  # as careless people save it: dropout and batch statistics must be switched off
 * torch.jit.script(net).save("tiny.pt")
 * net.eval()
 * x = torch.linspace(0, 1, 128).reshape(2, 1, 8, 8).requires_grad_(True)
 * print(net(x))
 * net(x).log_softmax(1)[:, 0].sum().backward()
 * print(x.grad[0, 0, 3])
 * }</pre>
 */
class TorchScriptClassifierTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void copy() throws IOException {
    file = folder.resolve("tiny.pt");
    try (InputStream stream = TorchScriptClassifierTest.class.getResourceAsStream("tiny.pt")) {
      Files.copy(stream, file);
    }
  }

  @Test
  void answersAsPyTorchDoes() throws IOException {
    try (Scope scope = Scope.open();
        TorchScriptClassifier model = TorchScriptClassifier.open(file, InputFormat.of(), 1, 8, 8)) {
      assertThat(model.classes()).isEqualTo(3);
      assertThat(model.box()).isEqualTo(Box.UNIT);
      Tensor x = ramp(2).requires_grad_(true);
      Tensor logits = model.logits(x);
      assertThat(Ops.toDoubles(logits))
          .containsExactly(
              new double[] {-0.1179, 1.3652, -0.0215, -0.0832, 1.3837, -0.0293}, within(6e-5));
      Tensor objective = logits.log_softmax(1).select(1, 0).sum();
      Tensor gradient = torch.grad(new TensorVector(objective), new TensorVector(x)).get(0);
      assertThat(Ops.toDoubles(gradient.select(0, 0).select(0, 0).select(0, 3)))
          .containsExactly(
              new double[] {-0.4442, -0.1527, -0.5619, -0.2714, -0.6389, -0.3533, 0.4559, 0.0000},
              within(6e-5));
    }
  }

  /** The net rebuilt from our operations, with the same weights and the normalisation outside. */
  @Test
  void agreesWithTheNetRebuilt() throws IOException {
    InputFormat input =
        InputFormat.of().withBox(new Box(0, 255)).withNormalisation(List.of(120.0), List.of(60.0));
    try (Scope scope = Scope.open();
        TorchScriptClassifier model = TorchScriptClassifier.open(file, input, 1, 8, 8)) {
      for (int batch : new int[] {5, 1, 5, 5}) {
        Tensor x = ramp(batch).mul(Ops.scalar(255)).detach().requires_grad_(true);
        Tensor theirs = model.logits(x);
        Tensor own = rebuilt(x.sub(Ops.scalar(120)).div(Ops.scalar(60)));
        assertThat(Ops.toDoubles(theirs)).containsExactly(Ops.toDoubles(own), within(1e-5));
        assertThat(gradient(theirs, x)).containsExactly(gradient(own, x), within(1e-6));
      }
    }
  }

  @Test
  void saysTheSameBitsAgainAndKeepsTheTypeOfImages() throws IOException {
    try (Scope scope = Scope.open();
        TorchScriptClassifier model = TorchScriptClassifier.open(file, InputFormat.of(), 1, 8, 8)) {
      double[][] logits = new double[6][];
      double[][] gradients = new double[6][];
      for (int i = 0; i < 6; i++) {
        Tensor x = ramp(7).requires_grad_(true);
        Tensor z = model.logits(x);
        logits[i] = Ops.toDoubles(z);
        gradients[i] = gradient(z, x);
        assertThat(logits[i]).isEqualTo(logits[0]);
        assertThat(gradients[i]).isEqualTo(gradients[0]);
      }
      Tensor exact = ramp(7).to(ScalarType.Double);
      Tensor z = model.logits(exact);
      assertThat(z.scalar_type().intern()).isEqualTo(ScalarType.Double);
      assertThat(Ops.toDoubles(z)).containsExactly(logits[0], within(1e-6));
    }
  }

  @Test
  void refusesImagesOfAnotherShapeInOneLine() {
    assertThatThrownBy(() -> TorchScriptClassifier.open(file, InputFormat.of(), 3, 8, 8))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tiny.pt: fails on an image of [3, 8, 8]")
        .hasMessageContaining("to have 1 channels, but got 3 channels")
        .message()
        .doesNotContain("\n");
    InputFormat colour =
        InputFormat.of().withNormalisation(List.of(0.1, 0.2, 0.3), List.of(1.0, 1.0, 1.0));
    assertThatThrownBy(() -> TorchScriptClassifier.open(file, colour, 1, 8, 8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one for each channel of images [1, 1, 8, 8], got 3");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 5000, 14000})
  void refusesATruncatedFileInOneLine(int length) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, length));
    assertThatThrownBy(() -> TorchScriptClassifier.open(file, InputFormat.of(), 1, 8, 8))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tiny.pt: is no whole TorchScript file")
        .message()
        .doesNotContain("\n");
  }

  /** Every place of the file: either it is refused in one line, or what is computed is the same. */
  @Test
  void neverComputesWithDamagedWeights() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int refused = 0;
    try (Scope scope = Scope.open()) {
      double[] right = answer(file);
      Path damaged = folder.resolve("damaged.pt");
      for (int at = 7; at < bytes.length; at += 397) {
        byte[] copy = bytes.clone();
        copy[at] ^= 0x41;
        Files.write(damaged, copy);
        try {
          assertThat(answer(damaged)).as("byte " + at).isEqualTo(right);
        } catch (IOException e) {
          refused++;
          assertThat(e.getMessage()).contains("damaged.pt").doesNotContain("\n");
        }
      }
    }
    assertThat(refused).isGreaterThan(10);
  }

  @Test
  void refusesWhatIsNoTorchScript() throws IOException {
    Path weights = folder.resolve("weights.pt");
    try (OutputStream out = Files.newOutputStream(weights);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write(new byte[] {1, 2, 3});
    }
    assertThatThrownBy(() -> TorchScriptClassifier.open(weights, InputFormat.of(), 1, 8, 8))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(
            "weights.pt: holds weights without the net's code, as torch.save writes them; write it"
                + " with torch.jit.script");
    Path code = folder.resolve("code.pt");
    try (OutputStream out = Files.newOutputStream(code);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("archive/code/net.py"));
      zip.write("nonsense".getBytes(StandardCharsets.UTF_8));
    }
    assertThatThrownBy(() -> TorchScriptClassifier.open(code, InputFormat.of(), 1, 8, 8))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("code.pt: libtorch cannot read it")
        .message()
        .doesNotContain("\n");
    assertThatThrownBy(
            () -> TorchScriptClassifier.open(folder.resolve("none.pt"), InputFormat.of(), 1, 8, 8))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none.pt: no such file");
  }

  private static double[] answer(Path file) throws IOException {
    try (Scope scope = Scope.open();
        TorchScriptClassifier model = TorchScriptClassifier.open(file, InputFormat.of(), 1, 8, 8)) {
      return Ops.toDoubles(model.logits(ramp(2)));
    }
  }

  private static double[] gradient(Tensor logits, Tensor x) {
    Tensor objective = logits.log_softmax(1).select(1, 0).sum();
    return Ops.toDoubles(torch.grad(new TensorVector(objective), new TensorVector(x)).get(0));
  }

  private static Tensor ramp(int batch) {
    float[] values = new float[batch * 64];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((double) i / (values.length - 1));
    }
    return Ops.floats(values, batch, 1, 8, 8);
  }

  private static Tensor rebuilt(Tensor x) {
    Tensor convolved = torch.conv2d(x, wave(0.7, 0, 4, 1, 3, 3)).add(wave(1.1, 0, 4, 1, 1));
    Tensor mean = wave(1.3, 0, 4, 1, 1);
    Tensor scale = wave(0.5, 2, 4, 1, 1).div(wave(0.3, 1.5, 4, 1, 1).add(Ops.scalar(1e-5)).sqrt());
    Tensor normal = convolved.sub(mean).mul(scale).add(wave(0.9, 0, 4, 1, 1));
    Tensor pooled = torch.max_pool2d(normal.relu(), 2, 2).flatten(1, -1);
    return pooled.matmul(wave(0.37, 0, 3, 36).t()).add(wave(2.1, 0, 3));
  }

  private static Tensor wave(double factor, double shift, long... shape) {
    float[] values = new float[Math.toIntExact(dev.semblance.core.tensor.Shapes.count(shape))];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (Math.sin(i * factor) + shift);
    }
    return Ops.floats(values, shape);
  }
}
