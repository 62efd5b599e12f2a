package dev.semblance.generative.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

final class ContinuousBernoulliTest {
  private static final double[] LOGITS = {
    -40, -3, -0.21, -0.19, -1e-2, -1e-4, 0, 5e-4, 2e-3, 0.1999, 0.2001, 1, 7, 40
  };
  private static final int POINTS = 200_000;

  /** The integral over [0, 1] of f(x) times the density, by midpoints. */
  private static double integral(double logit, double logC, boolean ofMean) {
    double sum = 0;
    // log(1 - pi) = -softplus(a)
    double base = logC - (Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))));
    for (int i = 0; i < POINTS; i++) {
      double x = (i + 0.5) / POINTS;
      sum += Math.exp(x * logit + base) * (ofMean ? x : 1);
    }
    return sum / POINTS;
  }

  @Test
  void theDensityHasMassOneAndTheMeanThatIsTold() {
    try (Scope scope = Scope.open()) {
      Tensor logits = Ops.doubles(LOGITS, LOGITS.length);
      double[] logC = Ops.toDoubles(ContinuousBernoulli.logNormaliser(logits));
      double[] mean = Ops.toDoubles(ContinuousBernoulli.mean(logits));
      for (int i = 0; i < LOGITS.length; i++) {
        assertThat(integral(LOGITS[i], logC[i], false))
            .as("mass at %s", LOGITS[i])
            .isCloseTo(1, within(1e-6));
        assertThat(mean[i])
            .as("mean at %s", LOGITS[i])
            .isCloseTo(integral(LOGITS[i], logC[i], true), within(1e-6));
      }
      double[] single =
          Ops.toDoubles(ContinuousBernoulli.logNormaliser(logits.to(ScalarType.Float)));
      for (int i = 0; i < LOGITS.length; i++) {
        assertThat(single[i]).isCloseTo(logC[i], within(2e-6));
      }
    }
  }

  @Test
  void quantilesInvertTheDistribution() {
    try (Scope scope = Scope.open()) {
      for (double share : new double[] {0, 0.013, 0.5, 0.81, 0.999}) {
        Tensor logits = Ops.doubles(LOGITS, LOGITS.length);
        Tensor u = logits.new_full(new long[] {LOGITS.length}, Ops.scalar(share));
        double[] found = Ops.toDoubles(ContinuousBernoulli.quantile(u, logits));
        for (int i = 0; i < LOGITS.length; i++) {
          double a = LOGITS[i];
          double below = a == 0 ? found[i] : Math.expm1(a * found[i]) / Math.expm1(a);
          assertThat(found[i]).isBetween(0.0, 1.0);
          assertThat(below).as("logit %s", a).isCloseTo(share, within(2e-7));
        }
      }
    }
  }

  @Test
  void theGradientIsTheSlopeAndNoNumberIsLost() {
    double step = 1e-6;
    for (double a : LOGITS) {
      try (Scope scope = Scope.open()) {
        Tensor logit = Ops.doubles(new double[] {a}, 1);
        logit.set_requires_grad(true);
        ContinuousBernoulli.logNormaliser(logit).sum().backward();
        Tensor beside = Ops.doubles(new double[] {a + step, a - step}, 2);
        double[] two = Ops.toDoubles(ContinuousBernoulli.logNormaliser(beside));
        assertThat(Ops.toDoubles(logit.mutable_grad())[0])
            .as("logit %s", a)
            .isCloseTo((two[0] - two[1]) / (2 * step), within(1e-5));
      }
    }
  }
}
