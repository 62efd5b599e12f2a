package dev.semblance.generative.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Mlp;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class TwoSampleTestTest {
  private static TwoSampleTest quick(int width, int steps, long seed) {
    return new TwoSampleTest(new Mlp.Config(width, List.of(), 2), steps, 50, 1e-2, seed);
  }

  @Test
  void under_equality_the_accuracy_is_normal_with_mean_half_and_variance_1_over_4n() {
    int repetitions = 80;
    double mean = 0;
    double squares = 0;
    int rejected = 0;
    long n = 0;
    for (int r = 0; r < repetitions; r++) {
      try (Scope scope = Scope.open()) {
        TwoSampleTest.Result result =
            quick(3, 12, r)
                .measure(Points.gaussian(2 * r, 200, 3), Points.gaussian(2 * r + 1, 200, 3));
        n = result.n();
        double off = result.accuracy().value() - .5;
        mean += off / repetitions;
        squares += off * off / repetitions;
        rejected += result.pValue() < .05 ? 1 : 0;
      }
    }
    assertThat(n).isEqualTo(200);
    double deviation = Math.sqrt(1.0 / (4 * n));
    assertThat(mean).isCloseTo(0, within(4 * deviation / Math.sqrt(repetitions)));
    assertThat(Math.sqrt(squares)).isBetween(.7 * deviation, 1.3 * deviation);
    assertThat(rejected).isLessThanOrEqualTo(12); // 4 expected, deviation 2
  }

  @Test
  void of_shifted_gaussians_it_reaches_the_best_possible_accuracy() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 3000, 2);
      Tensor fake = Points.gaussian(2, 3000, 2).add(Ops.scalar(Math.sqrt(2)));
      TwoSampleTest.Result result = quick(2, 300, 0).measure(real, fake);
      // Means 2 apart: Phi(1) = .8413, error .0067.
      assertThat(result.accuracy().value()).isCloseTo(.8413, within(.025));
      assertThat(result.accuracy().interval().contains(.8413)).isTrue();
      assertThat((result.onReal() + result.onFake()) / 2)
          .isCloseTo(result.accuracy().value(), within(1e-12));
      assertThat(result.pValue()).isLessThan(1e-10);
    }
  }

  @Test
  void the_small_net_tells_what_no_linear_map_can() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 600, 2);
      Tensor fake = Points.gaussian(2, 600, 2).mul(Ops.scalar(3));
      assertThat(TwoSampleTest.linear(2, 0).measure(real, fake).accuracy().value())
          .isBetween(.4, .62);
      assertThat(TwoSampleTest.small(2, 0).measure(real, fake).accuracy().value())
          .isGreaterThan(.75);
    }
  }

  @Test
  void images_are_told_by_a_pattern_and_not_by_chance() {
    try (Scope scope = Scope.open()) {
      Tensor noise = Points.gaussian(1, 1200, 64).to(ScalarType.Float).view(1200, 1, 8, 8);
      Tensor same = Points.gaussian(2, 1200, 64).to(ScalarType.Float).view(1200, 1, 8, 8);
      // Neighbours in a row agree: each pixel alone is as before.
      Tensor smooth = same.add(same.roll(new long[] {1}, 3)).div(Ops.scalar(Math.sqrt(2)));
      TwoSampleTest test = TwoSampleTest.images(new ImageShape(1, 8, 8), 3);
      assertThat(test.measure(noise, same).pValue()).isGreaterThan(1e-3);
      assertThat(test.measure(noise, smooth).accuracy().value()).isGreaterThan(.8);
    }
  }

  @Test
  void every_setting_matters_and_seeds_repeat() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 400, 3);
      Tensor fake = Points.gaussian(2, 400, 3).add(Ops.scalar(.3));
      TwoSampleTest base = new TwoSampleTest(new Mlp.Config(3, List.of(8), 2), 60, 50, 1e-3, 1);
      TwoSampleTest.Result first = base.measure(real, fake);
      assertThat(base.measure(real, fake)).isEqualTo(first);
      for (TwoSampleTest other :
          List.of(
              new TwoSampleTest(new Mlp.Config(3, List.of(), 2), 60, 50, 1e-3, 1),
              new TwoSampleTest(base.classifier(), 300, 50, 1e-3, 1),
              new TwoSampleTest(base.classifier(), 60, 10, 1e-3, 1),
              new TwoSampleTest(base.classifier(), 60, 50, 3e-2, 1),
              new TwoSampleTest(base.classifier(), 60, 50, 1e-3, 2))) {
        assertThat(other.measure(real, fake)).as(other.toString()).isNotEqualTo(first);
      }
    }
  }

  @Test
  void the_p_value_is_the_normal_tail() {
    assertThat(TwoSampleTest.pValue(.5, 100)).isEqualTo(.5);
    // 1.959964 deviations of 1/20 above a half.
    assertThat(TwoSampleTest.pValue(.5 + 1.959964 / 20, 100)).isCloseTo(.025, within(1e-7));
  }

  @Test
  void unequal_samples_are_refused() {
    try (Scope scope = Scope.open()) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  TwoSampleTest.linear(2, 0)
                      .measure(Points.gaussian(1, 10, 2), Points.gaussian(1, 12, 2)))
          .withMessageContaining("as many rows, got 10 and 12");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  TwoSampleTest.linear(2, 0)
                      .measure(Points.gaussian(1, 10, 2), Points.gaussian(1, 10, 3)))
          .withMessageContaining("of one shape");
    }
  }
}
