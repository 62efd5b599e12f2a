package dev.semblance.generative.vae;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Kind;
import dev.semblance.generative.LogDensity;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code log w = log p(x, z) - log q(z|x)} of S codes z drawn from q for each image.
 *
 * @param logs float64 [n, S]
 */
@Source(key = "burda2016importance", where = "Eq. (8)")
public record ImportanceWeights(Tensor logs) {
  /** The number of draws for each image. */
  public int samples() {
    return Math.toIntExact(logs.size(1));
  }

  /**
   * {@code log 1/S sum w}: in expectation below {@code log p(x)}, and rising with S towards it;
   * with S = 1 the evidence lower bound. Float64 [n].
   */
  public Tensor bound() {
    try (Scope scope = Scope.open()) {
      return scope.keep(logs.logsumexp(1).sub(Ops.scalar(Math.log(samples()))));
    }
  }

  /** The mean of the bounds of one draw each: the evidence lower bound. Float64 [n]. */
  public Tensor evidence() {
    return logs.mean(1);
  }

  /**
   * The standard error of {@link #bound} by the delta method, {@code sd(w) / (sqrt(S) mean(w))};
   * NaN for one draw. Float64 [n].
   */
  public Tensor standardError() {
    try (Scope scope = Scope.open()) {
      if (samples() == 1) {
        return scope.keep(torch.full_like(logs.select(1, 0), Ops.scalar(Double.NaN)));
      }
      Tensor weights = relative();
      Tensor spread = weights.std(new long[] {1}, true, false);
      return scope.keep(spread.div(weights.mean(1).mul(Ops.scalar(Math.sqrt(samples())))));
    }
  }

  /** {@code (sum w)^2 / sum w^2}: how many equal draws these are worth, 1..S. Float64 [n]. */
  public Tensor effectiveSamples() {
    try (Scope scope = Scope.open()) {
      Tensor weights = relative();
      return scope.keep(
          weights.sum(new long[] {1}).square().div(weights.square().sum(new long[] {1})));
    }
  }

  /** The bound with its error. */
  public LogDensity logDensity(LogDensity.Support of) {
    return new LogDensity(bound(), standardError(), new Kind.LowerBound(samples()), of);
  }

  private Tensor relative() {
    return logs.sub(logs.amax(new long[] {1}, true)).exp();
  }
}
