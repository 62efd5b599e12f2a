package dev.semblance.generative.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class PrecisionRecallTest {
  private static double naive(double[][] points, double[][] centres, int k) {
    int inside = 0;
    for (double[] point : points) {
      boolean any = false;
      for (int j = 0; j < centres.length; j++) {
        any |= Points.squared(point, centres[j]) <= Points.kth(centres, j, k);
      }
      inside += any ? 1 : 0;
    }
    return (double) inside / points.length;
  }

  @Test
  void both_are_the_shares_that_loops_count_in_any_order_of_rows() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 60, 3);
      Tensor fake = Points.gaussian(2, 45, 3).mul(Ops.scalar(1.6));
      double[][] a = Points.rows(real);
      double[][] b = Points.rows(fake);
      for (int k : new int[] {1, 3}) {
        PrecisionRecall metric = new PrecisionRecall(k);
        PrecisionRecall.Scores scores = metric.measure(real, fake);
        assertThat(scores.precision().value()).isEqualTo(naive(b, a, k));
        assertThat(scores.recall().value()).isEqualTo(naive(a, b, k));
        assertThat(metric.measure(Points.permuted(real, 5), Points.permuted(fake, 6)))
            .isEqualTo(scores);
      }
      assertThat(naive(b, a, 1)).isNotEqualTo(naive(b, a, 3));
    }
  }

  @Test
  void a_part_of_the_data_is_precise_and_recalls_little() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 1000, 2);
      Tensor fake = Points.gaussian(2, 1000, 2).mul(Ops.scalar(.1));
      PrecisionRecall.Scores scores = PrecisionRecall.of().measure(real, fake);
      assertThat(scores.precision().value()).isGreaterThan(.95);
      assertThat(scores.recall().value()).isLessThan(.1);
      assertThat(scores.recall().interval().contains(scores.recall().value())).isTrue();
      PrecisionRecall.Scores swapped = PrecisionRecall.of().measure(fake, real);
      assertThat(swapped.precision()).isEqualTo(scores.recall());
      assertThat(swapped.recall()).isEqualTo(scores.precision());
    }
  }

  @Test
  void too_few_rows_are_refused() {
    try (Scope scope = Scope.open()) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  PrecisionRecall.of().measure(Points.gaussian(1, 3, 2), Points.gaussian(1, 9, 2)))
          .withMessage("real must have at least 4 rows, got 3");
    }
  }
}
