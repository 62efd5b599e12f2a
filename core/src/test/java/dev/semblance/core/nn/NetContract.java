package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.tensor.NativeRuntime;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds for every net that a file can rebuild. */
abstract class NetContract {
  @TempDir Path folder;

  /** A net of toy size. */
  abstract Architecture architecture();

  /** The shape of one input, without the batch. */
  abstract long[] inputShape();

  /** The width of {@link Net#forward}'s rows. */
  abstract int outputWidth();

  @Test
  void weightsOutliveTheScopeTheyWereMadeIn() {
    Net net;
    try (Scope scope = Scope.open()) {
      net = architecture().build(1);
    }
    try (net;
        Scope scope = Scope.open()) {
      net.weights().all().values().forEach(weight -> assertThat(weight.isNull()).isFalse());
      assertThat(Ops.toFloats(net.forward(input(1, 1), Mode.INFERENCE))).doesNotContain(Float.NaN);
    }
  }

  @Test
  void outputsHaveTheirWidths() {
    try (Scope scope = Scope.open();
        Net net = architecture().build(1)) {
      assertThat(net.features(input(3, 1), Mode.INFERENCE).shape())
          .containsExactly(3, net.featureWidth());
      assertThat(net.forward(input(3, 1), Mode.INFERENCE).shape())
          .containsExactly(3, outputWidth());
      assertThat(net.architecture()).isEqualTo(architecture());
    }
  }

  @Test
  void theSeedDecidesTheWeights() {
    try (Scope scope = Scope.open();
        Net net = architecture().build(1);
        Net same = architecture().build(1);
        Net other = architecture().build(2)) {
      float[] output = Ops.toFloats(net.forward(input(2, 1), Mode.INFERENCE));
      assertThat(Ops.toFloats(same.forward(input(2, 1), Mode.INFERENCE))).isEqualTo(output);
      assertThat(Ops.toFloats(other.forward(input(2, 1), Mode.INFERENCE))).isNotEqualTo(output);
    }
  }

  @Test
  void inferenceRepeatsItselfAndChangesNothing() {
    try (Scope scope = Scope.open();
        Net net = architecture().build(1)) {
      Map<String, float[]> before = values(net);
      float[] first = Ops.toFloats(net.forward(input(4, 1), Mode.INFERENCE));
      assertThat(Ops.toFloats(net.forward(input(4, 1), Mode.INFERENCE))).isEqualTo(first);
      values(net).forEach((name, now) -> assertThat(now).as(name).isEqualTo(before.get(name)));
    }
  }

  @Test
  void aRowDoesNotDependOnItsNeighbours() {
    try (Scope scope = Scope.open();
        Net net = architecture().build(1)) {
      Tensor batch = input(5, 1);
      Tensor together = net.forward(batch, Mode.INFERENCE);
      for (int i = 0; i < 5; i++) {
        Tensor alone = net.forward(batch.narrow(0, i, 1), Mode.INFERENCE);
        assertThat(alone.sub(together.narrow(0, i, 1)).abs().max().item_double())
            .isLessThan(1e-5 * Math.max(1, together.abs().max().item_double()));
      }
    }
  }

  @Test
  void trainingChangesTheBuffersOnly() {
    try (Scope scope = Scope.open();
        Net net = architecture().build(1)) {
      Map<String, float[]> before = values(net);
      net.forward(input(4, 1), Mode.TRAINING);
      net.weights()
          .buffers()
          .forEach(
              (name, buffer) ->
                  assertThat(Ops.toFloats(buffer)).as(name).isNotEqualTo(before.get(name)));
      net.weights()
          .parameters()
          .forEach(
              (name, weight) ->
                  assertThat(Ops.toFloats(weight)).as(name).isEqualTo(before.get(name)));
    }
  }

  @Test
  void aFileBringsBackTheSameBits() throws IOException {
    Path file = folder.resolve("net.safetensors");
    Path again = folder.resolve("again.safetensors");
    Preprocessing preprocessing = Preprocessing.of(new ImageShape(1, 4, 4));
    try (Scope scope = Scope.open();
        Net net = architecture().build(1)) {
      net.forward(input(4, 1), Mode.TRAINING);
      ModelFile.save(file, net, preprocessing, List.of("a", "b"), Map.of("note", "x"));
      try (Model model = ModelFile.load(file)) {
        assertThat(model.net().architecture()).isEqualTo(architecture());
        assertThat(model.preprocessing()).isEqualTo(preprocessing);
        assertThat(model.classNames()).containsExactly("a", "b");
        assertThat(model.metadata()).containsEntry("note", "x");
        Map<String, float[]> wanted = values(net);
        assertThat(values(model.net()).keySet()).containsExactlyElementsOf(wanted.keySet());
        values(model.net())
            .forEach((name, now) -> assertThat(now).as(name).isEqualTo(wanted.get(name)));
        model
            .net()
            .weights()
            .parameters()
            .values()
            .forEach(weight -> assertThat(weight.requires_grad()).isTrue());
        assertThat(Ops.toFloats(model.net().forward(input(2, 2), Mode.INFERENCE)))
            .isEqualTo(Ops.toFloats(net.forward(input(2, 2), Mode.INFERENCE)));
        ModelFile.save(
            again, model.net(), model.preprocessing(), model.classNames(), model.metadata());
      }
    }
    assertThat(Files.readAllBytes(again)).isEqualTo(Files.readAllBytes(file));
  }

  @Test
  void gradientsAreThoseOfFiniteDifferences() {
    for (Mode mode : Mode.values()) {
      try (Scope scope = Scope.open();
          Net net = architecture().build(3)) {
        // In float64, where such a difference means something.
        net.weights().all().values().forEach(w -> w.set_data(w.detach().to(ScalarType.Double)));
        Tensor input = input(3, 5).to(ScalarType.Double);
        Tensor probe = random(7, 3, outputWidth()).to(ScalarType.Double);
        Map<String, Tensor> directions = new LinkedHashMap<>();
        double expected = 0;
        net.forward(input, mode).mul(probe).sum().backward();
        for (Map.Entry<String, Tensor> weight : net.weights().parameters().entrySet()) {
          Tensor gradient = weight.getValue().grad();
          Tensor direction =
              random(weight.getKey().hashCode(), weight.getValue().shape()).to(ScalarType.Double);
          directions.put(weight.getKey(), direction);
          expected += gradient.mul(direction).sum().item_double();
          if (mode == Mode.INFERENCE) {
            assertThat(gradient.abs().max().item_double()).as(weight.getKey()).isPositive();
          }
        }
        double step = 1e-8; // Small, so that hardly any ReLU changes sides.
        double plus = shifted(net, directions, step, input, probe, mode);
        double minus = shifted(net, directions, -2 * step, input, probe, mode);
        assertThat((plus - minus) / (2 * step))
            .as("directional derivative, %s", mode)
            .isCloseTo(expected, within(1e-4 * Math.max(1, Math.abs(expected))));
      }
    }
  }

  @Test
  void closingGivesTheMemoryBack() {
    long bytes;
    try (Net net = architecture().build(1)) {
      bytes = 4 * net.weights().all().values().stream().mapToLong(Tensor::numel).sum();
    }
    // Leaked, these rounds would hold 96 MiB.
    long rounds = Math.min(2000, Math.max(8, (96L << 20) / bytes));
    build(Math.max(4, rounds / 8));
    long before = NativeRuntime.residentBytes();
    build(rounds);
    assertThat(NativeRuntime.residentBytes() - before)
        .isLessThan(Math.max(24L << 20, rounds * bytes / 3));
  }

  private void build(long rounds) {
    for (long i = 0; i < rounds; i++) {
      try (Scope scope = Scope.open();
          Net net = architecture().build(i)) {
        net.weights().all();
      }
    }
  }

  private static double shifted(
      Net net, Map<String, Tensor> directions, double step, Tensor input, Tensor probe, Mode mode) {
    return Ops.withoutGradient(
        () -> {
          net.weights()
              .parameters()
              .forEach((name, w) -> w.add_(directions.get(name), Ops.scalar(step)));
          return net.forward(input, mode).mul(probe).sum().item_double();
        });
  }

  final Tensor input(int n, long seed) {
    long[] shape = new long[inputShape().length + 1];
    shape[0] = n;
    System.arraycopy(inputShape(), 0, shape, 1, inputShape().length);
    return random(seed, shape);
  }

  private static Tensor random(long seed, long... shape) {
    int count = 1;
    for (long length : shape) {
      count *= (int) length;
    }
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) rng.uniform(-1.5, 1.5);
    }
    return Ops.floats(values, shape);
  }

  private static Map<String, float[]> values(Net net) {
    Map<String, float[]> values = new LinkedHashMap<>();
    net.weights().all().forEach((name, tensor) -> values.put(name, Ops.toFloats(tensor)));
    return values;
  }
}
