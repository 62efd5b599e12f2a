package dev.semblance.similarity.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MeasuresTest {
  private static final double[][] L = {{1, 2, 0}, {0, 1, -1}};
  private static final double[] WEIGHTS = {2, 0, 0.5};

  /** A measure and its definition, pair by pair. */
  record Case(Measure measure, Definition definition) {
    @Override
    public String toString() {
      return measure.toString();
    }
  }

  @FunctionalInterface
  interface Definition {
    double of(double[] x, double[] y);
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int k = 0; k < x.length; k++) {
      sum += x[k] * y[k];
    }
    return sum;
  }

  private static double cosine(double[] x, double[] y) {
    return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  }

  private static double[] minus(double[] x, double[] y) {
    double[] difference = new double[x.length];
    for (int k = 0; k < x.length; k++) {
      difference[k] = x[k] - y[k];
    }
    return difference;
  }

  private static double weighted(double[] x, double[] y) {
    double[] v = minus(x, y);
    double sum = 0;
    for (int k = 0; k < v.length; k++) {
      sum += WEIGHTS[k] * v[k] * v[k];
    }
    return Math.sqrt(sum);
  }

  private static double mapped(double[] x, double[] y) {
    double sum = 0;
    for (double[] row : L) {
      sum += Math.pow(dot(row, minus(x, y)), 2);
    }
    return Math.sqrt(sum);
  }

  static List<Case> cases() {
    return List.of(
        new Case(new SquaredEuclidean(), (x, y) -> dot(minus(x, y), minus(x, y))),
        new Case(new Euclidean(), (x, y) -> Math.sqrt(dot(minus(x, y), minus(x, y)))),
        new Case(Weighted.of(WEIGHTS), MeasuresTest::weighted),
        new Case(Mahalanobis.ofL(L), MeasuresTest::mapped),
        new Case(Mahalanobis.ofM(Mahalanobis.ofL(L).m()), MeasuresTest::mapped),
        new Case(new Cosine(), MeasuresTest::cosine),
        new Case(new CosineDistance(), (x, y) -> 1 - cosine(x, y)),
        new Case(new Angular(), (x, y) -> Math.acos(cosine(x, y))),
        new Case(new Dot(), MeasuresTest::dot));
  }

  private static double[] random(int count, long seed) {
    return new Random(seed).doubles(count, -1, 1).toArray();
  }

  private static double[] row(double[] values, int i) {
    return new double[] {values[3 * i], values[3 * i + 1], values[3 * i + 2]};
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithItsDefinition(Case one) {
    double[] a = random(15, 1);
    double[] b = random(12, 2);
    try (Scope scope = Scope.open()) {
      Tensor values = one.measure().between(Ops.doubles(a, 5, 3), Ops.doubles(b, 4, 3));
      assertThat(values.shape()).containsExactly(5, 4);
      double[] found = Ops.toDoubles(values);
      for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 4; j++) {
          double expected = one.definition().of(row(a, i), row(b, j));
          assertThat(found[i * 4 + j])
              .isCloseTo(expected, within(1e-12 * Math.max(1, Math.abs(expected))));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void keepsTheTypeAndRecordsNoGraph(Case one) {
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.doubles(random(15, 3), 5, 3).to(ScalarType.Float);
      x.set_requires_grad(true);
      Tensor values = one.measure().between(x, x);
      assertThat(values.scalar_type().intern()).isEqualTo(ScalarType.Float);
      assertThat(values.requires_grad()).isFalse();
      Tensor none = one.measure().between(Ops.zeros(ScalarType.Float, 0, 3), x);
      assertThat(none.shape()).containsExactly(0, 5);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tilesAgreeWithBetween(Case one) {
    if (!(one.measure() instanceof EmbeddedDistance distance)) {
      return;
    }
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.doubles(random(60, 4), 20, 3);
      double[] between = Ops.toDoubles(distance.between(x, x));
      double[] row = new double[20];
      PairTiles.of(distance, x)
          .visit(
              block -> {
                for (int i = 0; i < block.size(); i++) {
                  block.distances(i, row);
                  for (int j = 0; j < 20; j++) {
                    assertThat(row[j]).isCloseTo(between[block.row(i) * 20 + j], within(1e-9));
                  }
                }
              });
    }
  }

  @Test
  void smallDistancesAreAccurateFarFromTheOrigin() {
    // 200 rows at 100 +- 10 and their twins, 1e-3 away: the plain Gram form is off by up to 1.
    Random random = new Random(5);
    float[] a = new float[200 * 128];
    float[] b = new float[200 * 128];
    for (int k = 0; k < a.length; k++) {
      a[k] = (float) (100 + 10 * random.nextGaussian());
      b[k] = (float) (a[k] + 1e-3 * random.nextGaussian());
    }
    try (Scope scope = Scope.open()) {
      float[] squares =
          Ops.toFloats(
              new SquaredEuclidean().between(Ops.floats(a, 200, 128), Ops.floats(b, 200, 128)));
      for (int i = 0; i < 200; i++) {
        double exact = 0;
        for (int k = i * 128; k < (i + 1) * 128; k++) {
          exact += Math.pow((double) a[k] - b[k], 2);
        }
        assertThat((double) squares[i * 200 + i]).isCloseTo(exact, within(0.03 * exact));
      }
    }
  }

  @Test
  void collapsedRowsKeepTheirDistances() {
    // Most pairs cancel: the other way of recomputing.
    Random random = new Random(6);
    float[] a = new float[50 * 8];
    for (int k = 0; k < a.length; k++) {
      a[k] = (float) (k / 200 + 1e-5 * random.nextGaussian());
    }
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.floats(a, 50, 8);
      float[] single = Ops.toFloats(new SquaredEuclidean().between(x, x));
      double[] wide =
          Ops.toDoubles(
              new SquaredEuclidean().between(x.to(ScalarType.Double), x.to(ScalarType.Double)));
      for (int k = 0; k < wide.length; k++) {
        assertThat((double) single[k]).isCloseTo(wide[k], within(1e-6 * wide[k]));
      }
      for (int i = 0; i < 50; i++) {
        assertThat(single[i * 51]).isZero();
      }
    }
  }

  @Test
  void integerRowsAreExact() {
    Random random = new Random(7);
    float[] a = new float[40 * 30];
    for (int k = 0; k < a.length; k++) {
      a[k] = random.nextInt(64);
    }
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.floats(a, 40, 30);
      float[] found = Ops.toFloats(new SquaredEuclidean().between(x, x));
      for (int i = 0; i < 40; i++) {
        for (int j = 0; j < 40; j++) {
          float exact = 0;
          for (int k = 0; k < 30; k++) {
            float difference = a[i * 30 + k] - a[j * 30 + k];
            exact += difference * difference;
          }
          assertThat(found[i * 40 + j]).isEqualTo(exact);
        }
      }
    }
  }

  @Test
  void cosineRefusesAZeroRowByName() {
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.floats(new float[] {1, 2, 0, 0}, 2, 2);
      for (Measure measure : List.of(new Cosine(), new CosineDistance(), new Angular())) {
        assertThatThrownBy(() -> measure.between(x, x))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("row 1");
      }
    }
  }

  @Test
  void cosineIsSafeForTinyAndHugeRows() {
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.floats(new float[] {1e-30f, 1e-30f, 1e30f, 0}, 2, 2);
      float[] found = Ops.toFloats(new Cosine().between(x, x));
      assertThat((double) found[1]).isCloseTo(Math.sqrt(0.5), within(1e-6));
      assertThat((double) found[0]).isCloseTo(1, within(1e-6));
    }
  }

  @Test
  void indefiniteMatrixIsRefusedAndRoundingForgiven() {
    assertThatThrownBy(() -> Mahalanobis.ofM(new double[][] {{1, 2}, {2, 1}}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("positive semidefinite")
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> Mahalanobis.ofM(new double[][] {{1, 2}, {0, 1}}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("symmetric");
    assertThatThrownBy(() -> Mahalanobis.ofM(new double[][] {{0, 0}, {0, 0}}))
        .isInstanceOf(IllegalArgumentException.class);
    double[][] m = Mahalanobis.ofM(new double[][] {{1, 0}, {0, -1e-11}}).m();
    assertThat(m[1][1]).isZero();
    assertThat(m[0][0]).isCloseTo(1, within(1e-12));
  }

  @Test
  void formsOfOneMetricAgree() {
    double[] x = random(30, 8);
    double[][] diagonal = {{2, 0, 0}, {0, 0, 0}, {0, 0, 0.5}};
    try (Scope scope = Scope.open()) {
      Tensor rows = Ops.doubles(x, 10, 3);
      double[] weighted = Ops.toDoubles(Weighted.of(WEIGHTS).between(rows, rows));
      double[] byM = Ops.toDoubles(Mahalanobis.ofM(diagonal).between(rows, rows));
      for (int k = 0; k < byM.length; k++) {
        assertThat(byM[k]).isCloseTo(weighted[k], within(1e-12 * Math.max(1, weighted[k])));
      }
    }
  }

  @Test
  void wrongColumnsAreRefused() {
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.zeros(ScalarType.Float, 2, 4);
      assertThatThrownBy(() -> Weighted.of(1, 2).between(x, x))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("[n, 2]");
      assertThatThrownBy(() -> new Euclidean().between(x, Ops.zeros(ScalarType.Float, 2, 3)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("columns");
      assertThatThrownBy(() -> Weighted.of(1, -1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("weights[1]");
    }
  }
}
