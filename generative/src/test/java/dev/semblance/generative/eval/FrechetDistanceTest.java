package dev.semblance.generative.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class FrechetDistanceTest {
  private static FrechetDistance.Gaussian gaussian(double[] mean, double... covariance) {
    int d = mean.length;
    return new FrechetDistance.Gaussian(Ops.doubles(mean, d), Ops.doubles(covariance, d, d));
  }

  private static FrechetDistance.Gaussian standard(int d) {
    return new FrechetDistance.Gaussian(
        Ops.zeros(ScalarType.Double, d), torch.eye(d, Ops.options(ScalarType.Double)));
  }

  @Test
  void of_gaussians_that_do_not_commute_it_is_the_closed_form_of_two_dimensions() {
    try (Scope scope = Scope.open()) {
      double distance =
          FrechetDistance.between(
              gaussian(new double[] {1, 2}, 2, .7, .7, 1),
              gaussian(new double[] {-1, .5}, .5, -.2, -.2, 3));
      // tr M^1/2 = (tr M + 2 (det M)^1/2)^1/2 for the product M of the two covariances.
      double trace = 2 * .5 + 2 * .7 * -.2 + 1 * 3;
      double determinant = (2 - .49) * (1.5 - .04);
      double expected = 4 + 2.25 + 3 + 3.5 - 2 * Math.sqrt(trace + 2 * Math.sqrt(determinant));
      assertThat(distance).isCloseTo(expected, within(1e-12));
    }
  }

  @Test
  void dead_features_add_nothing_and_a_gaussian_is_at_0_from_itself() {
    try (Scope scope = Scope.open()) {
      FrechetDistance.Gaussian flat = gaussian(new double[] {0, 0}, 4, 0, 0, 0);
      assertThat(FrechetDistance.between(flat, flat)).isCloseTo(0, within(1e-12));
      assertThat(FrechetDistance.between(flat, gaussian(new double[] {3, 0}, 1, 0, 0, 0)))
          .isCloseTo(10, within(1e-12));
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> FrechetDistance.between(gaussian(new double[] {0, 0}, 1, 2, 2, 1), flat))
          .withMessageContaining("negative eigenvalue");
    }
  }

  @Test
  void rotating_both_samples_changes_nothing() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 200, 5);
      Tensor fake = Points.gaussian(2, 150, 5).mul(Ops.scalar(1.3)).add(Ops.scalar(.4));
      Tensor rotation = torch.linalg_eigh(torch.mm(real.t(), real)).get1();
      FrechetDistance metric = FrechetDistance.of(0);
      FrechetDistance.Measured before = metric.measure(real, fake);
      FrechetDistance.Measured after =
          metric.measure(torch.mm(real, rotation), torch.mm(fake, rotation));
      assertThat(after.distance()).isCloseTo(before.distance(), within(1e-10));
      assertThat(after.standardError()).isCloseTo(before.standardError(), within(1e-10));
      assertThat(before.n()).isEqualTo(150);
      assertThat(before.width()).isEqualTo(5);
    }
  }

  @Test
  void n_times_the_expected_distance_is_d_plus_d_d1_over_4_and_twice_that_for_two_samples() {
    int d = 16;
    int n = 3000;
    int repetitions = 30;
    double one = 0;
    double two = 0;
    for (int r = 0; r < repetitions; r++) {
      try (Scope scope = Scope.open()) {
        FrechetDistance.Gaussian a = FrechetDistance.Gaussian.of(Points.gaussian(2 * r, n, d));
        FrechetDistance.Gaussian b = FrechetDistance.Gaussian.of(Points.gaussian(2 * r + 1, n, d));
        one += n * FrechetDistance.between(standard(d), a) / repetitions;
        two += n * FrechetDistance.between(a, b) / repetitions;
      }
    }
    // d + d(d+1)/4 = 84; one repetition deviates by about 10 and 20.
    assertThat(one).isCloseTo(84, within(6.0));
    assertThat(two).isCloseTo(168, within(12.0));
  }

  @Test
  void at_infinity_the_bias_is_gone() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 2000, 8);
      Tensor equal = Points.gaussian(2, 2000, 8);
      Tensor shifted = Points.gaussian(3, 2000, 8).add(Ops.scalar(.25));
      FrechetDistance metric = FrechetDistance.of(0);
      double biased = metric.measure(real, equal).distance();
      FrechetDistance.Measured free = metric.atInfinity(real, equal);
      assertThat(biased).isGreaterThan(.02); // 2 (8 + 18) / 2000 = .026 expected
      assertThat(Math.abs(free.distance())).isLessThan(biased / 2);
      FrechetDistance.Measured apart = metric.atInfinity(real, shifted);
      assertThat(apart.distance()).isCloseTo(8 * .0625, within(4 * apart.standardError()));
      assertThat(apart.standardError()).isBetween(.01, .15);
    }
  }

  @Test
  void the_error_is_that_of_the_closed_form() {
    try (Scope scope = Scope.open()) {
      int n = 4000;
      FrechetDistance.Measured measured =
          new FrechetDistance(100, 0)
              .measure(Points.gaussian(1, n, 1), Points.gaussian(2, n, 1).add(Ops.scalar(2)));
      // FD = (m1 - m2)^2 to first order: error 2 |m1 - m2| (2/n)^1/2.
      double expected = 4 * Math.sqrt(2.0 / n);
      assertThat(measured.standardError()).isCloseTo(expected, within(.3 * expected));
      assertThat(measured.distance()).isCloseTo(4, within(4 * expected));
    }
  }

  @Test
  void groups_and_seed_matter() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 300, 3);
      Tensor fake = Points.gaussian(2, 300, 3);
      double error = new FrechetDistance(20, 0).measure(real, fake).standardError();
      assertThat(new FrechetDistance(10, 0).measure(real, fake).standardError())
          .isNotEqualTo(error);
      assertThat(new FrechetDistance(20, 1).measure(real, fake).standardError())
          .isNotEqualTo(error);
      assertThatIllegalArgumentException().isThrownBy(() -> new FrechetDistance(1, 0));
    }
  }

  @Test
  void no_more_rows_than_features_is_refused_in_one_line() {
    try (Scope scope = Scope.open()) {
      Tensor few = Points.gaussian(1, 10, 10);
      Tensor enough = Points.gaussian(1, 11, 10);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> FrechetDistance.of(0).measure(enough, few))
          .withMessage(
              "real and fake must have at least 11 rows for features of width 10, got 11 and 10;"
                  + " draw more images or take narrower features");
      assertThat(FrechetDistance.of(0).measure(enough, enough).distance())
          .isCloseTo(0, within(1e-9));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> FrechetDistance.of(0).atInfinity(enough, enough))
          .withMessageContaining("at least " + FrechetDistance.of(0).leastAtInfinity(10) + " rows");
    }
  }
}
