package dev.semblance.generative.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.function.ToDoubleBiFunction;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class KernelDistanceTest {
  private static double kernel(double[] x, double[] y) {
    double dot = 0;
    for (int i = 0; i < x.length; i++) {
      dot += x[i] * y[i];
    }
    return Math.pow(dot / x.length + 1, 3);
  }

  private static double naive(double[][] x, double[][] y) {
    ToDoubleBiFunction<double[][], Double> within =
        (z, nothing) -> {
          double sum = 0;
          for (int i = 0; i < z.length; i++) {
            for (int j = 0; j < z.length; j++) {
              sum += i == j ? 0 : kernel(z[i], z[j]);
            }
          }
          return sum / z.length / (z.length - 1);
        };
    double across = 0;
    for (double[] a : x) {
      for (double[] b : y) {
        across += kernel(a, b);
      }
    }
    return within.applyAsDouble(x, 0.0)
        + within.applyAsDouble(y, 0.0)
        - 2 * across / x.length / y.length;
  }

  @Test
  void it_is_the_sum_over_pairs_in_any_order_of_rows() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 40, 3);
      Tensor fake = Points.gaussian(2, 33, 3).mul(Ops.scalar(2));
      KernelDistance metric = new KernelDistance(4, 0);
      double expected = naive(Points.rows(real), Points.rows(fake));
      assertThat(metric.measure(real, fake).distance()).isCloseTo(expected, within(1e-11));
      assertThat(metric.measure(Points.permuted(real, 3), Points.permuted(fake, 4)).distance())
          .isCloseTo(expected, within(1e-11));
    }
  }

  @Test
  void of_equal_distributions_its_mean_is_0_and_its_error_is_honest() {
    int repetitions = 60;
    double sum = 0;
    double squares = 0;
    double errors = 0;
    int negative = 0;
    for (int r = 0; r < repetitions; r++) {
      try (Scope scope = Scope.open()) {
        KernelDistance.Measured measured =
            KernelDistance.of(r)
                .measure(Points.gaussian(2 * r, 200, 4), Points.gaussian(2 * r + 1, 200, 4));
        sum += measured.distance();
        squares += measured.distance() * measured.distance();
        errors += measured.standardError();
        negative += measured.distance() < 0 ? 1 : 0;
      }
    }
    double deviation = Math.sqrt(squares / repetitions);
    assertThat(sum / repetitions).isCloseTo(0, within(4 * deviation / Math.sqrt(repetitions)));
    assertThat(negative).isBetween(10, 55);
    // Blocks see less than the whole: their error is not below it.
    assertThat(errors / repetitions).isGreaterThan(.8 * deviation);
  }

  @Test
  void a_shift_is_many_errors_away_and_blocks_and_seed_matter() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 400, 4);
      Tensor fake = Points.gaussian(2, 400, 4).add(Ops.scalar(.5));
      KernelDistance.Measured measured = KernelDistance.of(0).measure(real, fake);
      assertThat(measured.distance()).isGreaterThan(5 * measured.standardError());
      assertThat(new KernelDistance(5, 0).measure(real, fake).standardError())
          .isNotEqualTo(measured.standardError());
      assertThat(KernelDistance.of(1).measure(real, fake).standardError())
          .isNotEqualTo(measured.standardError());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> KernelDistance.of(0).measure(real, Points.gaussian(1, 19, 4)))
          .withMessage("fake must have at least 20 rows, got 19");
    }
  }
}
