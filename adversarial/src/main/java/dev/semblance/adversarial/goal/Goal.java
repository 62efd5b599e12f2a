package dev.semblance.adversarial.goal;

import org.bytedeco.pytorch.Tensor;

/** What the attacker wants; resolved once, on the logits of the clean images. */
public sealed interface Goal permits Misclassify, TargetClass, LeastLikely {
  /**
   * The aim at each sample.
   *
   * @param cleanLogits [n, k]
   * @param labels int64 [n], the true classes
   * @throws IllegalArgumentException where the goal makes no sense for a label
   */
  Aim resolve(Tensor cleanLogits, Tensor labels);
}
