package dev.semblance.generative.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class MemorisationTest {
  @Test
  void without_copying_half_are_nearer_and_z_is_standard_normal() {
    int repetitions = 60;
    double share = 0;
    double z = 0;
    double squares = 0;
    int covered = 0;
    for (int r = 0; r < repetitions; r++) {
      try (Scope scope = Scope.open()) {
        Memorisation.Result result =
            Memorisation.of()
                .measure(
                    Points.gaussian(3 * r, 100, 8),
                    Points.gaussian(3 * r + 1, 300, 8),
                    Points.gaussian(3 * r + 2, 300, 8));
        share += result.nearer().value() / repetitions;
        covered += result.nearer().interval().contains(.5) ? 1 : 0;
        z += result.z() / repetitions;
        squares += result.z() * result.z() / repetitions;
        assertThat(result.compared()).isEqualTo(100);
      }
    }
    assertThat(share).isCloseTo(.5, within(4 * .05 / Math.sqrt(repetitions)));
    assertThat(covered).isGreaterThan(50);
    assertThat(z).isCloseTo(0, within(4 / Math.sqrt(repetitions)));
    assertThat(Math.sqrt(squares)).isBetween(.6, 1.4);
  }

  @Test
  void copies_are_found_and_named() {
    try (Scope scope = Scope.open()) {
      Tensor training = Points.gaussian(1, 200, 6);
      Tensor heldOut = Points.gaussian(2, 200, 6);
      Tensor copies =
          training.narrow(0, 50, 60).add(Points.gaussian(3, 60, 6).mul(Ops.scalar(.05)));
      Memorisation.Result result = Memorisation.of().measure(copies, training, heldOut);
      assertThat(result.nearer().value()).isEqualTo(1);
      assertThat(result.pValue()).isCloseTo(Math.pow(2, -60), within(1e-25));
      assertThat(result.z()).isLessThan(-8);
      assertThat(result.zPValue()).isLessThan(1e-10);
      double[][] a = Points.rows(copies);
      double[][] b = Points.rows(training);
      for (int i = 0; i < 60; i++) {
        assertThat(result.nearest().rows()[i]).isEqualTo(50 + i);
        assertThat(result.nearest().distances()[i])
            .isCloseTo(Math.sqrt(Points.squared(a[i], b[50 + i])), within(1e-9));
      }
    }
  }

  @Test
  void the_birthday_paradox_tells_the_number_of_images() {
    int images = 500;
    int n = 200;
    int repetitions = 20;
    double pairs = 0;
    int bounded = 0;
    for (int r = 0; r < repetitions; r++) {
      try (Scope scope = Scope.open()) {
        Rng rng = Rng.of(r, Rng.Purpose.SELECT);
        long[] rows = new long[n];
        for (int i = 0; i < n; i++) {
          rows[i] = rng.below(images);
        }
        Tensor samples = Points.gaussian(9, images, 5).index_select(0, Ops.longs(rows));
        Memorisation.Twins twins = Memorisation.of().twins(samples, 1e-6);
        pairs += (double) twins.pairs() / repetitions;
        bounded += twins.supportAtLeast() <= images ? 1 : 0;
        assertThat(twins.support()).isEqualTo(n * (n - 1) / 2.0 / twins.pairs());
      }
    }
    // n(n-1)/2N = 39.8, deviation 6.3 each.
    assertThat(pairs).isCloseTo(39.8, within(4 * 6.3 / Math.sqrt(repetitions)));
    assertThat(bounded).isGreaterThanOrEqualTo(16);
  }

  @Test
  void without_pairs_only_the_bound_is_finite() {
    try (Scope scope = Scope.open()) {
      Memorisation.Twins twins = Memorisation.of().twins(Points.gaussian(1, 100, 3), 0);
      assertThat(twins.pairs()).isZero();
      assertThat(twins.support()).isInfinite();
      // No event at 95 %: a mean of at most ln 20.
      assertThat(twins.supportAtLeast()).isCloseTo(4950 / Math.log(20), within(1e-6));
      assertThat(new Memorisation(.5).twins(Points.gaussian(1, 100, 3), 0).supportAtLeast())
          .isCloseTo(4950 / Math.log(2), within(1e-6));
    }
  }

  @Test
  void samples_count_as_equal_within_the_closest_pair_of_held_out_images() {
    try (Scope scope = Scope.open()) {
      Tensor heldOut = Ops.doubles(new double[] {0, 3, 10}, 3, 1);
      Tensor samples = Ops.doubles(new double[] {1, 4, 7.5, 20}, 4, 1);
      Memorisation.Result result = Memorisation.of().measure(samples, heldOut, heldOut);
      assertThat(result.twins().within()).isCloseTo(3, within(1e-12));
      assertThat(result.twins().pairs()).isEqualTo(1);
      assertThat(result.compared()).isZero(); // training and held-out are the same: all ties
      assertThat(result.pValue()).isEqualTo(1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Memorisation.of().measure(samples, heldOut, heldOut.narrow(0, 0, 2)))
          .withMessageContaining("as many rows, got 3 and 2");
    }
  }

  @Test
  void mann_whitney_is_the_count_of_pairs() {
    double[] first = {1, 2, 2, 5};
    double[] second = {2, 3, 4, 6, 7};
    double u = 0;
    for (double a : first) {
      for (double b : second) {
        u += a > b ? 1 : a == b ? .5 : 0;
      }
    }
    // Ties: one group of 3, so (27 - 3) / (9 * 8) is taken off.
    double variance = 4 * 5 / 12.0 * (10 - 24 / 72.0);
    assertThat(Memorisation.mannWhitney(first, second))
        .isCloseTo((u - 10) / Math.sqrt(variance), within(1e-12));
    assertThat(Memorisation.mannWhitney(new double[] {1, 1}, new double[] {1})).isZero();
  }
}
