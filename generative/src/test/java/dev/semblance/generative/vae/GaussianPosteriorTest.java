package dev.semblance.generative.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class GaussianPosteriorTest {
  private static final float[] MEAN = {0.3f, -1.2f, 0f};
  private static final float[] LOG_VARIANCE = {-0.4f, 0.8f, 0f};

  private static GaussianPosterior posterior() {
    return new GaussianPosterior(Ops.floats(MEAN, 1, 3), Ops.floats(LOG_VARIANCE, 1, 3));
  }

  @Test
  void divergenceIsTheMeanOfTheLogRatio() {
    try (Scope scope = Scope.open()) {
      GaussianPosterior q = posterior();
      int draws = 200_000;
      Tensor epsilon = Noise.of(1, 0, draws).gaussian(Rng.Purpose.NOISE, 0, 3).unsqueeze(0);
      Tensor ratio = q.logPriorRatio(q.draw(epsilon)).neg();
      double error = ratio.std(true).item_double() / Math.sqrt(draws);
      double closed = q.divergence().sum().item_double();
      assertThat(ratio.mean().item_double()).isCloseTo(closed, offset(4 * error));
      assertThat(4 * error).isLessThan(0.02 * closed);
      // The third value is the prior itself.
      assertThat(q.divergence().select(1, 2).item_double()).isZero();
    }
  }

  @Test
  void divergenceBetweenGaussiansAgreesWithTheOneToThePrior() {
    try (Scope scope = Scope.open()) {
      GaussianPosterior q = posterior();
      Tensor zeros = Ops.floats(new float[3], 1, 3);
      Tensor toPrior = q.divergence(new GaussianPosterior(zeros, zeros));
      assertThat(toPrior.sub(q.divergence()).abs().max().item_double()).isLessThan(1e-6);
      assertThat(q.divergence(q).abs().max().item_double()).isLessThan(1e-6);
      // One dimension by hand: KL(N(1, 4), N(0, 9)) = log(3/2) + (4 + 1)/18 - 1/2.
      GaussianPosterior one = one(1, Math.log(4));
      GaussianPosterior other = one(0, Math.log(9));
      assertThat(one.divergence(other).item_double())
          .isCloseTo(Math.log(1.5) + 5 / 18.0 - 0.5, offset(1e-6));
    }
  }

  private static GaussianPosterior one(double mean, double logVariance) {
    return new GaussianPosterior(
        Ops.floats(new float[] {(float) mean}, 1, 1),
        Ops.floats(new float[] {(float) logVariance}, 1, 1));
  }

  @Test
  void gradientOfTheDivergenceIsItsSlope() {
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < 3; i++) {
        // d/d mean = mean; d/d log variance = (variance - 1) / 2.
        Tensor mean = Ops.floats(MEAN, 1, 3).set_requires_grad(true);
        Tensor logVariance = Ops.floats(LOG_VARIANCE, 1, 3).set_requires_grad(true);
        new GaussianPosterior(mean, logVariance).divergence().sum().backward();
        float byMean = Ops.toFloats(mean.mutable_grad())[i];
        float byVariance = Ops.toFloats(logVariance.mutable_grad())[i];
        assertThat((double) byMean).isCloseTo(slope(i, 0), offset(1e-3));
        assertThat((double) byVariance).isCloseTo(slope(i, 1), offset(1e-3));
      }
    }
  }

  private static double slope(int place, int of) {
    double step = 1e-2;
    double[] values = new double[2];
    for (int sign = 0; sign < 2; sign++) {
      float[] mean = MEAN.clone();
      float[] logVariance = LOG_VARIANCE.clone();
      (of == 0 ? mean : logVariance)[place] += (float) (sign == 0 ? step : -step);
      values[sign] =
          new GaussianPosterior(Ops.floats(mean, 1, 3), Ops.floats(logVariance, 1, 3))
              .divergence()
              .sum()
              .item_double();
    }
    return (values[0] - values[1]) / (2 * step);
  }
}
