package dev.semblance.similarity.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.eval.Bootstrap;
import dev.semblance.core.eval.Estimate;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.Cosine;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.Distance;
import dev.semblance.similarity.measure.Dot;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.Measure;
import dev.semblance.similarity.measure.SquaredEuclidean;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RetrievalEvaluationTest {
  private static final Measure L2 = new SquaredEuclidean();
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

  private static RetrievalEvaluation evaluation(Measure measure) {
    return RetrievalEvaluation.of(measure)
        .withPrecision(Precision.FLOAT64)
        .withBootstrap(new Bootstrap(100, 0.95, 0), Over.QUERIES);
  }

  /** Integer grid points: many ties, exact distances. */
  private static double[][] grid(int n, int d, int side, long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    double[][] x = new double[n][d];
    for (double[] row : x) {
      Arrays.setAll(row, k -> 1 + rng.below(side));
    }
    return x;
  }

  private static int[] labels(int n, int classes, long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER, 1, 0);
    int[] labels = new int[n];
    Arrays.setAll(labels, i -> rng.below(classes));
    return labels;
  }

  private static Tensor tensor(double[][] x) {
    double[] flat = Arrays.stream(x).flatMapToDouble(Arrays::stream).toArray();
    return Ops.doubles(flat, x.length, x[0].length);
  }

  private static double squared(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += (a[k] - b[k]) * (a[k] - b[k]);
    }
    return sum;
  }

  private static double[] distances(double[] query, double[][] gallery) {
    return Arrays.stream(gallery).mapToDouble(row -> squared(query, row)).toArray();
  }

  private static void assertMatches(
      PerQuery actual, int slot, int[] cutoffs, Function<Integer, Map<RetrievalMetric, Double>> f) {
    for (int k : cutoffs) {
      Map<RetrievalMetric, Double> expected = f.apply(k);
      for (RetrievalMetric metric : RetrievalMetric.values()) {
        double value =
            metric.hasCutoff() ? actual.values(metric, k)[slot] : actual.values(metric)[slot];
        assertThat(value)
            .as("%s at %d of query %d", metric, k, slot)
            .isCloseTo(expected.get(metric), within(1e-12));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void selfRetrievalMatchesSorting(Precision precision) {
    for (int seed = 0; seed < 6; seed++) {
      // side 3 in two dimensions: nine places for 70 items, nearly everything ties
      double[][] x = grid(70, 2, seed < 3 ? 3 : 40, seed);
      assertMatchesSorting(precision, x, labels(70, 4, seed));
    }
  }

  /** Differences that a product in float32 cannot tell; and places where two classes meet. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void tightClassesMatchSorting(Precision precision) {
    for (int seed = 0; seed < 4; seed++) {
      double[][] centres = grid(4, 5, 6, seed);
      int[] y = labels(320, 5, seed);
      Rng rng = Rng.of(seed, Rng.Purpose.OTHER, 2, 0);
      double[][] x = new double[320][5];
      for (int i = 0; i < 320; i++) {
        int place = Math.min(y[i], 3); // the last two classes share one
        Arrays.setAll(x[i], k -> centres[place][k] + rng.below(30) * 0x1p-12);
      }
      assertMatchesSorting(precision, x, y);
    }
  }

  private static void assertMatchesSorting(Precision precision, double[][] x, int[] y) {
    RetrievalReport report =
        evaluation(L2)
            .withPrecision(precision)
            .withCutoffs(1, 4, 9, 60)
            .selfRetrieval(tensor(x), y);
    assertThat(report.queries()).isEqualTo(x.length);
    for (int i = 0; i < x.length; i++) {
      int query = i;
      int[] order = NaiveRetrieval.order(distances(x[i], x), j -> j != query);
      boolean[] hit = new boolean[order.length];
      for (int r = 0; r < order.length; r++) {
        hit[r] = y[order[r]] == y[i];
      }
      assertMatches(
          report.perQuery(), i, new int[] {1, 4, 9, 60}, k -> NaiveRetrieval.metrics(hit, k));
      assertThat(report.perQuery().nearest()[i]).isEqualTo(order[0]);
      assertThat(report.perQuery().nearestLabels()[i]).isEqualTo(y[order[0]]);
      int firstHit = 0;
      while (!hit[firstHit]) {
        firstHit++;
      }
      assertThat(report.perQuery().nearestRelevant()[i]).isEqualTo(order[firstHit]);
      assertThat(report.perQuery().nearestRelevantDistance()[i])
          .isEqualTo(squared(x[i], x[order[firstHit]]));
    }
  }

  @Test
  void queryGalleryWithCamerasAndDistractorsMatchesSorting() {
    double[][] query = grid(30, 3, 4, 1);
    double[][] gallery = grid(50, 3, 4, 2);
    int[] queryLabels = labels(30, 20, 3);
    int[] galleryLabels = labels(50, 20, 4);
    for (int j = 0; j < 50; j += 7) {
      galleryLabels[j] = -1;
    }
    int[] queryCameras = labels(30, 3, 5);
    int[] galleryCameras = labels(50, 3, 6);
    RetrievalReport report =
        evaluation(L2)
            .withCutoffs(1, 3)
            .retrieval(
                LabelledEmbeddings.of(tensor(query), queryLabels).withCameras(queryCameras),
                LabelledEmbeddings.of(tensor(gallery), galleryLabels).withCameras(galleryCameras));
    int slot = 0;
    for (int i = 0; i < 30; i++) {
      int q = i;
      int[] order =
          NaiveRetrieval.order(
              distances(query[i], gallery),
              j ->
                  galleryLabels[j] >= 0
                      && !(galleryLabels[j] == queryLabels[q]
                          && galleryCameras[j] == queryCameras[q]));
      boolean[] hit = new boolean[order.length];
      boolean any = false;
      for (int r = 0; r < order.length; r++) {
        hit[r] = galleryLabels[order[r]] == queryLabels[i];
        any |= hit[r];
      }
      if (any) {
        assertThat(report.perQuery().rows()[slot]).isEqualTo(i);
        assertMatches(
            report.perQuery(), slot, new int[] {1, 3}, k -> NaiveRetrieval.metrics(hit, k));
        assertThat(report.perQuery().nearest()[slot]).isEqualTo(order[0]);
        slot++;
      }
    }
    assertThat(slot).isBetween(1, 29);
    assertThat(report.queries()).isEqualTo(slot);
    assertThat(report.leftOut()).isEqualTo(30 - slot);
    assertThat(report.gallery()).isEqualTo(42);
  }

  @Test
  void expectationOverTiesIsTheMeanOverAllOrders() {
    // Six candidates on two distances; the mean of the metrics over all 720 orders of the gallery.
    double[][] query = {{0, 0}};
    double[][] gallery = {{1, 0}, {0, 1}, {1, 0}, {2, 0}, {0, 2}, {2, 0}};
    int[][] labelSets = {{0, 1, 1, 0, 1, 0}, {1, 1, 1, 0, 0, 1}, {0, 0, 1, 1, 1, 1}};
    for (int[] labels : labelSets) {
      PerQuery expected =
          evaluation(L2)
              .withTies(Ties.EXPECTED)
              .withCutoffs(1, 2, 4, 6)
              .retrieval(
                  LabelledEmbeddings.of(tensor(query), 0),
                  LabelledEmbeddings.of(tensor(gallery), labels))
              .perQuery();
      for (int k : new int[] {1, 2, 4, 6}) {
        double[] sum = new double[RetrievalMetric.values().length];
        int orders = permute(gallery, labels, k, new int[6], 0, 0, sum);
        assertThat(orders).isEqualTo(720);
        for (RetrievalMetric metric : RetrievalMetric.values()) {
          double value =
              metric.hasCutoff() ? expected.values(metric, k)[0] : expected.values(metric)[0];
          assertThat(value)
              .as("%s at %d", metric, k)
              .isCloseTo(sum[metric.ordinal()] / 720, within(1e-12));
        }
      }
    }
  }

  private static int permute(
      double[][] gallery, int[] labels, int k, int[] order, int depth, int used, double[] sum) {
    if (depth == order.length) {
      double[] distances = new double[6];
      Arrays.setAll(distances, j -> squared(new double[2], gallery[order[j]]));
      int[] ranked = NaiveRetrieval.order(distances, j -> true);
      boolean[] hit = new boolean[6];
      for (int r = 0; r < 6; r++) {
        hit[r] = labels[order[ranked[r]]] == 0;
      }
      NaiveRetrieval.metrics(hit, k).forEach((metric, value) -> sum[metric.ordinal()] += value);
      return 1;
    }
    int orders = 0;
    for (int j = 0; j < order.length; j++) {
      if ((used & 1 << j) == 0) {
        order[depth] = j;
        orders += permute(gallery, labels, k, order, depth + 1, used | 1 << j, sum);
      }
    }
    return orders;
  }

  @Test
  void collapsedEmbeddingScoresLikeChanceUnderExpectedTies() {
    int n = 60;
    double[][] x = new double[n][3];
    int[] y = new int[n];
    Arrays.setAll(y, i -> i / 20);
    RetrievalReport byRow = evaluation(L2).selfRetrieval(tensor(x), y);
    RetrievalReport expected = evaluation(L2).withTies(Ties.EXPECTED).selfRetrieval(tensor(x), y);
    // R / (n - 1): 19 of 59.
    assertThat(expected.precisionAt1().value()).isCloseTo(19.0 / 59, within(1e-12));
    assertThat(expected.rPrecision().value()).isCloseTo(19.0 / 59, within(1e-12));
    // By row the first class of the sorted gallery is always right, the others never.
    assertThat(byRow.precisionAt1().value()).isCloseTo(20.0 / 60, within(1e-12));
    assertThat(byRow.rPrecision().value()).isNotCloseTo(19.0 / 59, within(1e-3));
  }

  @Test
  void withoutTiesBothOrdersAgree() {
    double[][] x = new double[40][5];
    Rng rng = Rng.of(4, Rng.Purpose.OTHER);
    for (double[] row : x) {
      Arrays.setAll(row, k -> rng.gaussian());
    }
    int[] y = labels(40, 3, 4);
    PerQuery byRow = evaluation(L2).selfRetrieval(tensor(x), y).perQuery();
    PerQuery expected =
        evaluation(L2).withTies(Ties.EXPECTED).selfRetrieval(tensor(x), y).perQuery();
    for (RetrievalMetric metric : RetrievalMetric.values()) {
      double[] a = metric.hasCutoff() ? byRow.values(metric, 5) : byRow.values(metric);
      double[] b = metric.hasCutoff() ? expected.values(metric, 5) : expected.values(metric);
      assertThat(b).as("%s", metric).containsExactly(a, within(1e-12));
    }
  }

  @Test
  void cosineIgnoresLengthAndMatchesItsDefinition() {
    double[][] x = new double[40][4];
    Rng rng = Rng.of(5, Rng.Purpose.OTHER);
    for (double[] row : x) {
      Arrays.setAll(row, k -> 3 + rng.gaussian());
    }
    int[] y = labels(40, 3, 5);
    PerQuery actual = evaluation(COSINE).selfRetrieval(tensor(x), y).perQuery();
    for (int i = 0; i < 40; i++) {
      int query = i;
      double[] distances = new double[40];
      Arrays.setAll(
          distances,
          j -> {
            double dot = 0;
            for (int k = 0; k < 4; k++) {
              dot += x[query][k] * x[j][k];
            }
            double origin = squared(x[query], new double[4]) * squared(x[j], new double[4]);
            return 1 - dot / Math.sqrt(origin);
          });
      int[] order = NaiveRetrieval.order(distances, j -> j != query);
      assertThat(actual.nearest()[i]).isEqualTo(order[0]);
      assertThat(actual.nearestDistance()[i]).isCloseTo(distances[order[0]], within(1e-14));
      boolean[] hit = new boolean[39];
      for (int r = 0; r < 39; r++) {
        hit[r] = y[order[r]] == y[i];
      }
      assertMatches(actual, i, new int[] {5}, k -> NaiveRetrieval.metrics(hit, k));
    }
  }

  @Test
  void anyMeasureWillDo() {
    Tensor x = tensor(grid(40, 3, 30, 12));
    int[] y = labels(40, 3, 12);
    Distance own = (a, b) -> new SquaredEuclidean().between(a, b);
    assertSame(evaluation(own).selfRetrieval(x, y), evaluation(L2).selfRetrieval(x, y));
    RetrievalReport euclidean = evaluation(new Euclidean()).selfRetrieval(x, y);
    RetrievalReport squared = evaluation(L2).selfRetrieval(x, y);
    assertThat(euclidean.map()).isEqualTo(squared.map());
    assertThat(euclidean.perQuery().nearestDistance()[3])
        .isCloseTo(Math.sqrt(squared.perQuery().nearestDistance()[3]), within(1e-12));
    assertSame(
        evaluation(new Cosine()).selfRetrieval(x, y), evaluation(COSINE).selfRetrieval(x, y));
    // On vectors of one length the dot product orders like the cosine.
    Tensor unit = x.div(x.square().sum(new long[] {1}, true, Ops.sameType()).sqrt());
    assertThat(evaluation(new Dot()).selfRetrieval(unit, y).map().value())
        .isCloseTo(evaluation(COSINE).selfRetrieval(unit, y).map().value(), within(1e-3));
    assertThat(evaluation(new Dot()).selfRetrieval(x, y).map())
        .isNotEqualTo(evaluation(COSINE).selfRetrieval(x, y).map());
    Distance wrong = (a, b) -> a.matmul(b.t()).narrow(1, 0, 3);
    assertThatThrownBy(() -> evaluation(wrong).selfRetrieval(x, y))
        .hasMessageContaining("measure must give [40, 40], got [40, 3]");
    Distance broken = (a, b) -> a.matmul(b.t()).div(Ops.scalar(0));
    assertThatThrownBy(() -> evaluation(broken).selfRetrieval(x, y))
        .hasMessageContaining("measure must give finite values");
  }

  @Test
  void perfectAndWorstRankingsHaveClosedForms() {
    // Two classes of 3 on a line, far apart: every metric but E is 1.
    double[][] x = {{0}, {1}, {2}, {100}, {101}, {102}};
    RetrievalReport best =
        evaluation(L2).withCutoffs(1, 2).selfRetrieval(tensor(x), 0, 0, 0, 1, 1, 1);
    for (Estimate estimate :
        List.of(
            best.precisionAt1(),
            best.at(2).recall(),
            best.at(2).ndcg(),
            best.firstTier(),
            best.secondTier(),
            best.shapeDcg(),
            best.map(),
            best.mapAtR(),
            best.meanReciprocalRank(),
            best.meanInversePenalty(),
            best.ndcg())) {
      assertThat(estimate.value()).isCloseTo(1, within(1e-15));
      assertThat(estimate.interval().width()).isCloseTo(0, within(1e-15));
    }
    // 2 hits of R = 2: 2 * 2 / (32 + 2)
    assertThat(best.eMeasure().value()).isCloseTo(4.0 / 34, within(1e-15));
    // One relevant item, always last of 3: ranks 3.
    RetrievalReport worst =
        evaluation(L2)
            .withCutoffs(1, 2)
            .retrieval(
                LabelledEmbeddings.of(tensor(new double[][] {{0}}), 5),
                LabelledEmbeddings.of(tensor(new double[][] {{3}, {1}, {2}}), 5, 1, 2));
    assertThat(worst.map().value()).isCloseTo(1.0 / 3, within(1e-15));
    assertThat(worst.meanReciprocalRank().value()).isCloseTo(1.0 / 3, within(1e-15));
    assertThat(worst.meanInversePenalty().value()).isCloseTo(1.0 / 3, within(1e-15));
    assertThat(worst.ndcg().value()).isCloseTo(0.5, within(1e-15)); // 1 / log2 4
    assertThat(worst.shapeDcg().value()).isCloseTo(1 / (Math.log(3) / Math.log(2)), within(1e-15));
    assertThat(worst.rPrecision().value()).isZero();
    assertThat(worst.at(2).hitRate().value()).isZero();
  }

  @Test
  void macroAverageCountsClassesAlike() {
    double[][] x = grid(60, 3, 50, 9);
    int[] y = labels(60, 3, 9);
    Arrays.fill(y, 0, 30, 0);
    RetrievalEvaluation micro = evaluation(L2);
    RetrievalReport report = micro.selfRetrieval(tensor(x), y);
    double[] values = report.perQuery().values(RetrievalMetric.AVERAGE_PRECISION);
    double[] sum = new double[3];
    double[] count = new double[3];
    for (int s = 0; s < values.length; s++) {
      sum[y[s]] += values[s];
      count[y[s]]++;
    }
    double macro = (sum[0] / count[0] + sum[1] / count[1] + sum[2] / count[2]) / 3;
    assertThat(micro.withAverage(Over.CLASSES).selfRetrieval(tensor(x), y).map().value())
        .isCloseTo(macro, within(1e-14));
    assertThat(report.map().value())
        .isCloseTo(Arrays.stream(values).average().orElseThrow(), within(1e-14))
        .isNotCloseTo(macro, within(1e-4));
  }

  @Test
  void everyOptionMatters() {
    double[][] x = grid(60, 3, 4, 11);
    int[] y = labels(60, 4, 11);
    Arrays.fill(y, 0, 25, 0);
    Tensor t = tensor(x);
    Bootstrap bootstrap = new Bootstrap(100, 0.95, 0);
    RetrievalEvaluation base = evaluation(L2);
    Estimate plain = base.selfRetrieval(t, y).map();
    assertThat(evaluation(COSINE).selfRetrieval(t, y).map().value()).isNotEqualTo(plain.value());
    assertThat(base.withTies(Ties.EXPECTED).selfRetrieval(t, y).map().value())
        .isNotEqualTo(plain.value());
    assertThat(base.withAverage(Over.CLASSES).selfRetrieval(t, y).map().value())
        .isNotEqualTo(plain.value());
    assertThat(base.withBootstrap(bootstrap, Over.CLASSES).selfRetrieval(t, y).map().interval())
        .isNotEqualTo(plain.interval());
    assertThat(
            base.withBootstrap(new Bootstrap(100, 0.95, 1), Over.QUERIES)
                .selfRetrieval(t, y)
                .map()
                .interval())
        .isNotEqualTo(plain.interval());
    assertThat(
            base.withBootstrap(bootstrap, Over.CLASSES)
                .withAverage(Over.CLASSES)
                .selfRetrieval(t, y)
                .map()
                .interval())
        .isNotEqualTo(base.withAverage(Over.CLASSES).selfRetrieval(t, y).map().interval());
    assertThat(base.withCutoffs(3).selfRetrieval(t, y).atCutoffs())
        .extracting(RetrievalReport.AtCutoff::k)
        .containsExactly(1, 3);
    // float32 keeps 24 bits: one part in 2^30 away from equal distances decides the rank only in
    // float64.
    double[][] close = {{0, 1}, {1 + 0x1p-30, 1}, {1, 1}, {5, 5}, {-1, 1}};
    int[] z = {0, 1, 0, 1, 1};
    assertThat(
            base.withCutoffs(1)
                .withPrecision(Precision.FLOAT32)
                .selfRetrieval(tensor(close), z)
                .perQuery()
                .nearest()[0])
        .isEqualTo(1);
    assertThat(base.withCutoffs(1).selfRetrieval(tensor(close), z).perQuery().nearest()[0])
        .isEqualTo(2);
  }

  @Test
  void threadsDoNotChangeABit() {
    double[][] x = grid(90, 4, 9, 3);
    int[] y = labels(90, 5, 3);
    RetrievalEvaluation evaluation =
        evaluation(L2).withPrecision(Precision.FLOAT32).withTileBytes(90 * 4 * 17);
    RetrievalReport one = evaluation.withThreads(1).selfRetrieval(tensor(x), y);
    for (int threads : new int[] {2, 3, 8}) {
      assertSame(evaluation.withThreads(threads).selfRetrieval(tensor(x), y), one);
    }
  }

  @Test
  void tilesDoNotChangeExactDistances() {
    double[][] x = grid(75, 4, 9, 3);
    int[] y = labels(75, 5, 3);
    RetrievalReport whole = evaluation(L2).selfRetrieval(tensor(x), y);
    for (long bytes : new long[] {1, 75 * 8 * 2, 75 * 8 * 13}) {
      assertSame(evaluation(L2).withTileBytes(bytes).selfRetrieval(tensor(x), y), whole);
    }
  }

  private static void assertSame(RetrievalReport actual, RetrievalReport expected) {
    assertThat(actual.map()).isEqualTo(expected.map());
    assertThat(actual.atCutoffs()).isEqualTo(expected.atCutoffs());
    for (RetrievalMetric metric : RetrievalMetric.values()) {
      if (!metric.hasCutoff()) {
        assertThat(actual.perQuery().values(metric)).isEqualTo(expected.perQuery().values(metric));
      }
    }
    assertThat(actual.perQuery().nearest()).isEqualTo(expected.perQuery().nearest());
    assertThat(actual.perQuery().nearestDistance())
        .isEqualTo(expected.perQuery().nearestDistance());
  }

  @Test
  void permutingTheRowsPermutesTheValues() {
    double[][] x = new double[50][6];
    Rng rng = Rng.of(8, Rng.Purpose.OTHER);
    for (double[] row : x) {
      Arrays.setAll(row, k -> rng.gaussian());
    }
    int[] y = labels(50, 4, 8);
    int[] order = rng.permutation(50);
    double[][] moved = new double[50][];
    int[] movedLabels = new int[50];
    for (int i = 0; i < 50; i++) {
      moved[i] = x[order[i]];
      movedLabels[i] = y[order[i]];
    }
    double[] values =
        evaluation(L2).selfRetrieval(tensor(x), y).perQuery().values(RetrievalMetric.NDCG);
    double[] after =
        evaluation(L2)
            .selfRetrieval(tensor(moved), movedLabels)
            .perQuery()
            .values(RetrievalMetric.NDCG);
    for (int i = 0; i < 50; i++) {
      assertThat(after[i]).isCloseTo(values[order[i]], within(1e-12));
    }
  }

  @Test
  void nearDuplicatesFarFromTheOriginAreToldApart() {
    // Mean 1,000, differences of 1e-3: the bare product form has errors of about 1 in float32.
    double[][] x = new double[30][8];
    Rng rng = Rng.of(2, Rng.Purpose.OTHER);
    for (int i = 0; i < 30; i++) {
      int pair = i / 2;
      for (int k = 0; k < 8; k++) {
        x[i][k] = (float) (1000 + 3 * Math.sin(pair * 8 + k) + 1e-3 * rng.gaussian());
      }
    }
    int[] y = new int[30];
    Arrays.setAll(y, i -> i / 2);
    RetrievalReport report =
        evaluation(L2).withPrecision(Precision.FLOAT32).selfRetrieval(tensor(x), y);
    assertThat(report.precisionAt1().value()).isEqualTo(1);
    for (int i = 0; i < 30; i++) {
      double exact = squared(x[i], x[i ^ 1]);
      assertThat(report.perQuery().nearestDistance()[i]).isCloseTo(exact, within(0.02 * exact));
    }
  }

  @Test
  void worstMistakesComeFirst() {
    // On a line: class 0 at 0, 1 and 10; class 1 at 3, 9.5 and 20.
    PerQuery values =
        evaluation(new Euclidean())
            .withCutoffs(1)
            .selfRetrieval(
                tensor(new double[][] {{0}, {1}, {10}, {3}, {9.5}, {20}}), 0, 0, 0, 1, 1, 1)
            .perQuery();
    List<Mistake> worst = Mistake.worst(values, 10);
    // margins: 10 -> 9 - 0.5, 9.5 -> 6.5 - 0.5, 3 -> 6.5 - 2, 20 -> 10.5 - 10
    assertThat(worst).extracting(Mistake::query).containsExactly(2, 4, 3, 5);
    assertThat(worst.getFirst()).isEqualTo(new Mistake(2, 0, 4, 1, 0.5, 1, 9));
    assertThat(worst.getFirst().margin()).isEqualTo(8.5);
    assertThat(Mistake.worst(values, 2)).isEqualTo(worst.subList(0, 2));
  }

  @Test
  void refusesBadInput() {
    RetrievalEvaluation evaluation = evaluation(L2).withCutoffs(1);
    Tensor good = tensor(grid(6, 2, 9, 1));
    int[] y = {0, 0, 1, 1, 2, 2};
    assertThatThrownBy(() -> evaluation.selfRetrieval(good, 0, 0, 0, 0, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 2 classes");
    assertThatThrownBy(() -> evaluation.selfRetrieval(good, 0, 1, 2, 3, 4, 5))
        .hasMessageContaining("relevant");
    assertThatThrownBy(() -> evaluation.withCutoffs(6).selfRetrieval(good, y))
        .hasMessageContaining("cutoff must be at most the number of candidates, 5, got 6");
    assertThatThrownBy(() -> evaluation.selfRetrieval(good, 0, 1))
        .hasMessageContaining("labels must have 6 values");
    assertThatThrownBy(() -> evaluation.selfRetrieval(good, 0, 0, 1, 1, -2, 2))
        .hasMessageContaining("label must be >= -1");
    double[][] bad = grid(6, 2, 9, 1);
    bad[4][1] = Double.NaN;
    assertThatThrownBy(() -> evaluation.selfRetrieval(tensor(bad), y))
        .hasMessageContaining("row 4 must be finite");
    bad[4] = new double[2];
    assertThatThrownBy(() -> evaluation(COSINE).withCutoffs(1).selfRetrieval(tensor(bad), y))
        .hasMessageContaining("row 4 has length 0");
    bad[4][1] = 1e25;
    assertThatThrownBy(
            () -> evaluation.withPrecision(Precision.FLOAT32).selfRetrieval(tensor(bad), y))
        .hasMessageContaining("FLOAT64");
    assertThatThrownBy(
            () ->
                evaluation.retrieval(
                    LabelledEmbeddings.of(good, y),
                    LabelledEmbeddings.of(tensor(grid(6, 3, 9, 1)), y)))
        .hasMessageContaining("same number of columns");
    assertThatThrownBy(() -> evaluation.withThreads(0)).hasMessageContaining("threads");
    assertThatThrownBy(() -> evaluation.withTileBytes(0)).hasMessageContaining("tileBytes");
    assertThatThrownBy(() -> evaluation.withCutoffs(0)).hasMessageContaining("cutoff");
    assertThatThrownBy(() -> LabelledEmbeddings.of(Ops.longs(new long[4], 2, 2), 0, 1))
        .hasMessageContaining("floating point");
    assertThatThrownBy(() -> LabelledEmbeddings.of(good, y).withCameras(1))
        .hasMessageContaining("cameras");
    PerQuery perQuery = evaluation.selfRetrieval(good, y).perQuery();
    assertThatThrownBy(() -> perQuery.values(RetrievalMetric.HIT_AT))
        .hasMessageContaining("cutoff");
    assertThatThrownBy(() -> perQuery.values(RetrievalMetric.HIT_AT, 7))
        .hasMessageContaining("not computed");
  }
}
