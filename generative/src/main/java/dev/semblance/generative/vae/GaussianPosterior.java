package dev.semblance.generative.vae;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code q(z|x) = N(mean, diag(variance))}, one for each image.
 *
 * <p>A draw is a differentiable function of both and of standard normal noise, {@code z = mean +
 * sigma * epsilon}: the gradient of an expectation over {@code z} is that of the integrand, and so
 * an encoder is trained by backpropagation.
 *
 * @param mean float32 [n, d]
 * @param logVariance float32 [n, d]
 */
@Source(key = "kingma2014auto", where = "section 2.4 and appendix B")
public record GaussianPosterior(Tensor mean, Tensor logVariance) {
  /**
   * Draws.
   *
   * @param epsilon standard normal, float32 [n, k, d]
   * @return float32 [n, k, d]
   */
  public Tensor draw(Tensor epsilon) {
    try (Scope scope = Scope.open()) {
      return scope.keep(mean.unsqueeze(1).add(deviation().unsqueeze(1).mul(epsilon)));
    }
  }

  /** Sigma: float32 [n, d]. */
  public Tensor deviation() {
    try (Scope scope = Scope.open()) {
      return scope.keep(logVariance.mul(Ops.scalar(0.5)).exp());
    }
  }

  /**
   * {@code KL(q, N(0, I))} of each image and dimension: {@code 1/2 (mean^2 + sigma^2 - 1 - log
   * sigma^2)}, float32 [n, d], at least 0.
   */
  public Tensor divergence() {
    try (Scope scope = Scope.open()) {
      return scope.keep(
          mean.square()
              .add(logVariance.exp())
              .sub(logVariance)
              .sub(Ops.scalar(1))
              .mul(Ops.scalar(0.5)));
    }
  }

  /**
   * {@code KL(q, p)} to another Gaussian of each image and dimension: {@code 1/2 (log(s^2/sigma^2)
   * + (sigma^2 + (mean - m)^2)/s^2 - 1)}, float32 [n, d].
   */
  public Tensor divergence(GaussianPosterior other) {
    try (Scope scope = Scope.open()) {
      Tensor ratio = other.logVariance.sub(logVariance);
      Tensor distance = logVariance.exp().add(mean.sub(other.mean).square());
      return scope.keep(
          ratio
              .add(distance.mul(other.logVariance.neg().exp()))
              .sub(Ops.scalar(1))
              .mul(Ops.scalar(0.5)));
    }
  }

  /**
   * {@code log N(z; 0, I) - log q(z)}.
   *
   * @param z float32 [n, k, d]
   * @return float32 [n, k]
   */
  public Tensor logPriorRatio(Tensor z) {
    try (Scope scope = Scope.open()) {
      Tensor scaled = z.sub(mean.unsqueeze(1)).square().mul(logVariance.neg().exp().unsqueeze(1));
      return scope.keep(
          scaled
              .add(logVariance.unsqueeze(1))
              .sub(z.square())
              .sum(new long[] {2})
              .mul(Ops.scalar(0.5)));
    }
  }

  /** The same values without a gradient. */
  public GaussianPosterior detached() {
    return new GaussianPosterior(mean.detach(), logVariance.detach());
  }
}
