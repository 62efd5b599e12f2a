package dev.semblance.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.DoubleBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** What every loss on a batch of embeddings holds to. */
public abstract class EmbeddingLossContract {
  /**
   * What a loss returns.
   *
   * @param gradient [n, d]
   */
  public record Outcome(double value, Tensor gradient, long active, long valid) {}

  /** A loss on embeddings [n, d], labels [n] and samples [n]. */
  @FunctionalInterface
  public interface Loss {
    /** The loss of a batch, in the innermost scope. */
    Outcome of(Tensor embeddings, Tensor labels, Tensor samples);
  }

  /** The loss under test. */
  protected abstract Loss loss();

  /** True if a batch of one class is a batch without items. */
  protected boolean needsNegatives() {
    return true;
  }

  /** True if a batch in which every row is of another class is a batch without items. */
  protected boolean needsPositives() {
    return true;
  }

  /** True if rows of one sample are neither positive nor negative. */
  protected boolean excludesOwnSample() {
    return true;
  }

  /** Rows a batch of this loss may have, 12 or more. */
  protected int rows() {
    return 12;
  }

  /** The embedding size. */
  protected int columns() {
    return 5;
  }

  /** Labels of the batch: 4 classes unless overridden. */
  protected long[] labels() {
    return IntStream.range(0, rows()).mapToLong(i -> i % 4).toArray();
  }

  /** Embeddings of the batch: a random direction each, of about unit length. */
  protected double[] values(long seed) {
    Random random = new Random(seed);
    double[] values = new double[rows() * columns()];
    for (int i = 0; i < rows(); i++) {
      double square = 0;
      for (int k = 0; k < columns(); k++) {
        double value = random.nextGaussian();
        values[i * columns() + k] = value;
        square += value * value;
      }
      for (int k = 0; k < columns(); k++) {
        values[i * columns() + k] /= Math.sqrt(square);
      }
    }
    return values;
  }

  /** The step of the finite differences. */
  protected double step() {
    return 1e-6;
  }

  private long[] ownSamples() {
    return IntStream.range(0, rows()).mapToLong(i -> 100 + i).toArray();
  }

  private Outcome outcome(double[] values, long[] labels, long[] samples) {
    Tensor embeddings = Tensor.create(values, new long[] {labels.length, columns()});
    return loss().of(embeddings, Tensor.create(labels), Tensor.create(samples));
  }

  private static double[] doubles(Tensor tensor) {
    try (PointerScope scope = new PointerScope()) {
      Tensor flat = tensor.to(ScalarType.Double).contiguous();
      double[] values = new double[(int) flat.numel()];
      DoubleBuffer buffer = new DoublePointer(flat.data_ptr()).capacity(values.length).asBuffer();
      buffer.get(values);
      return values;
    }
  }

  @Test
  void gradientAgreesWithFiniteDifferences() {
    try (PointerScope scope = new PointerScope()) {
      double[] values = values(1);
      Outcome outcome = outcome(values, labels(), ownSamples());
      assertThat(outcome.active()).isPositive();
      double[] gradient = doubles(outcome.gradient());
      double largest = Arrays.stream(gradient).map(Math::abs).max().orElse(0);
      assertThat(largest).isPositive();
      for (int k = 0; k < values.length; k++) {
        double[] moved = values.clone();
        moved[k] += step();
        double up = outcome(moved, labels(), ownSamples()).value();
        moved[k] = values[k] - step();
        double down = outcome(moved, labels(), ownSamples()).value();
        assertThat(gradient[k])
            .as("derivative by element %d", k)
            .isCloseTo((up - down) / (2 * step()), within(1e-5 * Math.max(1, largest)));
      }
    }
  }

  @Test
  void gradientIsOfTheEmbeddingsShapeAndType() {
    try (PointerScope scope = new PointerScope()) {
      Tensor wide = Tensor.create(values(2), new long[] {rows(), columns()});
      Tensor labels = Tensor.create(labels());
      Tensor samples = Tensor.create(ownSamples());
      Outcome exact = loss().of(wide, labels, samples);
      Outcome single = loss().of(wide.to(ScalarType.Float), labels, samples);
      assertThat(exact.gradient().scalar_type().intern()).isEqualTo(ScalarType.Double);
      assertThat(single.gradient().scalar_type().intern()).isEqualTo(ScalarType.Float);
      assertThat(single.gradient().shape()).containsExactly(rows(), columns());
      assertThat(single.value()).isCloseTo(exact.value(), within(1e-4 * scale(exact.value())));
      double[] a = doubles(exact.gradient());
      double[] b = doubles(single.gradient());
      double largest = Arrays.stream(a).map(Math::abs).max().orElse(0);
      for (int k = 0; k < a.length; k++) {
        assertThat(b[k]).isCloseTo(a[k], within(1e-3 * Math.max(largest, 1e-3)));
      }
    }
  }

  @Test
  void permutedBatchHasPermutedGradient() {
    try (PointerScope scope = new PointerScope()) {
      List<Integer> order = IntStream.range(0, rows()).boxed().collect(Collectors.toList());
      Collections.shuffle(order, new Random(3));
      double[] values = values(3);
      double[] permuted = new double[values.length];
      long[] labels = new long[rows()];
      long[] samples = new long[rows()];
      for (int i = 0; i < rows(); i++) {
        int from = order.get(i);
        System.arraycopy(values, from * columns(), permuted, i * columns(), columns());
        labels[i] = labels()[from];
        samples[i] = ownSamples()[from];
      }
      Outcome straight = outcome(values, labels(), ownSamples());
      Outcome shuffled = outcome(permuted, labels, samples);
      assertThat(shuffled.active()).isEqualTo(straight.active());
      assertThat(shuffled.valid()).isEqualTo(straight.valid());
      assertThat(shuffled.value())
          .isCloseTo(straight.value(), within(1e-12 * scale(straight.value())));
      double[] a = doubles(straight.gradient());
      double[] b = doubles(shuffled.gradient());
      for (int i = 0; i < rows(); i++) {
        for (int k = 0; k < columns(); k++) {
          assertThat(b[i * columns() + k])
              .isCloseTo(a[order.get(i) * columns() + k], within(1e-11 * scale(straight.value())));
        }
      }
    }
  }

  @Test
  void batchWithoutItemsIsZero() {
    try (PointerScope scope = new PointerScope()) {
      long[] one = new long[rows()];
      long[] each = IntStream.range(0, rows()).mapToLong(i -> i).toArray();
      if (needsNegatives()) {
        assertNothing(outcome(values(4), one, ownSamples()));
      }
      if (needsPositives()) {
        assertNothing(outcome(values(4), each, ownSamples()));
      }
      if (excludesOwnSample()) {
        assertNothing(outcome(values(4), labels(), new long[rows()]));
      }
    }
  }

  private void assertNothing(Outcome outcome) {
    assertThat(outcome.value()).isZero();
    assertThat(outcome.active()).isZero();
    assertThat(outcome.valid()).isZero();
    assertThat(doubles(outcome.gradient())).hasSize(rows() * columns()).containsOnly(0);
  }

  @Test
  void equalRowsGiveFiniteGradients() {
    try (PointerScope scope = new PointerScope()) {
      double[] equal = new double[rows() * columns()];
      for (int i = 0; i < equal.length; i++) {
        equal[i] = i % columns() == 0 ? 1 : 0;
      }
      Outcome outcome = outcome(equal, labels(), ownSamples());
      assertThat(outcome.value()).isFinite();
      assertThat(Arrays.stream(doubles(outcome.gradient())).allMatch(Double::isFinite)).isTrue();
      Outcome zeros = outcome(new double[equal.length], labels(), ownSamples());
      assertThat(zeros.value()).isFinite();
      assertThat(Arrays.stream(doubles(zeros.gradient())).allMatch(Double::isFinite)).isTrue();
    }
  }

  @Test
  void leavesNoGraph() {
    try (PointerScope scope = new PointerScope()) {
      Tensor embeddings = Tensor.create(values(5), new long[] {rows(), columns()});
      embeddings.set_requires_grad(true);
      Tensor inner = embeddings.mul(embeddings); // not a leaf, as a net's output
      Outcome outcome = loss().of(inner, Tensor.create(labels()), Tensor.create(ownSamples()));
      assertThat(outcome.gradient().requires_grad()).isFalse();
      assertThat(embeddings.grad().defined()).isFalse();
      inner.backward(outcome.gradient(), new BoolOptional(), false, new TensorArrayRefOptional());
      assertThat(embeddings.grad().defined()).isTrue();
    }
  }

  @Test
  void sameInputGivesTheSameBits() {
    try (PointerScope scope = new PointerScope()) {
      Outcome first = outcome(values(6), labels(), ownSamples());
      Outcome second = outcome(values(6), labels(), ownSamples());
      assertThat(second.value()).isEqualTo(first.value());
      assertThat(doubles(second.gradient())).containsExactly(doubles(first.gradient()));
    }
  }

  @Test
  void refusesWhatIsNoBatch() {
    try (PointerScope scope = new PointerScope()) {
      Tensor embeddings = Tensor.create(values(7), new long[] {rows(), columns()});
      Tensor labels = Tensor.create(labels());
      Tensor samples = Tensor.create(ownSamples());
      Tensor fewer = Tensor.create(Arrays.copyOf(labels(), rows() - 1));
      assertThatThrownBy(() -> loss().of(embeddings.view(-1), labels, samples))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("[n, d]");
      assertThatThrownBy(() -> loss().of(embeddings, fewer, samples))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("labels");
    }
  }

  /** Refused, naming the row, or passed on as a value that stops the training: never hidden. */
  @Test
  void valuesThatAreNotFiniteAreNotHidden() {
    try (PointerScope scope = new PointerScope()) {
      double[] values = values(8);
      values[3 * columns() + 1] = Double.NaN;
      try {
        assertThat(outcome(values, labels(), ownSamples()).value()).isNaN();
      } catch (IllegalArgumentException refused) {
        assertThat(refused).hasMessageContaining("finite").hasMessageContaining("3");
      }
    }
  }

  @Test
  void holdsNoNativeMemory() {
    try (PointerScope outer = new PointerScope()) {
      Tensor embeddings =
          torch.randn(new long[] {rows(), wideColumns()}, new TensorOptions(ScalarType.Float));
      Tensor labels = Tensor.create(labels());
      Tensor samples = Tensor.create(ownSamples());
      call(200, embeddings, labels, samples); // the Java heap takes its place
      long leak = 200L * rows() * wideColumns() * 4;
      long least = Long.MAX_VALUE;
      for (int round = 0; round < 4 && least > leak / 2; round++) { // a leak grows in every round
        long before = residentBytes();
        call(200, embeddings, labels, samples);
        least = Math.min(least, residentBytes() - before);
      }
      assertThat(least)
          .as("growth of resident memory, where a kept gradient would cost %d bytes", leak)
          .isLessThan(leak / 2);
    }
  }

  private void call(int times, Tensor embeddings, Tensor labels, Tensor samples) {
    for (int i = 0; i < times; i++) {
      try (PointerScope scope = new PointerScope()) {
        loss().of(embeddings, labels, samples);
      }
    }
  }

  /** An embedding size at which a gradient that is never freed shows: 100 kB a batch. */
  protected int wideColumns() {
    return 2048;
  }

  /** Resident bytes of this process; 0 where the platform does not tell. */
  private static long residentBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D+", "")) * 1024;
        }
      }
      return 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private static double scale(double value) {
    return Math.max(1, Math.abs(value));
  }

  private static org.assertj.core.data.Offset<Double> within(double offset) {
    return org.assertj.core.data.Offset.offset(offset);
  }
}
