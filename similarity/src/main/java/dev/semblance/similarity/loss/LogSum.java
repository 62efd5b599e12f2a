package dev.semblance.similarity.loss;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Sums of exponentials, in logs. */
final class LogSum {
  private LogSum() {}

  /**
   * {@code log(1 + sum e^x)} along one dimension, which is kept with length 1; 0 where all x are
   * minus infinity, and for any finite x without overflow.
   */
  static Tensor onePlus(Tensor exponents, long dimension) {
    Tensor sum = exponents.logsumexp(new long[] {dimension}, true);
    return torch.logaddexp(sum, torch.zeros_like(sum));
  }
}
