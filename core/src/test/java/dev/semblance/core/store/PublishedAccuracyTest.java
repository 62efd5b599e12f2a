package dev.semblance.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.nn.Mode;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.testkit.NeedsData;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@NeedsData
class PublishedAccuracyTest {
  private static final int BATCH = 250;
  private static byte[] pixels = new byte[0];
  private static long[] labels = new long[0];

  @BeforeAll
  static void readImages() throws IOException {
    try (ZipFile zip = new ZipFile(SharedData.file("cifar10/test.zip").toFile())) {
      List<ZipEntry> entries = new ArrayList<>(Collections.list(zip.entries()));
      entries.removeIf(entry -> !entry.getName().endsWith(".png"));
      pixels = new byte[entries.size() * 3072];
      labels = new long[entries.size()];
      for (int i = 0; i < entries.size(); i++) {
        labels[i] = Pretrained.CIFAR10.indexOf(entries.get(i).getName().split("/")[1]);
        try (InputStream stream = zip.getInputStream(entries.get(i))) {
          SharedData.planes(
              Objects.requireNonNull(ImageIO.read(stream)), 0, 0, 32, pixels, i * 3072);
        }
      }
    }
    assertThat(labels).hasSize(10_000).doesNotContain(-1);
  }

  @Test
  void leNetGetsExactlyItsPublishedAccuracy() throws IOException {
    assertThat(right("cifar10-models/lenet.safetensors")).isEqualTo(7_488);
  }

  @Test
  void resNet32GetsExactlyItsPublishedAccuracy() throws IOException {
    assertThat(right("cifar10-models/resnet32.safetensors")).isEqualTo(9_231);
  }

  @Test
  void squeezeNetGivesTheReferenceLogits() throws IOException {
    List<String[]> rows =
        Files.readAllLines(SharedData.file("squeezenet1_1/reference_top5.csv")).stream()
            .skip(1)
            .map(line -> line.split(","))
            .toList();
    assertThat(rows).hasSize(25);
    try (Model model =
        Pretrained.open(SharedData.file("squeezenet1_1/squeezenet1_1.safetensors"))) {
      assertThat(model.classNames()).hasSize(1000).doesNotHaveDuplicates();
      for (int i = 0; i < rows.size(); i += 5) {
        float[] logits = logits(model, rows.get(i));
        List<Integer> order =
            IntStream.range(0, 1000)
                .boxed()
                .sorted(Comparator.comparingDouble(k -> -logits[k]))
                .toList();
        for (int rank = 0; rank < 5; rank++) {
          String[] row = rows.get(i + rank);
          int label = Integer.parseInt(row[4]);
          assertThat(order.get(rank)).as(row[0]).isEqualTo(label);
          assertThat((double) logits[label]).isCloseTo(Double.parseDouble(row[5]), within(2e-3));
          assertThat(model.classNames().get(label)).isEqualTo(row[6]);
        }
      }
    }
  }

  /** The crop of 224x224 pixels at the place a row of the reference names. */
  private static float[] logits(Model model, String[] row) throws IOException {
    BufferedImage image = SharedData.image("photos/" + row[0]);
    byte[] crop = new byte[3 * 224 * 224];
    SharedData.planes(image, Integer.parseInt(row[1]), Integer.parseInt(row[2]), 224, crop, 0);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor input = model.preprocessing().apply(Ops.bytes(crop, 1, 3, 224, 224));
            return Ops.toFloats(model.net().forward(input, Mode.INFERENCE));
          }
        });
  }

  private static int right(String file) throws IOException {
    int right = 0;
    try (Model model = Pretrained.open(SharedData.file(file))) {
      for (int from = 0; from < labels.length; from += BATCH) {
        byte[] batch = Arrays.copyOfRange(pixels, from * 3072, (from + BATCH) * 3072);
        long[] predicted = predict(model, batch);
        for (int i = 0; i < BATCH; i++) {
          right += predicted[i] == labels[from + i] ? 1 : 0;
        }
      }
    }
    return right;
  }

  private static long[] predict(Model model, byte[] batch) {
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor images = model.preprocessing().apply(Ops.bytes(batch, BATCH, 3, 32, 32));
            Tensor logits = model.net().forward(images, Mode.INFERENCE);
            return Ops.toLongs(logits.argmax(new LongOptional(1), false));
          }
        });
  }
}
