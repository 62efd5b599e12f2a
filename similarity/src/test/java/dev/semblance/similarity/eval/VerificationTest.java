package dev.semblance.similarity.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.Split;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.Angular;
import dev.semblance.similarity.measure.Cosine;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.Dot;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.Measure;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VerificationTest {
  private static final Measure SQUARED = new SquaredEuclidean();
  private static final Measure COSINE = new CosineDistance();

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static double[] draws(int n, double shift, boolean tied, long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    return DoubleStream.generate(() -> shift + rng.gaussian())
        .map(value -> tied ? Math.rint(2 * value) / 2 : value)
        .limit(n)
        .toArray();
  }

  private static double share(double[] distances, double threshold) {
    return (double) Arrays.stream(distances).filter(d -> d <= threshold).count() / distances.length;
  }

  @Test
  void agreesWithCountingAtEveryThreshold() {
    for (boolean tied : new boolean[] {false, true}) {
      double[] same = draws(60, 0, tied, 1);
      double[] different = draws(90, 1.2, tied, 2);
      Verification found = Verification.of(same, different);
      double auc = 0;
      for (double s : same) {
        for (double d : different) {
          auc += s < d ? 1 : s == d ? 0.5 : 0;
        }
      }
      assertThat(found.auc()).isCloseTo(auc / (60 * 90), within(1e-12));
      double[] thresholds =
          DoubleStream.concat(Arrays.stream(same), Arrays.stream(different))
              .sorted()
              .distinct()
              .toArray();
      for (double rate : new double[] {1 / 90.0, 0.02, 0.1, 0.25, 0.5, 1}) {
        double best = 0;
        for (double t : thresholds) {
          best = share(different, t) <= rate ? Math.max(best, share(same, t)) : best;
        }
        Verification.OperatingPoint point = found.atFalsePositiveRate(rate);
        assertThat(point.tpr()).isEqualTo(best);
        assertThat(share(same, point.threshold())).isEqualTo(point.tpr());
        assertThat(share(different, point.threshold())).isEqualTo(point.fpr());
        assertThat(point.fpr()).isLessThanOrEqualTo(rate);
        assertThat(point.reliable()).isEqualTo(rate >= 0.25);
      }
      // The equal error rate by walking over all thresholds.
      double x = 0;
      double y = 0;
      double equal = Double.NaN;
      for (double t : thresholds) {
        double nextX = share(different, t);
        double nextY = share(same, t);
        if (nextX + nextY >= 1) {
          double s = (1 - x - y) / (nextX + nextY - x - y);
          equal = x + s * (nextX - x);
          break;
        }
        x = nextX;
        y = nextY;
      }
      assertThat(found.equalErrorRate()).isCloseTo(equal, within(1e-12));
      // The corners enclose the same area.
      double[] fpr = found.falsePositiveRates();
      double[] tpr = found.truePositiveRates();
      double area = 0;
      for (int i = 1; i < fpr.length; i++) {
        area += (fpr[i] - fpr[i - 1]) * (tpr[i] + tpr[i - 1]) / 2;
        assertThat(fpr[i] > fpr[i - 1] || tpr[i] > tpr[i - 1]).isTrue();
      }
      assertThat(area).isCloseTo(found.auc(), within(1e-12));
      assertThat(new double[] {fpr[0], tpr[0]}).containsExactly(0, 0);
      assertThat(new double[] {fpr[fpr.length - 1], tpr[tpr.length - 1]}).containsExactly(1, 1);
    }
  }

  @Test
  void knownCases() {
    Verification apart = Verification.of(new double[] {1, 2}, new double[] {3, 4});
    assertThat(apart.auc()).isEqualTo(1);
    assertThat(apart.equalErrorRate()).isZero();
    assertThat(apart.falsePositiveRates()).containsExactly(0, 0, 1);
    assertThat(apart.atFalsePositiveRate(0.5).threshold()).isEqualTo(2);
    Verification collapsed = Verification.of(new double[] {0.0, -0.0}, new double[] {-0.0, 0.0});
    assertThat(collapsed.auc()).isEqualTo(0.5);
    assertThat(collapsed.equalErrorRate()).isEqualTo(0.5);
    assertThat(collapsed.falsePositiveRates()).containsExactly(0, 1);
    assertThat(collapsed.atFalsePositiveRate(0.5))
        .isEqualTo(new Verification.OperatingPoint(0, 0, Double.NEGATIVE_INFINITY, false));
    Verification wrong = Verification.of(new double[] {3, 4}, new double[] {1, 2});
    assertThat(wrong.auc()).isZero();
    assertThat(wrong.equalErrorRate()).isEqualTo(1);
  }

  /** Squared pixel distances are exact integers, so the digits must agree. */
  @NeedsData
  @Test
  void facesOfPeopleNotSeenBefore() throws IOException {
    RealData faces = RealData.faces(Split.TEST); // people 31-40
    Verification l2 = Verification.allPairs(new Euclidean(), faces.rows(), faces.labels());
    assertThat(l2.positives()).isEqualTo(450);
    assertThat(l2.negatives()).isEqualTo(4500);
    assertThat(row(l2)).containsExactly(93.97, 15.11, 80.22, 61.56);
    Verification cosine = Verification.allPairs(COSINE, faces.rows(), faces.labels());
    assertThat(row(cosine)).containsExactly(91.87, 16.40, 75.56, 53.11);
    Tensor narrow = faces.rows().to(ScalarType.Float);
    Verification single = Verification.allPairs(SQUARED, narrow, faces.labels());
    assertThat(single.auc()).isCloseTo(l2.auc(), within(1e-5));
  }

  private static double[] row(Verification v) {
    return DoubleStream.of(
            v.auc(),
            v.equalErrorRate(),
            v.atFalsePositiveRate(0.1).tpr(),
            v.atFalsePositiveRate(0.01).tpr())
        .map(value -> Math.rint(value * 1e4) / 100)
        .toArray();
  }

  private static Tensor cloud(int n, int d, long seed) {
    return Ops.doubles(draws(n * d, 0, false, seed), n, d);
  }

  private static int[] labels(int n, int classes) {
    int[] labels = new int[n];
    Arrays.setAll(labels, i -> (i * 7 + i / 5) % classes);
    return labels;
  }

  @Test
  void samplingAllPairsIsAllPairs() {
    Tensor rows = cloud(50, 4, 3);
    int[] labels = labels(50, 4);
    for (Measure measure :
        new Measure[] {SQUARED, COSINE, new Euclidean(), new Cosine(), new Dot(), new Angular()}) {
      Verification all = Verification.allPairs(measure, rows, labels);
      Verification sampled = Verification.sampled(measure, rows, labels, 10_000, 1);
      assertThat(all.positives() + all.negatives()).isEqualTo(50 * 49 / 2);
      assertThat(sampled.positives()).isEqualTo(all.positives());
      assertThat(sampled.negatives()).isEqualTo(all.negatives());
      assertThat(sampled.auc()).isCloseTo(all.auc(), within(1e-12));
      assertThat(sampled.truePositiveRates()).isEqualTo(all.truePositiveRates());
      assertThat(sampled.falsePositiveRates()).isEqualTo(all.falsePositiveRates());
    }
  }

  @Test
  void samplesFollowTheSeedAndEstimateTheWhole() {
    int[] labels = labels(400, 8);
    double[] x = draws(400 * 4, 0, false, 4);
    for (int i = 0; i < 400; i++) {
      x[4 * i] += labels[i];
    }
    Tensor rows = Ops.doubles(x, 400, 4);
    Verification one = Verification.sampled(SQUARED, rows, labels, 6000, 1);
    assertThat(one.positives()).isEqualTo(3000);
    assertThat(one.negatives()).isEqualTo(3000);
    assertThat(Verification.sampled(SQUARED, rows, labels, 6000, 1).auc()).isEqualTo(one.auc());
    assertThat(Verification.sampled(SQUARED, rows, labels, 6000, 2).auc()).isNotEqualTo(one.auc());
    assertThat(Verification.sampled(SQUARED, rows, labels, 5000, 1).auc()).isNotEqualTo(one.auc());
    double all = Verification.allPairs(SQUARED, rows, labels).auc();
    assertThat(all).isBetween(0.6, 0.95);
    assertThat(one.auc()).isCloseTo(all, within(0.03)); // 3 standard errors of 3,000 pairs
  }

  @Test
  void pairsAreNumberedWithoutGapOrRepetition() {
    int[] labels = {2, 0, 2, 1, 0, 2, 3};
    for (boolean same : new boolean[] {true, false}) {
      PairSpace space = same ? PairSpace.same(labels) : PairSpace.different(labels);
      Set<Set<Integer>> seen = new HashSet<>();
      for (long pair = 0; pair < space.size(); pair++) {
        int i = space.first(pair);
        int j = space.second(pair);
        assertThat(labels[i] == labels[j]).isEqualTo(same);
        assertThat(seen.add(Set.of(i, j))).isTrue();
      }
      assertThat(seen).hasSize(same ? 4 : 17);
      int[] drawn = new int[(int) space.size()];
      for (int step = 0; step < 3000; step++) {
        long[] two = space.draw(2, Rng.of(0, Rng.Purpose.OTHER, 0, step));
        assertThat(two[0]).isLessThan(two[1]);
        drawn[(int) two[0]]++;
        drawn[(int) two[1]]++;
      }
      double each = 6000.0 / drawn.length;
      for (int count : drawn) {
        assertThat((double) count)
            .isBetween(each - 5 * Math.sqrt(each), each + 5 * Math.sqrt(each));
      }
    }
  }

  @Test
  void refusesWhatItCannotAnswer() {
    double[] two = {1, 2};
    assertThatThrownBy(() -> Verification.of(two, two).atFalsePositiveRate(0.4))
        .hasMessageContaining("1/2")
        .hasMessageContaining("more pairs");
    assertThatThrownBy(() -> Verification.of(two, two).atFalsePositiveRate(Double.NaN))
        .hasMessageContaining("rate");
    assertThatThrownBy(() -> Verification.of(two, new double[] {Double.NaN}))
        .hasMessageContaining("different");
    assertThatThrownBy(() -> Verification.of(new double[0], two)).hasMessageContaining("same");
    Tensor rows = cloud(4, 2, 5);
    assertThatThrownBy(() -> Verification.allPairs(SQUARED, rows, new int[] {0, 1, 2, 3}))
        .hasMessageContaining("got 0 of one");
    assertThatThrownBy(() -> Verification.sampled(SQUARED, rows, new int[4], 10, 0))
        .hasMessageContaining("0 of two");
    assertThatThrownBy(() -> Verification.allPairs(SQUARED, rows, new int[3]))
        .hasMessageContaining("each of 4");
    Tensor zero = Ops.zeros(ScalarType.Float, 4, 2);
    int[] labels = {0, 0, 1, 1};
    assertThatThrownBy(() -> Verification.sampled(COSINE, zero, labels, 4, 0))
        .hasMessageContaining("row 0 has length 0");
    Tensor broken = zero.div(Ops.scalar(0));
    assertThatThrownBy(() -> Verification.sampled(SQUARED, broken, labels, 4, 0))
        .hasMessageContaining("row 0 must be finite");
  }
}
