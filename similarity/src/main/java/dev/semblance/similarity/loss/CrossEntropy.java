package dev.semblance.similarity.loss;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Mean cross-entropy of logits and its derivative.
 *
 * @param value the mean over the rows, summed in float64
 * @param slope [n, C]: (softmax - target) / n, the derivative by the logits
 * @param uncertain bool [n]: the rows whose target probability is below 1
 */
record CrossEntropy(double value, Tensor slope, Tensor uncertain) {
  /**
   * @param logits [n, C], n > 0
   * @param target int64 [n, 1], checked
   */
  static CrossEntropy of(Tensor logits, Tensor target) {
    long n = logits.size(0);
    Tensor logProbability = logits.log_softmax(1);
    Tensor ofTarget = logProbability.gather(1, target);
    Tensor slope = logProbability.exp_();
    slope.scatter_(1, target, ofTarget.expm1()); // p - 1 without cancellation
    slope.mul_(Ops.scalar(1.0 / n));
    double sum = ofTarget.sum(new ScalarTypeOptional(ScalarType.Double)).item_double();
    return new CrossEntropy(-sum / n, slope, ofTarget.squeeze(1).lt(Ops.scalar(0)));
  }

  /** The loss of logits that are the products of the batch's rows with {@code vectors} [C, d]. */
  LossResult result(Batch batch, Scope scope, Tensor vectors) {
    long active = uncertain.sum().item_long();
    return batch.result(scope, value, slope.mm(vectors), active, batch.size());
  }
}
