package dev.semblance.similarity.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.data.Table;
import dev.semblance.core.eval.Bootstrap;
import dev.semblance.core.eval.Estimate;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.Measure;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The reference numbers of the project's notes (section 4), measured there in float64 by an
 * independent program on the same files: self-retrieval of raw pixels. L2 between integer pixels is
 * exact and must agree to the digit; under cosine near-ties may round either way in the last.
 */
@NeedsData
class ReferenceNumbersTest {
  private static final Measure L2 = new SquaredEuclidean();
  private static final Measure COSINE = new CosineDistance();

  private static ImageSet faces;
  private static Table digits;

  @BeforeAll
  static void open() throws IOException {
    faces = DataSets.open("orl-faces", Split.ALL, DataOptions.defaults());
    digits = Table.open("optdigits", Split.TEST);
  }

  @AfterAll
  static void close() {
    faces.close();
  }

  /** Person (1-40) and shot (1-10) of a row, from an id such as {@code s7/10.pgm}. */
  private static int[] personAndShot(int row) {
    String[] parts = faces.id(row).split("/");
    int last = parts.length - 1;
    return new int[] {
      Integer.parseInt(parts[last - 1].substring(1)),
      Integer.parseInt(parts[last].replace(".pgm", ""))
    };
  }

  /** The faces whose (person * 100 + shot) passes, in that order. */
  private static LabelledEmbeddings faces(IntPredicate wanted) {
    long[] rows =
        IntStream.range(0, faces.size())
            .filter(row -> wanted.test(code(row)))
            .boxed()
            .sorted((a, b) -> Integer.compare(code(a), code(b)))
            .mapToLong(Integer::longValue)
            .toArray();
    Tensor pixels = faces.images(rows).to(ScalarType.Double).flatten(1, -1);
    int[] people = LongStream.of(rows).mapToInt(row -> code((int) row) / 100).toArray();
    return LabelledEmbeddings.of(pixels, people);
  }

  private static int code(int row) {
    int[] face = personAndShot(row);
    return face[0] * 100 + face[1];
  }

  private static LabelledEmbeddings digits(Table table) {
    double[] flat = Arrays.stream(table.features()).flatMapToDouble(Arrays::stream).toArray();
    return LabelledEmbeddings.of(
        Ops.doubles(flat, table.size(), table.dimension()), table.labels());
  }

  private static RetrievalReport retrieval(Measure measure, LabelledEmbeddings set) {
    return RetrievalEvaluation.of(measure)
        .withPrecision(Precision.FLOAT64)
        .withBootstrap(new Bootstrap(100, 0.95, 0), Over.QUERIES)
        .selfRetrieval(set);
  }

  /** P@1, R-precision, ST, MAP@R, MAP, mINP in percent. */
  private static void assertRow(RetrievalReport report, double tolerance, double... percent) {
    Estimate[] row = {
      report.precisionAt1(),
      report.rPrecision(),
      report.secondTier(),
      report.mapAtR(),
      report.map(),
      report.meanInversePenalty()
    };
    assertThat(Arrays.stream(row).mapToDouble(e -> 100 * e.value()).toArray())
        .containsExactly(percent, within(tolerance));
    for (Estimate estimate : row) {
      assertThat(estimate.interval().contains(estimate.value())).isTrue();
    }
  }

  @Test
  void allFaces() {
    try (Scope scope = Scope.open()) {
      LabelledEmbeddings set = faces(code -> true);
      assertThat(set.size()).isEqualTo(400);
      assertRow(retrieval(L2, set), 0.00501, 97.50, 64.67, 74.81, 62.08, 71.70, 36.96);
      assertRow(retrieval(COSINE, set), 0.0101, 96.50, 60.44, 71.47, 57.16, 67.18, 30.95);
    }
  }

  @Test
  void tenPeople() {
    try (Scope scope = Scope.open()) {
      LabelledEmbeddings set = faces(code -> code >= 3100);
      assertRow(retrieval(L2, set), 0.00501, 99.00, 78.00, 87.44, 76.71, 85.05, 62.73);
      assertRow(retrieval(COSINE, set), 0.0101, 99.00, 72.00, 84.56, 70.39, 81.14, 53.32);
    }
  }

  @Test
  void opticalDigits() {
    try (Scope scope = Scope.open()) {
      LabelledEmbeddings set = digits(digits);
      assertThat(set.size()).isEqualTo(1797);
      assertRow(retrieval(L2, set), 0.00501, 98.83, 61.16, 75.28, 54.56, 66.43, 15.30);
      assertRow(retrieval(COSINE, set), 0.0101, 98.89, 60.65, 74.76, 54.00, 65.87, 14.04);
    }
  }

  @Test
  void floatPrecisionIsExactOnSmallIntegers() {
    try (Scope scope = Scope.open()) {
      LabelledEmbeddings set = digits(digits);
      RetrievalReport narrow =
          RetrievalEvaluation.of(L2)
              .withBootstrap(new Bootstrap(100, 0.95, 0), Over.QUERIES)
              .selfRetrieval(set);
      RetrievalReport wide = retrieval(L2, set);
      for (RetrievalMetric metric : RetrievalMetric.values()) {
        if (!metric.hasCutoff()) {
          assertThat(narrow.perQuery().values(metric)).isEqualTo(wide.perQuery().values(metric));
        }
      }
    }
  }
}
