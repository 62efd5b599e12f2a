package dev.semblance.core.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class DataSetsTest {
  @Test
  void fashionMnistIsWhatWasPublished() throws Exception {
    long start = System.nanoTime();
    try (ImageSet train = DataSets.open("fashion-mnist", Split.TRAIN, DataOptions.defaults());
        Scope scope = Scope.open()) {
      System.err.printf("fashion-mnist train: %.3f s%n", (System.nanoTime() - start) / 1e9);
      assertThat(train.size()).isEqualTo(60_000);
      assertThat(train.shape()).isEqualTo(new ImageShape(1, 28, 28));
      assertThat(train.label(0)).isEqualTo(9);
      assertThat(train.classNames().get(train.label(0))).isEqualTo("Ankle boot");
      long[] perClass = new long[10];
      Arrays.stream(train.labels()).forEach(label -> perClass[label]++);
      assertThat(perClass).containsOnly(6000);
      start = System.nanoTime();
      train.digest();
      System.err.printf("digest: %.3f s%n", (System.nanoTime() - start) / 1e9);
      Sampler sampler = Shuffled.of(60_000, 128, 1);
      for (int step = 0; step < 200; step++) {
        try (Scope inner = Scope.open()) {
          train.images(sampler.batch(step));
        }
      }
      start = System.nanoTime();
      for (int step = 0; step < 400; step++) {
        try (Scope inner = Scope.open()) {
          train.images(sampler.batch(step));
        }
      }
      System.err.printf("gather 128: %.4f ms%n", (System.nanoTime() - start) / 1e6 / 400);
      Tensor batch = train.images(5, 5, 59_999);
      assertThat(batch.shape()).isEqualTo(new long[] {3, 1, 28, 28});
      byte[] bytes = Ops.toBytes(batch);
      assertThat(Arrays.copyOf(bytes, 784)).isEqualTo(Arrays.copyOfRange(bytes, 784, 1568));
    }
  }
}
