package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;

/**
 * Noise added before a step, so that errors of earlier steps are forgotten: the level rises to
 * {@code sigma (1 + gamma)}, {@code gamma = min(amount / steps, sqrt(2) - 1)}.
 *
 * @param amount 0: none
 * @param least level at which it is added
 * @param most level at which it is added; may be infinite
 * @param scale of the added noise, about 1
 */
@Source(key = "karras2022elucidating", where = "Algorithm 2")
public record Churn(double amount, double least, double most, double scale) {
  public Churn {
    Check.notNegative("amount", amount);
    Check.notNegative("least", least);
    if (!(most >= least)) {
      throw new IllegalArgumentException("most must be >= " + least + ", got " + most);
    }
    Check.positive("scale", scale);
  }

  /** No added noise. */
  public static Churn none() {
    return new Churn(0, 0, Double.POSITIVE_INFINITY, 1);
  }

  /** The level that {@link #raise} reaches from {@code sigma}. */
  double raised(double sigma, int steps) {
    boolean applies = amount > 0 && sigma >= least && sigma <= most;
    return applies ? sigma * (1 + Math.min(amount / steps, Math.sqrt(2) - 1)) : sigma;
  }

  /** Brings the images to the raised level, in place. */
  void raise(Walk walk, Tensor x, int step, double sigma, double raised) {
    if (raised > sigma) {
      double deviation = scale * Math.sqrt(raised * raised - sigma * sigma);
      x.add_(walk.draw(x, step), Ops.scalar(deviation));
    }
  }
}
