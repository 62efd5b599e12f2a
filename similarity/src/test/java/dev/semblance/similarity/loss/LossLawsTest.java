package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.NativeRuntime;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every loss on cosines and every loss with parameters. */
@Isolated("changes the number of native threads")
class LossLawsTest {
  private static final int WIDTH = 5;
  private static final ToyBatch BATCH =
      ToyBatch.of(1, 14, WIDTH, 7).withLabels(0, 1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1, 0);

  static Stream<EmbeddingLoss> all() {
    return Stream.concat(onPairs(), withParameters());
  }

  static Stream<EmbeddingLoss> onPairs() {
    return Stream.of(
        SupConLoss.of(), NtXentLoss.of(), MultiSimilarityLoss.of(), new CircleLoss(0.25, 16));
  }

  static Stream<EmbeddingLoss> withParameters() {
    return Stream.of(
        new SoftmaxHead(SoftmaxHead.Config.of(7, WIDTH), 3),
        new NormalizedSoftmaxHead(NormalizedSoftmaxHead.Config.of(7, WIDTH), 3),
        new CosFaceHead(new CosFaceHead.Config(7, WIDTH, 16, 0.2), 3),
        new ArcFaceHead(new ArcFaceHead.Config(7, WIDTH, 16, 0.3), 3),
        new ProxyAnchorLoss(ProxyAnchorLoss.Config.of(7, WIDTH), 3),
        new ProxyNcaLoss(ProxyNcaLoss.Config.of(7, WIDTH), 3));
  }

  @ParameterizedTest
  @MethodSource("all")
  void permutingTheBatchPermutesTheGradient(EmbeddingLoss loss) {
    try (Scope scope = Scope.open()) {
      int[] order = Rng.of(5, Rng.Purpose.OTHER).permutation(14);
      double[][] x = new double[14][];
      long[] labels = new long[14];
      for (int i = 0; i < 14; i++) {
        x[i] = BATCH.x()[order[i]];
        labels[i] = BATCH.labels()[order[i]];
      }
      LossResult plain = BATCH.apply(loss);
      LossResult permuted = BATCH.with(x).withLabels(labels).apply(loss);
      assertThat(permuted.value()).isCloseTo(plain.value(), within(1e-12));
      double[][] expected = ToyBatch.rows(plain.gradient());
      double[][] actual = ToyBatch.rows(permuted.gradient());
      for (int i = 0; i < 14; i++) {
        assertThat(actual[i]).containsExactly(expected[order[i]], within(1e-12));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void floatAgreesWithDoubleAndTheGradientHasTheEmbeddingsType(EmbeddingLoss loss) {
    try (Scope scope = Scope.open()) {
      LossResult wide = BATCH.apply(loss);
      LossResult narrow = BATCH.applyInFloat(loss);
      assertThat(narrow.value()).isCloseTo(wide.value(), within(1e-5 * (1 + wide.value())));
      assertThat(Ops.toDoubles(narrow.gradient()))
          .containsExactly(Ops.toDoubles(wide.gradient()), within(2e-5));
      assertThat(wide.gradient().scalar_type().intern()).isEqualTo(ScalarType.Double);
      assertThat(narrow.gradient().scalar_type().intern()).isEqualTo(ScalarType.Float);
      Tensor half = BATCH.embeddings().to(ScalarType.BFloat16);
      LossResult rounded = loss.of(half, Ops.longs(BATCH.labels()));
      assertThat(rounded.gradient().scalar_type().intern()).isEqualTo(ScalarType.BFloat16);
      assertThat(rounded.value())
          .isEqualTo(loss.of(half.to(ScalarType.Float), Ops.longs(BATCH.labels())).value());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void stridedEmbeddingsGiveTheSameBitsAndTheirGraphIsLeftAlone(EmbeddingLoss loss) {
    try (Scope scope = Scope.open()) {
      Tensor strided = BATCH.embeddings().t().contiguous().t().set_requires_grad(true);
      LossResult result = loss.of(strided, Ops.longs(BATCH.labels()), Ops.longs(BATCH.samples()));
      LossResult plain = BATCH.apply(loss);
      assertThat(result.value()).isCloseTo(plain.value(), within(1e-13));
      assertThat(Ops.toDoubles(result.gradient()))
          .containsExactly(Ops.toDoubles(plain.gradient()), within(1e-12));
      assertThat(result.gradient().requires_grad()).isFalse();
      assertThat(strided.grad().defined()).isFalse();
    }
  }

  /** A small step against the gradient lowers the loss by its squared length. */
  @ParameterizedTest
  @MethodSource("all")
  void gradientPredictsTheDecrease(EmbeddingLoss loss) {
    if (loss instanceof CircleLoss) {
      return; // its gradient is not the derivative of its value
    }
    try (Scope scope = Scope.open()) {
      LossResult here = BATCH.apply(loss);
      double squared = here.gradient().square().sum().item_double();
      double rate = 1e-7;
      Tensor moved = BATCH.embeddings().sub(here.gradient().mul(Ops.scalar(rate)));
      double there = loss.of(moved, Ops.longs(BATCH.labels())).value();
      assertThat((here.value() - there) / rate).isCloseTo(squared, within(1e-3 * squared));
    }
  }

  @ParameterizedTest
  @MethodSource("onPairs")
  void cosineLossesIgnoreLengthsSoTheGradientIsTangential(EmbeddingLoss loss) {
    try (Scope scope = Scope.open()) {
      double[][] gradient = ToyBatch.rows(BATCH.apply(loss).gradient());
      for (int i = 0; i < 14; i++) {
        assertThat(Naive.dot(gradient[i], BATCH.x()[i])).isCloseTo(0, within(1e-12));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("onPairs")
  void noValidItemGivesExactlyZero(EmbeddingLoss loss) {
    try (Scope scope = Scope.open()) {
      ToyBatch three = ToyBatch.of(2, 3, WIDTH, 2);
      for (ToyBatch batch :
          new ToyBatch[] {
            three.withLabels(0, 1, 2), // no positive
            ToyBatch.of(2, 2, WIDTH, 2).withLabels(4, 4), // no negative
            three.withLabels(0, 0, 1).withSamples(5, 5, 6) // the only pair is one sample
          }) {
        LossResult result = batch.apply(loss);
        assertThat(result.value()).isEqualTo(0.0);
        assertThat(result.valid()).isZero();
        assertThat(result.active()).isZero();
        assertThat(result.activeFraction()).isZero();
        assertThat(Ops.toDoubles(result.gradient()))
            .containsOnly(0.0)
            .hasSize(batch.x().length * WIDTH);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void emptyBatchGivesZero(EmbeddingLoss loss) {
    try (Scope scope = Scope.open()) {
      LossResult result =
          loss.of(Ops.zeros(ScalarType.Float, 0, WIDTH), Ops.zeros(ScalarType.Long, 0));
      assertThat(result.value()).isZero();
      assertThat(result.valid()).isZero();
      assertThat(result.gradient().shape()).containsExactly(0, WIDTH);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void nonFiniteEmbeddingsAreNotHidden(EmbeddingLoss loss) {
    try (Scope scope = Scope.open()) {
      for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
        double[][] x = Arrays.stream(BATCH.x()).map(double[]::clone).toArray(double[][]::new);
        x[3][2] = bad;
        assertThat(BATCH.with(x).apply(loss).value()).isNaN();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void rowsOfLengthZeroGetNoGradientFromACosine(EmbeddingLoss loss) {
    if (loss instanceof SoftmaxHead || loss instanceof NormalizedSoftmaxHead) {
      return; // no cosine of the embedding
    }
    try (Scope scope = Scope.open()) {
      double[][] x = Arrays.stream(BATCH.x()).map(double[]::clone).toArray(double[][]::new);
      x[3] = new double[WIDTH];
      LossResult result = BATCH.with(x).apply(loss);
      LossResult before = BATCH.apply(loss);
      assertThat(Ops.toDoubles(result.gradient().select(0, 3).abs())).containsOnly(0);
      assertThat(Ops.toDoubles(result.gradient())).doesNotContain(Double.NaN);
      assertThat(result.valid()).isEqualTo(before.valid());
      assertThat(result.active()).isLessThan(result.valid());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void wrongOperandsAreNamed(EmbeddingLoss loss) {
    try (Scope scope = Scope.open()) {
      Tensor x = BATCH.embeddings();
      Tensor labels = Ops.longs(BATCH.labels());
      assertThatThrownBy(() -> loss.of(x.unsqueeze(2), labels))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("embeddings must be [n, d], got [14, 5, 1]");
      assertThatThrownBy(() -> loss.of(x, labels.narrow(0, 0, 13)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("labels must be [14], got [13]");
      assertThatThrownBy(() -> loss.of(x, labels.to(ScalarType.Float)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("labels must be int64");
      assertThatThrownBy(() -> loss.of(x.to(ScalarType.Int), labels))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("embeddings must be floating point");
    }
  }

  /** Blocks of 1, 3, 5 and all 14 anchors. */
  @Test
  void theBlockLengthChangesNothingButRounding() {
    try (Scope scope = Scope.open()) {
      SupConLoss loss = SupConLoss.of();
      LossResult whole = BATCH.apply(loss);
      for (long rows : new long[] {1, 3, 5}) {
        LossResult blocks =
            CosineAnchors.mean(
                BATCH.embeddings(),
                Ops.longs(BATCH.labels()),
                Ops.longs(BATCH.samples()),
                loss::anchors,
                rows);
        assertThat(blocks.value()).isCloseTo(whole.value(), within(1e-13));
        assertThat(blocks.valid()).isEqualTo(whole.valid());
        assertThat(blocks.active()).isEqualTo(whole.active());
        assertThat(Ops.toDoubles(blocks.gradient()))
            .containsExactly(Ops.toDoubles(whole.gradient()), within(1e-13));
      }
    }
  }

  /** The refusal of three views counts rows over the whole batch, not within a block. */
  @Test
  void refusalNamesTheRowOfTheBatch() {
    try (Scope scope = Scope.open()) {
      ToyBatch batch = ToyBatch.of(1, 5, WIDTH, 2).withLabels(7, 8, 9, 9, 9);
      assertThatThrownBy(
              () ->
                  CosineAnchors.mean(
                      batch.embeddings(),
                      Ops.longs(batch.labels()),
                      Ops.longs(batch.samples()),
                      NtXentLoss.of()::anchors,
                      2))
          .hasMessageContaining("of the label of row 2");
    }
  }

  @ParameterizedTest
  @MethodSource("onPairs")
  void theNumberOfThreadsChangesNoBit(EmbeddingLoss loss) {
    int threads = torch.get_num_threads();
    ToyBatch batch = ToyBatch.of(6, 192, 16, 96);
    long[] pairs = new long[192];
    Arrays.setAll(pairs, i -> i % 96);
    try (Scope scope = Scope.open()) {
      torch.set_num_threads(1);
      LossResult one = batch.withLabels(pairs).applyInFloat(loss);
      for (int n : new int[] {2, 3}) {
        torch.set_num_threads(n);
        LossResult many = batch.withLabels(pairs).applyInFloat(loss);
        assertThat(many.value()).isEqualTo(one.value());
        assertThat(Ops.toFloats(many.gradient())).isEqualTo(Ops.toFloats(one.gradient()));
      }
    } finally {
      torch.set_num_threads(threads);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void nativeMemoryStaysFlat(EmbeddingLoss loss) {
    try (Scope scope = Scope.open()) {
      Tensor x = BATCH.embeddings().repeat(20, 1).to(ScalarType.Float);
      long[] values = new long[280];
      Arrays.setAll(values, i -> loss instanceof NtXentLoss ? i % 140 : i % 7);
      Tensor labels = Ops.longs(values);
      for (int warm = 0; warm < 20; warm++) {
        try (Scope inner = Scope.open()) {
          loss.of(x, labels);
        }
      }
      long before = NativeRuntime.residentBytes();
      for (int step = 0; step < 100; step++) {
        try (Scope inner = Scope.open()) {
          loss.of(x, labels);
        }
      }
      // One matrix of 280 x 280 floats kept a step would be 30 MB.
      assertThat(NativeRuntime.residentBytes() - before).isLessThan(8 << 20);
    }
  }
}
