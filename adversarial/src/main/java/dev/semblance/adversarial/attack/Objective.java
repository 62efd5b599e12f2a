package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.goal.Aim;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/** What an attack climbs: larger is nearer to the aim. */
@FunctionalInterface
public interface Objective {
  /**
   * The objective of each row, never averaged: a mean over the batch would scale every gradient.
   *
   * @param logits [n, k]
   * @return [n], differentiable, in the caller's scope
   */
  Tensor of(Tensor logits, Aim aim);

  /**
   * The cross entropy with the class to get away from, or less that with the target; less the
   * margin for an aim that is more than one class.
   */
  static Tensor crossEntropy(Tensor logits, Aim aim) {
    if (!aim.plain()) {
      return margin(logits, aim);
    }
    try (Scope scope = Scope.open()) {
      Tensor log = logits.log_softmax(1).gather(1, aim.classes().unsqueeze(1)).squeeze(1);
      return scope.keep(aim.towards() ? log : log.neg());
    }
  }

  /** Less the margin, which does not saturate where probabilities do. */
  static Tensor margin(Tensor logits, Aim aim) {
    try (Scope scope = Scope.open()) {
      return scope.keep(aim.margin(logits).neg());
    }
  }
}
