package dev.semblance.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.nn.Mode;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

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
