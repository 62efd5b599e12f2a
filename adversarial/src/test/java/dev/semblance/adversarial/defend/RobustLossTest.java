package dev.semblance.adversarial.defend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The losses on a linear model in float64, against loops and finite differences. */
class RobustLossTest {
  private static final int N = 5;
  private static final int D = 3;
  private static final int K = 4;
  private static final long[] LABELS = {0, 3, 1, 2, 2};

  private static double[] draw(long key, int length, double scale) {
    Rng rng = Rng.of(9, Rng.Purpose.OTHER, key, 0);
    double[] values = new double[length];
    for (int i = 0; i < length; i++) {
      values[i] = scale * rng.gaussian();
    }
    return values;
  }

  private static final double[] CLEAN = draw(1, N * D, 1);
  private static final double[] ADVERSARIAL = draw(2, N * D, 1);
  private static final double[] WEIGHTS = draw(3, D * K, 1);

  private static double loss(RobustLoss loss, double... weights) {
    try (Scope scope = Scope.open()) {
      Tensor w = Ops.doubles(weights, D, K);
      return loss.of(
              x -> x.matmul(w),
              Ops.doubles(CLEAN, N, D),
              Ops.doubles(ADVERSARIAL, N, D),
              Ops.longs(LABELS))
          .loss()
          .item_double();
    }
  }

  /** Probabilities of row i of images x. */
  private static double[] softmax(double[] x, int i) {
    double[] p = new double[K];
    double sum = 0;
    for (int k = 0; k < K; k++) {
      double z = 0;
      for (int j = 0; j < D; j++) {
        z += x[i * D + j] * WEIGHTS[j * K + k];
      }
      p[k] = Math.exp(z);
      sum += p[k];
    }
    for (int k = 0; k < K; k++) {
      p[k] /= sum;
    }
    return p;
  }

  private static double divergence(double[] p, double[] q) {
    double sum = 0;
    for (int k = 0; k < K; k++) {
      sum += p[k] * Math.log(p[k] / q[k]);
    }
    return sum;
  }

  private static double naive(ToDoubleBiFunction<double[][], Integer> term) {
    double sum = 0;
    for (int i = 0; i < N; i++) {
      sum +=
          term.applyAsDouble(
              new double[][] {softmax(CLEAN, i), softmax(ADVERSARIAL, i)}, (int) LABELS[i]);
    }
    return sum / N;
  }

  static Stream<Arguments> losses() {
    return Stream.of(
        Arguments.of(new MixedCrossEntropy(1), naive((p, y) -> -Math.log(p[0][y]))),
        Arguments.of(new MixedCrossEntropy(0), naive((p, y) -> -Math.log(p[1][y]))),
        Arguments.of(
            new MixedCrossEntropy(0.3),
            naive((p, y) -> -0.3 * Math.log(p[0][y]) - 0.7 * Math.log(p[1][y]))),
        Arguments.of(
            new Trades(4), naive((p, y) -> -Math.log(p[0][y]) + 4 * divergence(p[0], p[1]))),
        Arguments.of(
            new Mart(2.5),
            naive(
                (p, y) -> {
                  double other = 0;
                  for (int k = 0; k < K; k++) {
                    other = k == y ? other : Math.max(other, p[1][k]);
                  }
                  return -Math.log(p[1][y])
                      - Math.log(1 - other)
                      + 2.5 * divergence(p[0], p[1]) * (1 - p[0][y]);
                })));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void is_the_formula_in_a_loop(RobustLoss loss, double expected) {
    assertThat(loss(loss, WEIGHTS)).isCloseTo(expected, within(1e-12));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void gradient_is_that_of_finite_differences(RobustLoss loss, double ignored) {
    double[] gradient;
    try (Scope scope = Scope.open()) {
      Tensor w = Ops.doubles(WEIGHTS, D, K).requires_grad_(true);
      Tensor value =
          loss.of(
                  x -> x.matmul(w),
                  Ops.doubles(CLEAN, N, D),
                  Ops.doubles(ADVERSARIAL, N, D),
                  Ops.longs(LABELS))
              .loss();
      gradient = Ops.toDoubles(torch.grad(new TensorVector(value), new TensorVector(w)).get(0));
    }
    for (int i = 0; i < WEIGHTS.length; i++) {
      double[] up = WEIGHTS.clone();
      double[] down = WEIGHTS.clone();
      up[i] += 1e-5;
      down[i] -= 1e-5;
      assertThat(gradient[i])
          .as("weight %d", i)
          .isCloseTo((loss(loss, up) - loss(loss, down)) / 2e-5, within(1e-8));
    }
  }

  @Test
  void stays_finite_where_probabilities_round_to_0_and_1() {
    double[] huge = WEIGHTS.clone();
    for (int i = 0; i < huge.length; i++) {
      huge[i] *= 1e4;
    }
    assertThat(loss(new Mart(5), huge)).isFinite().isGreaterThan(1e3);
    assertThat(loss(new Trades(6), huge)).isFinite().isGreaterThan(1e3);
  }

  @Test
  void refuses_weights_that_make_no_sense() {
    assertThatThrownBy(() -> new Trades(Double.NaN)).hasMessageContaining("beta must be >= 0");
    assertThatThrownBy(() -> new Mart(-1)).hasMessageContaining("beta must be >= 0");
    assertThatThrownBy(() -> new MixedCrossEntropy(1.5)).hasMessageContaining("in [0.0, 1.0]");
  }
}
