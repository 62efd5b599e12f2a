package dev.semblance.generative.vae;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The density {@code C(pi) pi^x (1 - pi)^(1 - x)} on [0, 1], by the logit a of pi: the truncated
 * exponential {@code exp(a x)}, normalised.
 */
@Source(key = "loaiza2019continuous", where = "Eqs. (4), (8), and the inverse of its distribution")
final class ContinuousBernoulli {
  /** Nearer to 0 the closed forms lose digits and a series has them all. */
  private static final double NEAR = 0.2;

  private ContinuousBernoulli() {}

  /**
   * {@code log C = log(a / tanh(a / 2))}, at a = 0 log 2; differentiable.
   *
   * @param logits floating point
   * @return of the same shape
   */
  static Tensor logNormaliser(Tensor logits) {
    try (Scope scope = Scope.open()) {
      Tensor size = logits.abs();
      Tensor near = size.lt(Ops.scalar(NEAR));
      Tensor square = logits.square();
      // log 2 + a^2 / 12 - 7 a^4 / 1440
      Tensor series =
          square
              .mul(Ops.scalar(-7 / 1440.0))
              .add(Ops.scalar(1 / 12.0))
              .mul(square)
              .add(Ops.scalar(Math.log(2)));
      // Where the series is taken the other form has a harmless argument: no NaN in its gradient.
      Tensor far = size.masked_fill(near, Ops.scalar(1));
      Tensor fall = far.neg().exp();
      Tensor closed = far.log().add(fall.log1p()).sub(fall.neg().log1p());
      return scope.keep(torch.where(near, series, closed));
    }
  }

  /** The mean {@code 1 / (1 - exp(-a)) - 1 / a}, at a = 0 one half. */
  static Tensor mean(Tensor logits) {
    try (Scope scope = Scope.open()) {
      Tensor near = logits.abs().lt(Ops.scalar(NEAR));
      Tensor far = logits.masked_fill(near, Ops.scalar(1));
      Tensor closed = far.neg().expm1().neg().reciprocal().sub(far.reciprocal());
      // 1/2 + a / 12 - a^3 / 720
      Tensor series =
          logits
              .square()
              .mul(Ops.scalar(-1 / 720.0))
              .add(Ops.scalar(1 / 12.0))
              .mul(logits)
              .add(Ops.scalar(0.5));
      return scope.keep(torch.where(near, series, closed));
    }
  }

  /**
   * The value below which a share of the mass lies: {@code log(1 + u (exp(a) - 1)) / a}.
   *
   * @param share u in [0, 1)
   */
  static Tensor quantile(Tensor share, Tensor logits) {
    try (Scope scope = Scope.open()) {
      Scalar zero = Ops.scalar(0);
      Scalar one = Ops.scalar(1);
      // By symmetry of a negative logit: no exponential grows.
      Tensor negative = logits.abs().neg();
      Tensor near = negative.gt(Ops.scalar(-1e-3));
      Tensor far = negative.masked_fill(near, Ops.scalar(-1));
      Tensor up = logits.gt(zero);
      Tensor from = torch.where(up, share.neg().add(one), share);
      Tensor closed = far.expm1().mul(from).log1p().div(far);
      // u + a u (1 - u) / 2
      Tensor series = from.neg().add(one).mul(from).mul(negative).mul(Ops.scalar(0.5)).add(from);
      Tensor value = torch.where(near, series, closed);
      return scope.keep(
          torch.where(up, value.neg().add(one), value).clamp_min(zero).clamp_max(one));
    }
  }
}
