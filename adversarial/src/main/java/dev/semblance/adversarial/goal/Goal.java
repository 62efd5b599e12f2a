package dev.semblance.adversarial.goal;

import org.bytedeco.pytorch.Tensor;

/** What the attacker wants; resolved once, on the logits of the clean images. */
public sealed interface Goal permits ClassGoal, OutOfTop, Confident, AllOf, AnyOf, Not {
  /**
   * The aim at each sample.
   *
   * @param cleanLogits [n, k]
   * @param labels int64 [n], the true classes
   * @return its tensors in the caller's scope, or {@code labels} itself
   * @throws IllegalArgumentException where the goal makes no sense for a label
   */
  Aim resolve(Tensor cleanLogits, Tensor labels);

  /** Whether the goal makes sense for a sample of that class; {@link #resolve} refuses others. */
  default boolean fits(long label) {
    return true;
  }
}
