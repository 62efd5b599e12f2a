package dev.semblance.adversarial.goal;

import org.bytedeco.pytorch.Tensor;

/** Any class but the true one. */
public record Misclassify() implements ClassGoal {
  @Override
  public Aim resolve(Tensor cleanLogits, Tensor labels) {
    return new Aim(labels, false);
  }
}
