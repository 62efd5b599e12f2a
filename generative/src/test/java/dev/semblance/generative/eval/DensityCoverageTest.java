package dev.semblance.generative.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class DensityCoverageTest {
  @Test
  void both_are_what_loops_count() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 50, 2);
      Tensor fake = Points.gaussian(2, 37, 2).add(Ops.scalar(.7));
      double[][] a = Points.rows(real);
      double[][] b = Points.rows(fake);
      for (int k : new int[] {2, 5}) {
        int memberships = 0;
        int covered = 0;
        for (int i = 0; i < a.length; i++) {
          int inside = 0;
          for (double[] point : b) {
            inside += Points.squared(a[i], point) <= Points.kth(a, i, k) ? 1 : 0;
          }
          memberships += inside;
          covered += inside > 0 ? 1 : 0;
        }
        DensityCoverage.Scores scores = new DensityCoverage(k).measure(real, fake);
        assertThat(scores.density().value())
            .isCloseTo(memberships / (double) (k * b.length), within(1e-12));
        assertThat(scores.coverage().value()).isEqualTo(covered / (double) a.length);
        DensityCoverage.Scores again =
            new DensityCoverage(k).measure(Points.permuted(real, 5), Points.permuted(fake, 6));
        assertThat(again.density().value()).isCloseTo(scores.density().value(), within(1e-12));
        assertThat(again.coverage()).isEqualTo(scores.coverage());
      }
    }
  }

  @Test
  void of_equal_distributions_density_is_1_and_coverage_the_product() {
    int repetitions = 150;
    int n = 40;
    int m = 30;
    double density = 0;
    double coverage = 0;
    double squares = 0;
    double coverageSquares = 0;
    for (int r = 0; r < repetitions; r++) {
      try (Scope scope = Scope.open()) {
        DensityCoverage.Scores scores =
            DensityCoverage.of()
                .measure(Points.gaussian(2 * r, n, 2), Points.gaussian(2 * r + 1, m, 2));
        double value = scores.density().value();
        double share = scores.coverage().value();
        density += value / repetitions;
        squares += value * value / repetitions;
        coverage += share / repetitions;
        coverageSquares += share * share / repetitions;
      }
    }
    double error = Math.sqrt((squares - density * density) / repetitions);
    double coverageError = Math.sqrt((coverageSquares - coverage * coverage) / repetitions);
    assertThat(density).isCloseTo(1, within(4 * error));
    double expected = DensityCoverage.of().expectedCoverage(n, m);
    assertThat(coverage).isCloseTo(expected, within(4 * coverageError));
    // 1 - 39*38*37*36*35 / (69*68*67*66*65)
    assertThat(expected).isCloseTo(1 - 69090840.0 / 1348621560.0, within(1e-12));
    assertThat(DensityCoverage.of().expectedCoverage(1_000_000, 1_000_000))
        .isCloseTo(1 - 1.0 / 32, within(1e-5));
  }

  @Test
  void collapse_covers_nothing_however_dense() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 500, 2);
      Tensor fake = Points.gaussian(2, 500, 2).mul(Ops.scalar(.01));
      DensityCoverage.Scores scores = DensityCoverage.of().measure(real, fake);
      assertThat(scores.density().value()).isGreaterThan(.5);
      assertThat(scores.coverage().value()).isLessThan(.05);
      assertThat(scores.density().interval().width()).isGreaterThan(0);
      assertThatIllegalArgumentException().isThrownBy(() -> new DensityCoverage(0));
    }
  }
}
