package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.Angular;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.EmbeddedDistance;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.Mahalanobis;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.similarity.measure.Weighted;
import dev.semblance.similarity.mine.AllTriplets;
import dev.semblance.similarity.mine.BatchEasyPositive;
import dev.semblance.similarity.mine.BatchHard;
import dev.semblance.similarity.mine.DistanceWeighted;
import dev.semblance.similarity.mine.EasyTriplets;
import dev.semblance.similarity.mine.FaceNetSemiHard;
import dev.semblance.similarity.mine.HardTriplets;
import dev.semblance.similarity.mine.SemiHardTriplets;
import dev.semblance.similarity.mine.TripletSelection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TripletLossTest {
  private static final double MARGIN = 0.3;

  static List<TripletSelection> selections() {
    return List.of(
        new AllTriplets(),
        new EasyTriplets(MARGIN / 2),
        new SemiHardTriplets(MARGIN),
        new SemiHardTriplets(2 * MARGIN),
        new HardTriplets(),
        new FaceNetSemiHard(FaceNetSemiHard.Otherwise.SKIP),
        new FaceNetSemiHard(FaceNetSemiHard.Otherwise.HARDEST),
        new FaceNetSemiHard(FaceNetSemiHard.Otherwise.FARTHEST),
        new BatchHard(),
        new BatchEasyPositive());
  }

  static List<EmbeddedDistance> measures() {
    return List.of(
        new SquaredEuclidean(),
        new Euclidean(),
        Weighted.of(1, 0.25, 4, 0),
        Mahalanobis.ofL(new double[][] {{1, 0.5, 0, 0}, {0, 1, 0, -1}}),
        new CosineDistance(),
        new Angular());
  }

  /** Points on a small grid: duplicates and exact ties, also at the margin. */
  private static PlainBatch grid(int n, int d, int classes, long seed) {
    Random random = new Random(seed);
    double[][] x = new double[n][d];
    long[] labels = new long[n];
    long[] samples = new long[n];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < d; k++) {
        x[i][k] = random.nextInt(4) - 1;
      }
      labels[i] = random.nextInt(classes);
      samples[i] = random.nextInt(n) / 2; // some rows share a sample
    }
    return new PlainBatch(x, labels, samples);
  }

  private static PlainBatch scattered(int n, int d, int classes, long seed) {
    Random random = new Random(seed);
    double[][] x = new double[n][d];
    long[] labels = new long[n];
    long[] samples = new long[n];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < d; k++) {
        x[i][k] = random.nextGaussian() / Math.sqrt(d);
      }
      labels[i] = random.nextInt(classes);
      samples[i] = i;
    }
    return new PlainBatch(x, labels, samples);
  }

  private static void assertMatches(TripletLoss loss, PlainBatch batch) {
    try (Scope scope = Scope.open()) {
      TripletOracle expected = TripletOracle.of(loss, batch);
      LossResult result = batch.wide(loss);
      assertThat(result.active()).as("active").isEqualTo(expected.active);
      assertThat(result.valid()).as("valid").isEqualTo(expected.valid);
      assertThat(result.value())
          .as("value")
          .isCloseTo(expected.value, within(1e-12 * Math.max(1, expected.value)));
      double[] gradient = Ops.toDoubles(result.gradient());
      double[] naive = expected.gradient();
      for (int k = 0; k < naive.length; k++) {
        assertThat(gradient[k])
            .as("gradient[%d]", k)
            .isCloseTo(naive[k], within(1e-11 * Math.max(1, Math.abs(naive[k]))));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("selections")
  void hingeMatchesATripleLoopWithTiesAndDuplicates(TripletSelection selection) {
    for (Reduction reduction : Reduction.values()) {
      for (boolean swap : new boolean[] {false, true}) {
        TripletLoss loss =
            new TripletLoss(
                new SquaredEuclidean(),
                scaled(selection, 10),
                new TripletItem.Hinge(3),
                reduction,
                swap);
        assertMatches(loss, grid(23, 3, 4, 5));
        assertMatches(loss, grid(20, 2, 2, 6));
      }
    }
  }

  /** The selection with margins that are integers, so that grid points tie at them. */
  private static TripletSelection scaled(TripletSelection selection, double factor) {
    return switch (selection) {
      case EasyTriplets easy -> new EasyTriplets(Math.rint(easy.margin() * factor));
      case SemiHardTriplets semi -> new SemiHardTriplets(Math.rint(semi.margin() * factor));
      default -> selection;
    };
  }

  @ParameterizedTest
  @MethodSource("selections")
  void softMarginMatchesATripleLoop(TripletSelection selection) {
    for (Reduction reduction : Reduction.values()) {
      for (boolean swap : new boolean[] {false, true}) {
        TripletLoss loss =
            new TripletLoss(
                new SquaredEuclidean(), selection, new TripletItem.SoftMargin(), reduction, swap);
        assertMatches(loss, scattered(21, 3, 4, 7));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("measures")
  void everyMeasureMatchesATripleLoop(EmbeddedDistance measure) {
    TripletLoss semiHard = TripletLoss.of(MARGIN).withMeasure(measure);
    assertMatches(semiHard, scattered(24, 4, 5, 8));
    assertMatches(TripletLoss.batchHard().withMeasure(measure), scattered(24, 4, 5, 9));
    PlainBatch odd = scattered(24, 4, 3, 10);
    odd.x()[3] = odd.x()[8].clone(); // a duplicate
    odd.x()[5] = odd.x()[9].clone();
    odd.x()[11] = new double[4]; // no direction
    odd.x()[12] = new double[4];
    assertMatches(semiHard, odd);
    assertMatches(semiHard.withSwap(true).withSelection(new HardTriplets()), odd);
  }

  @ParameterizedTest
  @EnumSource(Reduction.class)
  void drawnNegativesMatchATripleLoop(Reduction reduction) {
    TripletLoss loss =
        TripletLoss.of(MARGIN)
            .withMeasure(new CosineDistance())
            .withSelection(DistanceWeighted.of(3))
            .withReduction(reduction);
    assertMatches(loss, scattered(24, 6, 5, 11));
  }

  @Test
  void manyBlocksMatchATripleLoopOfOne() {
    TripletLoss loss = TripletLoss.of(MARGIN);
    assertMatches(loss, scattered(600, 3, 100, 12)); // blocks of 436 rows
    assertMatches(loss.withSwap(true), scattered(200, 3, 40, 13)); // of 64 and more
  }

  @Test
  void valueIsWeightsTimesDistancesPlusMargins() {
    // For squared distances the gradient is linear in X: <gradient, X> = 2 <G, D>.
    try (Scope scope = Scope.open()) {
      PlainBatch batch = scattered(40, 5, 4, 14);
      LossResult result = batch.wide(TripletLoss.of(MARGIN).withReduction(Reduction.SUM));
      double[] gradient = Ops.toDoubles(result.gradient());
      double inner = 0;
      for (int i = 0; i < gradient.length; i++) {
        inner += gradient[i] * batch.x()[i / 5][i % 5];
      }
      assertThat(result.value()).isCloseTo(inner / 2 + MARGIN * result.active(), within(1e-9));
    }
  }

  @Test
  void bitsDoNotDependOnTheNumberOfThreads() {
    int threads = torch.get_num_threads();
    try (Scope scope = Scope.open()) {
      PlainBatch batch = scattered(700, 16, 100, 15);
      for (TripletLoss loss :
          List.of(
              TripletLoss.of(MARGIN),
              TripletLoss.of(MARGIN).withMeasure(new Euclidean()).withSwap(true),
              TripletLoss.batchHard())) {
        float[] reference = null;
        double value = 0;
        for (int count : new int[] {1, 2, 3, 5}) {
          torch.set_num_threads(count);
          LossResult result = batch.single(loss);
          float[] gradient = Ops.toFloats(result.gradient());
          if (reference == null) {
            reference = gradient;
            value = result.value();
          }
          assertThat(result.value()).isEqualTo(value);
          assertThat(gradient).containsExactly(reference);
        }
      }
    } finally {
      torch.set_num_threads(threads);
    }
  }

  @Test
  void offsetDoesNotHarmSinglePrecision() {
    PlainBatch near = scattered(40, 8, 5, 16);
    double[][] shifted = new double[40][8];
    for (int i = 0; i < 40; i++) {
      for (int k = 0; k < 8; k++) {
        shifted[i][k] = (float) (near.x()[i][k] + 100);
      }
    }
    PlainBatch far = new PlainBatch(shifted, near.labels(), near.samples());
    try (Scope scope = Scope.open()) {
      TripletLoss loss = TripletLoss.of(MARGIN).withMeasure(new Euclidean());
      double[] exact = Ops.toDoubles(far.wide(loss).gradient());
      double[] single = Ops.toDoubles(far.single(loss).gradient());
      for (int k = 0; k < exact.length; k++) {
        assertThat(single[k]).isCloseTo(exact[k], within(1e-5));
      }
    }
  }

  @Test
  void nearlyCollapsedRowsKeepTheirGradient() {
    // Two tight clusters far apart: D_ap is 1e-6 of D_an.
    double[][] x = new double[8][3];
    long[] labels = new long[8];
    long[] samples = new long[8];
    Random random = new Random(17);
    for (int i = 0; i < 8; i++) {
      labels[i] = i % 4;
      samples[i] = i;
      for (int k = 0; k < 3; k++) {
        x[i][k] = (float) ((i < 4 ? 1 : -1) + 1e-6 * random.nextGaussian());
      }
    }
    PlainBatch batch = new PlainBatch(x, labels, samples);
    try (Scope scope = Scope.open()) {
      TripletLoss loss =
          new TripletLoss(
              new Euclidean(), new AllTriplets(), new TripletItem.Hinge(1), Reduction.SUM, false);
      double[] exact = Ops.toDoubles(batch.wide(loss).gradient());
      double[] single = Ops.toDoubles(batch.single(loss).gradient());
      for (int k = 0; k < exact.length; k++) {
        assertThat(single[k]).isCloseTo(exact[k], within(1e-3));
      }
    }
  }

  @Test
  void coincidingPositivesHaveNoGradientAndNoNan() {
    double[][] x = {{1, 0}, {1, 0}, {0, 1}, {0, 1}};
    PlainBatch batch = new PlainBatch(x, new long[] {0, 0, 1, 1}, new long[] {0, 1, 2, 3});
    try (Scope scope = Scope.open()) {
      TripletLoss loss =
          TripletLoss.of(2).withMeasure(new Euclidean()).withReduction(Reduction.SUM);
      LossResult result = batch.wide(loss);
      // 8 triplets of D_ap 0 and D_an sqrt 2.
      assertThat(result.value()).isCloseTo(8 * (2 - Math.sqrt(2)), within(1e-12));
      double pull = 8 * Math.sqrt(0.5);
      double[] gradient = Ops.toDoubles(result.gradient());
      for (int i = 0; i < 8; i++) {
        int sign = (i / 2 < 2) == (i % 2 == 0) ? -1 : 1;
        assertThat(gradient[i]).isCloseTo(sign * pull / 2, within(1e-12));
      }
    }
  }

  @Test
  void everyOptionMatters() {
    PlainBatch batch = scattered(30, 4, 4, 18);
    TripletLoss base =
        new TripletLoss(
            new SquaredEuclidean(),
            new SemiHardTriplets(0.4),
            new TripletItem.Hinge(0.3),
            Reduction.MEAN,
            false);
    List<TripletLoss> others = new ArrayList<>();
    others.add(base.withMeasure(new Euclidean()));
    others.add(base.withSelection(new SemiHardTriplets(0.2)));
    others.add(base.withItem(new TripletItem.Hinge(0.1)));
    others.add(base.withItem(new TripletItem.SoftMargin()));
    others.add(base.withReduction(Reduction.MEAN_ACTIVE));
    others.add(base.withReduction(Reduction.PER_ANCHOR));
    others.add(base.withReduction(Reduction.SUM));
    others.add(base.withSwap(true));
    for (TripletSelection selection : selections()) {
      others.add(base.withSelection(selection).withItem(new TripletItem.SoftMargin()));
    }
    try (Scope scope = Scope.open()) {
      List<Double> values = new ArrayList<>();
      values.add(batch.wide(base).value());
      for (TripletLoss other : others) {
        values.add(batch.wide(other).value());
      }
      assertThat(values.subList(0, 9)).doesNotHaveDuplicates();
      // FaceNet's fallbacks agree where every pair has a farther negative; see its own test.
      assertThat(values.stream().distinct().count()).isGreaterThanOrEqualTo(16);
    }
  }

  @Test
  void fallbacksOfFaceNetDiffer() {
    // One positive pair at distance 9, all negatives nearer.
    double[][] x = {{0}, {3}, {1}, {2}};
    PlainBatch batch = new PlainBatch(x, new long[] {0, 0, 1, 2}, new long[] {0, 1, 2, 3});
    try (Scope scope = Scope.open()) {
      TripletLoss loss = TripletLoss.of(1).withReduction(Reduction.SUM);
      assertThat(batch.wide(loss.withSelection(FaceNetSemiHard.of())).value()).isZero();
      // 9 - 1 + 1, twice.
      assertThat(
              batch
                  .wide(loss.withSelection(new FaceNetSemiHard(FaceNetSemiHard.Otherwise.HARDEST)))
                  .value())
          .isEqualTo(18);
      // 9 - 4 + 1, twice.
      assertThat(
              batch
                  .wide(loss.withSelection(new FaceNetSemiHard(FaceNetSemiHard.Otherwise.FARTHEST)))
                  .value())
          .isEqualTo(12);
    }
  }

  @Test
  void drawsAreKeyedBySeedAndSamples() {
    PlainBatch batch = scattered(40, 6, 5, 19);
    try (Scope scope = Scope.open()) {
      TripletLoss loss =
          TripletLoss.of(MARGIN)
              .withMeasure(new CosineDistance())
              .withSelection(DistanceWeighted.of(1));
      double value = batch.wide(loss).value();
      assertThat(batch.wide(loss).value()).isEqualTo(value);
      assertThat(batch.wide(loss.withSelection(DistanceWeighted.of(2))).value())
          .isNotEqualTo(value);
      assertThat(batch.wide(loss.withSelection(new DistanceWeighted(0.9, 1.4, 1))).value())
          .isNotEqualTo(value);
      assertThat(batch.wide(loss.withSelection(new DistanceWeighted(0.5, 1.1, 1))).value())
          .isNotEqualTo(value);
    }
  }

  @Test
  void drawnSelectionRefusesRowsOfOtherLength() {
    PlainBatch batch = scattered(10, 6, 2, 20);
    assertThatThrownBy(
            () -> {
              try (Scope scope = Scope.open()) {
                batch.wide(TripletLoss.of().withSelection(DistanceWeighted.of(1)));
              }
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unit vectors")
        .hasMessageContaining("row 0");
  }

  @Test
  void easyTripletsAreRefusedUnderTheirHinge() {
    assertThatThrownBy(() -> TripletLoss.of(0.2).withSelection(new EasyTriplets(0.2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("easy");
    assertThatThrownBy(() -> TripletLoss.of(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("margin");
  }

  @Test
  void overflowingRowsAreRefusedByName() {
    try (Scope scope = Scope.open()) {
      Tensor embeddings = Ops.floats(new float[] {1, 1, 1e20f, 1}, 2, 2);
      assertThatThrownBy(() -> TripletLoss.of().of(embeddings, Ops.longs(new long[] {0, 1})))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("row")
          .hasMessageContaining("normalise");
    }
  }
}
