package dev.semblance.similarity.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class AxiomsTest {
  private static Axioms of(Distance distance, double[] values, int columns) {
    try (Scope scope = Scope.open()) {
      return Axioms.of(distance, Ops.doubles(values, values.length / columns, columns));
    }
  }

  @Test
  void euclideanIsAMetric() {
    double[] values = new Random(1).doubles(120, -1, 1).toArray();
    Axioms axioms = of(new Euclidean(), values, 3);
    assertThat(axioms.isMetric()).isTrue();
    assertThat(of(new Angular(), values, 3).isMetric()).isTrue();
  }

  @Test
  void squaredEuclideanFailsTheTriangleAtTheTextbookPoints() {
    Axioms axioms = of(new SquaredEuclidean(), new double[] {0, 1, 2}, 1);
    assertThat(axioms.holdsTriangle()).isFalse();
    assertThat(axioms.holdsIdentity()).isTrue();
    assertThat(axioms.holdsSymmetry()).isTrue();
    // 4 > 1 + 1
    assertThat(axioms.triangle().amount()).isEqualTo(2);
    assertThat(axioms.triangle().second()).isEqualTo(1);
  }

  @Test
  void cosineDistanceFailsTheTriangleAtFortyFiveDegrees() {
    double r = Math.sqrt(0.5);
    Axioms axioms = of(new CosineDistance(), new double[] {1, 0, r, r, 0, 1}, 2);
    // 1 > 0.586
    assertThat(axioms.triangle().amount()).isCloseTo(1 - 2 * (1 - r), within(1e-12));
    assertThat(axioms.holdsTriangle()).isFalse();
  }

  @Test
  void singularMatrixIsAPseudometricOnly() {
    Axioms axioms = of(Weighted.of(1, 0), new double[] {0, 0, 1, 0, 1, 5}, 2);
    assertThat(axioms.isPseudometric()).isTrue();
    assertThat(axioms.isMetric()).isFalse();
    assertThat(axioms.coincidence().amount()).isZero();
    assertThat(axioms.coincidence().first()).isEqualTo(2);
    assertThat(axioms.coincidence().second()).isEqualTo(1);
  }

  /** The first coordinates' sum, less a constant: breaks everything. */
  private static final class Broken implements Distance {
    @Override
    public Tensor between(Tensor x, Tensor y) {
      return x.mul(Ops.scalar(2)).add(y.t()).sub(Ops.scalar(3));
    }
  }

  @Test
  void worstOffendersAreNamed() {
    Axioms axioms = of(new Broken(), new double[] {0, 1, 4}, 1);
    assertThat(axioms.holdsIdentity()).isFalse();
    assertThat(axioms.identity()).isEqualTo(new Axioms.Offender(9, 2, 2, 2));
    assertThat(axioms.holdsNonNegativity()).isFalse();
    assertThat(axioms.negativity()).isEqualTo(new Axioms.Offender(3, 0, 0, 0));
    assertThat(axioms.holdsSymmetry()).isFalse();
    assertThat(axioms.asymmetry()).isEqualTo(new Axioms.Offender(4, 2, 0, 0));
  }
}
