package dev.semblance.adversarial.certify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmoothingTest {
  /** {@code z_1 - z_0 = w x}: the true radius at x is |w x| / |w|, whatever sigma. */
  private static final class Half implements Classifier {
    private final double[] w;
    long rows;

    Half(double... w) {
      this.w = w;
    }

    @Override
    public Tensor logits(Tensor images) {
      rows += images.size(0);
      try (Scope scope = Scope.open()) {
        Tensor weight = Ops.doubles(w, w.length, 1).to(images.scalar_type());
        Tensor score = images.flatten(1, -1).matmul(weight);
        return scope.keep(torch.cat(new TensorVector(score.neg(), score), 1));
      }
    }

    @Override
    public int classes() {
      return 2;
    }

    @Override
    public Box box() {
      return Box.UNIT;
    }
  }

  /** Values of scipy.stats.beta.ppf(.001, k, n - k + 1) and scipy.stats.norm.ppf of them. */
  @ParameterizedTest
  @CsvSource({
    "100000, 100000, 0.99993092, 3.81146",
    "99000, 100000, 0.98898934, 2.29000",
    "9900, 10000, 0.98652, 2.21242"
  })
  void goldenBounds(long count, long n, double bound, double radius) {
    double lower = Smoothing.lowerBound(count, n, 0.001);
    assertThat(lower).isCloseTo(bound, offset(count == 9900 ? 1e-4 : 1e-8));
    assertThat(Smoothing.radius(1, lower)).isCloseTo(radius, offset(5e-6));
    assertThat(Smoothing.radius(0.25, lower)).isCloseTo(radius / 4, offset(2e-6));
  }

  @Test
  void nothingFollowsFromHalf() {
    assertThat(Smoothing.radius(1, 0.5)).isZero();
    assertThat(Smoothing.radius(1, 0.2)).isZero();
    assertThat(Smoothing.lowerBound(0, 10, 0.001)).isZero();
  }

  /** Sums of binomial coefficients, by hand. */
  @Test
  void theTwoSidedTest() {
    assertThat(Smoothing.undecided(12, 3)).isCloseTo(0.03515625, offset(1e-12));
    assertThat(Smoothing.undecided(5, 15)).isCloseTo(0.0413895, offset(1e-7));
    assertThat(Smoothing.undecided(4, 4)).isEqualTo(1);
    assertThat(Smoothing.undecided(0, 0)).isEqualTo(1);
    assertThat(Smoothing.undecided(10, 0)).isCloseTo(2.0 / 1024, offset(1e-12));
  }

  /**
   * On a linear model the true radius is known: the certified one exceeds it in alpha of the
   * repeats, up to chance, and comes near it all the same.
   */
  @Test
  void theRadiusIsTooLargeNoMoreOftenThanPromised() {
    Half model = new Half(0.6, -0.8, 1.1);
    double[] x = {0.5, 0.1, 0.2};
    double truth = (0.6 * 0.5 - 0.8 * 0.1 + 1.1 * 0.2) / Math.sqrt(0.36 + 0.64 + 1.21);
    int repeats = 2000;
    double alpha = 0.05;
    int above = 0;
    int near = 0;
    try (Scope scope = Scope.open()) {
      Tensor image = Ops.doubles(x, 1, 1, 1, 3);
      for (int repeat = 0; repeat < repeats; repeat++) {
        Smoothed one = new Smoothing(0.5, 20, 300, alpha, 77).certify(model, image, repeat);
        if (!one.abstains()) {
          assertThat(one.answer()).isEqualTo(OptionalInt.of(1));
          above += one.radius() > truth ? 1 : 0;
          near += one.radius() > 0.7 * truth ? 1 : 0;
        }
      }
    }
    double error = Math.sqrt(alpha * (1 - alpha) / repeats);
    assertThat((double) above / repeats).isBetween(alpha / 4, alpha + 3 * error);
    assertThat(near).isGreaterThan(repeats / 2);
  }

  /** At the boundary half of the noise falls on each side: nothing can be said. */
  @Test
  void nothingIsSaidAtTheBoundary() {
    Half model = new Half(1, -1);
    int certified = 0;
    int predicted = 0;
    try (Scope scope = Scope.open()) {
      Tensor image = Ops.doubles(new double[] {0.4, 0.4}, 1, 2);
      for (int id = 0; id < 200; id++) {
        Smoothing smoothing = new Smoothing(0.5, 20, 100, 0.05, 1);
        certified += smoothing.certify(model, image, id).abstains() ? 0 : 1;
        predicted += smoothing.predict(model, image, id).abstains() ? 0 : 1;
      }
      assertThat(certified).isLessThan(25);
      assertThat(predicted).isLessThan(25);
      Tensor far = Ops.doubles(new double[] {0.9, 0.1}, 1, 2);
      Smoothed clear = new Smoothing(0.5, 20, 100, 0.05, 1).predict(model, far, 3);
      assertThat(clear.answer()).isEqualTo(OptionalInt.of(1));
      assertThat(clear.radius()).isZero();
    }
  }

  /** Noise of mean 0 and the given deviation; each draw and each image has its own. */
  @Test
  void noiseIsKeyed() {
    float[] values = new float[30_000];
    Noise.fill(values, 0, values.length, 0.5, 3, 4, 5);
    double sum = 0;
    double squares = 0;
    double fourth = 0;
    for (float value : values) {
      sum += value;
      squares += (double) value * value;
      fourth += Math.pow(value, 4);
    }
    int n = values.length;
    assertThat(sum / n).isCloseTo(0, offset(4 * 0.5 / Math.sqrt(n)));
    assertThat(squares / n).isCloseTo(0.25, offset(4 * 0.25 * Math.sqrt(2.0 / n)));
    assertThat(fourth / n).isCloseTo(3 * 0.0625, offset(0.01));
    float[] again = new float[8];
    Noise.fill(again, 0, 8, 0.5, 3, 4, 5);
    assertThat(again).containsExactly(Arrays.copyOf(values, 8));
    for (long[] other : new long[][] {{2, 4, 5}, {3, 3, 5}, {3, 4, 6}, {3, 5, 4}}) {
      Noise.fill(again, 0, 8, 0.5, other[0], other[1], other[2]);
      assertThat(again).doesNotContain(values[0], values[1], values[2]);
    }
  }

  @Test
  void rowsAreBooked() {
    Half model = new Half(1, 1);
    try (Scope scope = Scope.open()) {
      Tensor image = Ops.doubles(new double[] {0.4, 0.4}, 1, 2);
      assertThat(new Smoothing(0.5, 30, 600, 0.05, 1).certify(model, image, 0).forwards())
          .isEqualTo(model.rows)
          .isEqualTo(630);
    }
  }

  @Test
  void everyOptionMatters() {
    Smoothed one = answer(new Smoothing(0.5, 20, 400, 0.01, 1), 2);
    assertThat(answer(new Smoothing(0.5, 20, 400, 0.01, 1), 2)).isEqualTo(one);
    assertThat(answer(new Smoothing(0.6, 20, 400, 0.01, 1), 2)).isNotEqualTo(one);
    // The draws to estimate are numbered after those to select.
    assertThat(answer(new Smoothing(0.5, 33, 400, 0.01, 1), 2).radius()).isNotEqualTo(one.radius());
    assertThat(answer(new Smoothing(0.5, 20, 500, 0.01, 1), 2)).isNotEqualTo(one);
    assertThat(answer(new Smoothing(0.5, 20, 400, 0.02, 1), 2)).isNotEqualTo(one);
    assertThat(answer(new Smoothing(0.5, 20, 400, 0.01, 2), 2)).isNotEqualTo(one);
    assertThat(answer(new Smoothing(0.5, 20, 400, 0.01, 1), 3)).isNotEqualTo(one);
  }

  private static Smoothed answer(Smoothing smoothing, long id) {
    try (Scope scope = Scope.open()) {
      return smoothing.certify(new Half(1, 0.3), Ops.doubles(new double[] {0.3, 0.1}, 1, 2), id);
    }
  }

  @Test
  void badInputIsNamed() {
    assertThatThrownBy(() -> new Smoothing(Double.NaN, 1, 1, 0.1, 0))
        .hasMessageContaining("sigma must be");
    assertThatThrownBy(() -> new Smoothing(1, 0, 1, 0.1, 0))
        .hasMessageContaining("selection must be");
    assertThatThrownBy(() -> new Smoothing(1, 1, 0, 0.1, 0))
        .hasMessageContaining("estimation must be");
    assertThatThrownBy(() -> new Smoothing(1, 1, 1, 1, 0)).hasMessageContaining("alpha must be");
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(
              () ->
                  new Smoothing(1, 1, 1, 0.1, 0)
                      .certify(new Half(1), Ops.doubles(new double[2], 2, 1), 0))
          .hasMessageContaining("image must be [1, ...], got [2, 1]");
    }
  }
}
