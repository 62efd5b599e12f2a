package dev.semblance.generative.gan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** The laws of the optimal discriminator, on distributions over a few cells. */
final class GanLossTest {
  private static final double[] P = {0.5, 0.2, 0.2, 0.05, 0.05};
  private static final double[] Q = {0.1, 0.2, 0.3, 0.35, 0.05};

  /** Minimises {@code sum p real(d) + q fake(d)} by halving the interval where the slope turns. */
  private static double[] best(GanLoss loss, double[] p, double[] q) {
    double[] best = new double[p.length];
    for (int i = 0; i < p.length; i++) {
      double low = -30;
      double high = 30;
      for (int k = 0; k < 80; k++) {
        double middle = (low + high) / 2;
        double slope = p[i] * slope(loss::real, middle) + q[i] * slope(loss::fake, middle);
        if (slope < 0) {
          low = middle;
        } else {
          high = middle;
        }
      }
      best[i] = (low + high) / 2;
    }
    return best;
  }

  private static double slope(UnaryOperator<Tensor> term, double d) {
    try (Scope scope = Scope.open()) {
      Tensor at = Ops.doubles(new double[] {d}, 1).requires_grad_(true);
      term.apply(at).sum().backward();
      return at.grad().item_double();
    }
  }

  private static double value(UnaryOperator<Tensor> term, double d) {
    try (Scope scope = Scope.open()) {
      return term.apply(Ops.doubles(new double[] {d}, 1)).item_double();
    }
  }

  private static double sigmoid(double d) {
    return 1 / (1 + Math.exp(-d));
  }

  private static double jensenShannon(double[] p, double[] q) {
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      double m = (p[i] + q[i]) / 2;
      sum += p[i] * Math.log(p[i] / m) / 2 + q[i] * Math.log(q[i] / m) / 2;
    }
    return sum;
  }

  private static double minimaxValue(double[] p, double[] q) {
    GanLoss loss = new GanLoss.Minimax(1);
    double[] d = best(loss, p, q);
    double value = 0;
    for (int i = 0; i < p.length; i++) {
      value -= p[i] * value(loss::real, d[i]) + q[i] * value(loss::fake, d[i]);
    }
    return value;
  }

  @Test
  void theBestDiscriminatorIsTheShareOfTheData() {
    double[] minimax = best(new GanLoss.Minimax(1), P, Q);
    double[] nonSaturating = best(GanLoss.NonSaturating.of(), P, Q);
    double[] squares = best(new GanLoss.LeastSquares(1), P, Q);
    for (int i = 0; i < P.length; i++) {
      double share = P[i] / (P[i] + Q[i]);
      assertThat(sigmoid(minimax[i])).isCloseTo(share, within(1e-9));
      assertThat(sigmoid(nonSaturating[i])).isCloseTo(share, within(1e-9));
      assertThat(squares[i]).isCloseTo(share, within(1e-9));
    }
  }

  @Test
  void itsValueIsTwiceJensenShannonLessLogFour() {
    assertThat(minimaxValue(P, Q)).isCloseTo(2 * jensenShannon(P, Q) - Math.log(4), within(1e-9));
    assertThat(minimaxValue(P, P)).isCloseTo(-1.3862943611198906, within(1e-9));
    assertThat(minimaxValue(P, Q)).isGreaterThan(-1.38);
  }

  @Test
  void theBestHingeIsTheSignOfTheDifference() {
    double[] d = best(new GanLoss.Hinge(), P, Q);
    for (int i = 0; i < P.length; i++) {
      if (P[i] != Q[i]) {
        assertThat(d[i]).isCloseTo(Math.signum(P[i] - Q[i]), within(1e-9));
      }
    }
  }

  @Test
  void smoothingMovesTheBestDiscriminator() {
    double[] one = best(new GanLoss.Minimax(0.9), P, Q);
    double[] both = best(new GanLoss.NonSaturating(0.9, 0.2), P, Q);
    double[] squares = best(new GanLoss.LeastSquares(0.8), P, Q);
    for (int i = 0; i < P.length; i++) {
      double sum = P[i] + Q[i];
      assertThat(sigmoid(one[i])).isCloseTo(0.9 * P[i] / sum, within(1e-9));
      assertThat(sigmoid(both[i])).isCloseTo((0.9 * P[i] + 0.2 * Q[i]) / sum, within(1e-9));
      assertThat(squares[i]).isCloseTo(0.8 * P[i] / sum, within(1e-9));
    }
  }

  @Test
  void everyTermIsItsFormula() {
    for (double d : new double[] {-3, -0.5, 0, 0.7, 4}) {
      double big = sigmoid(d);
      check(new GanLoss.Minimax(1), d, -Math.log(big), -Math.log(1 - big), Math.log(1 - big));
      check(GanLoss.NonSaturating.of(), d, -Math.log(big), -Math.log(1 - big), -Math.log(big));
      check(
          new GanLoss.LeastSquares(1), d, (d - 1) * (d - 1) / 2, d * d / 2, (d - 1) * (d - 1) / 2);
      check(new GanLoss.Hinge(), d, Math.max(0, 1 - d), Math.max(0, 1 + d), -d);
      check(new GanLoss.Wasserstein(), d, -d, d, -d);
    }
  }

  private static void check(GanLoss loss, double d, double real, double fake, double generator) {
    assertThat(value(loss::real, d)).isCloseTo(real, within(1e-12));
    assertThat(value(loss::fake, d)).isCloseTo(fake, within(1e-12));
    assertThat(value(loss::generator, d)).isCloseTo(generator, within(1e-12));
  }

  @Test
  void gradientsAreThoseOfFiniteDifferences() {
    for (GanLoss loss :
        List.of(
            new GanLoss.Minimax(0.9),
            new GanLoss.NonSaturating(0.8, 0.1),
            new GanLoss.LeastSquares(0.7),
            new GanLoss.Hinge(),
            new GanLoss.Wasserstein())) {
      for (UnaryOperator<Tensor> term :
          List.<UnaryOperator<Tensor>>of(loss::real, loss::fake, loss::generator)) {
        for (double d : new double[] {-2.3, -0.4, 0.6, 1.9}) {
          DoubleUnaryOperator at = x -> value(term, x);
          double difference = (at.applyAsDouble(d + 1e-6) - at.applyAsDouble(d - 1e-6)) / 2e-6;
          assertThat(slope(term, d)).as("%s at %s", loss, d).isCloseTo(difference, within(1e-7));
        }
      }
    }
  }

  @Test
  void theNonSaturatingGeneratorLearnsWhereTheMinimaxOneDoesNot() {
    assertThat(Math.abs(slope(new GanLoss.Minimax(1)::generator, -12))).isLessThan(1e-5);
    assertThat(slope(GanLoss.NonSaturating.of()::generator, -12)).isCloseTo(-1, within(1e-5));
  }

  @Test
  void nothingOverflowsWhereThePlayersAreSure() {
    try (Scope scope = Scope.open()) {
      Tensor sure = Ops.floats(new float[] {-500, 500}, 2);
      for (GanLoss loss : List.of(new GanLoss.Minimax(1), GanLoss.NonSaturating.of())) {
        assertThat(Ops.toFloats(loss.real(sure))).containsExactly(500, 0);
        assertThat(Ops.toFloats(loss.fake(sure))).containsExactly(0, 500);
      }
      assertThat(loss(sure).scalar_type().intern()).isEqualTo(ScalarType.Float);
    }
  }

  private static Tensor loss(Tensor d) {
    return new GanLoss.Minimax(0.9).real(d);
  }

  @Test
  void targetsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new GanLoss.Minimax(Double.NaN)).hasMessageContaining("realTarget");
    assertThatThrownBy(() -> new GanLoss.LeastSquares(1.1)).hasMessageContaining("realTarget");
    assertThatThrownBy(() -> new GanLoss.NonSaturating(0.5, 0.5))
        .hasMessageContaining("fakeTarget");
  }
}
