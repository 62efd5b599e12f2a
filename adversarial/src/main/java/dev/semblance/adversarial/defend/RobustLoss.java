package dev.semblance.adversarial.defend;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** What a training step lowers, given clean images and the perturbed ones next to them. */
@FunctionalInterface
public interface RobustLoss {
  /**
   * The loss of a batch.
   *
   * @param logits the net in training mode: [n, ...] to [n, k]; called once for each kind of image
   *     that the loss needs
   * @param clean floating point [n, ...]
   * @param adversarial of the same shape
   * @param labels int64 [n]
   * @return differentiable by the weights, in the innermost scope
   */
  Value of(UnaryOperator<Tensor> logits, Tensor clean, Tensor adversarial, Tensor labels);

  /**
   * A loss and what it was computed from.
   *
   * @param loss mean over the batch, one value
   * @param logits [n, k], on the adversarial images where the loss looks at them
   */
  record Value(Tensor loss, Tensor logits) {}
}
