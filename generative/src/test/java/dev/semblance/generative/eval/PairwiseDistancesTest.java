package dev.semblance.generative.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class PairwiseDistancesTest {
  /** More than one tile of 32 MiB. */
  private static final int MANY = 2200;

  @Test
  void the_kth_neighbour_is_that_of_a_sorted_row_in_every_tile() {
    try (Scope scope = Scope.open()) {
      Tensor x = Points.gaussian(1, MANY, 3);
      double[][] rows = Points.rows(x);
      double[] kth = Ops.toDoubles(PairwiseDistances.kth(x, 4));
      for (int i = 0; i < MANY; i += 137) {
        assertThat(kth[i]).isCloseTo(Points.kth(rows, i, 4), within(1e-12));
      }
      assertThat(kth[MANY - 1]).isCloseTo(Points.kth(rows, MANY - 1, 4), within(1e-12));
    }
  }

  @Test
  void the_nearest_other_is_never_the_row_itself_and_is_the_nearest() {
    try (Scope scope = Scope.open()) {
      Tensor x = Points.gaussian(2, MANY, 2);
      double[][] rows = Points.rows(x);
      PairwiseDistances.Nearest nearest = PairwiseDistances.nearestOther(x);
      for (int i = 0; i < MANY; i += 61) {
        assertThat(nearest.row()[i]).isNotEqualTo(i);
        assertThat(Points.squared(rows[i], rows[nearest.row()[i]]))
            .isEqualTo(Points.kth(rows, i, 1));
      }
    }
  }

  @Test
  void equal_rows_are_at_distance_0_far_from_the_origin_too() {
    try (Scope scope = Scope.open()) {
      Tensor x = Points.gaussian(3, 50, 40).add(Ops.scalar(1e4));
      assertThat(PairwiseDistances.nearest(x, x).squared()).containsOnly(0);
      double[] others = PairwiseDistances.nearestOther(x).squared();
      assertThat(Arrays.stream(others).min().orElseThrow()).isGreaterThan(1);
    }
  }

  @Test
  void what_is_no_matrix_of_features_is_refused_in_one_line() {
    try (Scope scope = Scope.open()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PairwiseDistances.check("real", Ops.doubles(new double[3], 3), 1))
          .withMessageContaining("real must be [n, d]");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PairwiseDistances.check("real", Ops.floats(new float[4], 2, 2), 1))
          .withMessageContaining("must be float64");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  PairwiseDistances.check(
                      "fake", Ops.doubles(new double[] {1, Double.NaN}, 2, 1), 1))
          .withMessageContaining("fake must be finite");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  PrecisionRecall.of().measure(Points.gaussian(1, 9, 2), Points.gaussian(1, 9, 3)))
          .withMessageContaining("one width, got 2 and 3");
    }
  }
}
