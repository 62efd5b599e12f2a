package dev.semblance.adversarial.goal;

import org.bytedeco.pytorch.Tensor;

/**
 * The opposite of a goal; a tie reaches neither. By itself it mostly holds on the clean image
 * already: it belongs into {@link AllOf}, such as a wrong answer that is not class 3.
 *
 * @param goal that must not be reached
 */
public record Not(Goal goal) implements Goal {
  @Override
  public Aim resolve(Tensor cleanLogits, Tensor labels) {
    // Not to answer with a class makes sense for its own samples too, unlike to answer with it.
    Aim aim =
        goal instanceof TargetClass target
            ? target.everywhere(cleanLogits, labels)
            : goal.resolve(cleanLogits, labels);
    return new Aim(aim.columns(), new Criterion.Opposite(aim.criterion()));
  }

  @Override
  public boolean fits(long label) {
    return goal instanceof TargetClass || goal.fits(label);
  }
}
