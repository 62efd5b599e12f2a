package dev.semblance.adversarial.goal;

import org.bytedeco.pytorch.Tensor;

/**
 * The answer is wrong, or the target, and the model gives it more than this probability.
 *
 * @param goal about the answer
 * @param probability in (0, 1), of the softmax
 */
public record Confident(ClassGoal goal, double probability) implements Goal {
  public Confident {
    if (!(probability > 0 && probability < 1)) {
      throw new IllegalArgumentException("probability must be in (0, 1), got " + probability);
    }
  }

  @Override
  public Aim resolve(Tensor cleanLogits, Tensor labels) {
    Aim answer = goal.resolve(cleanLogits, labels);
    return new Aim(
        answer.columns(),
        new Criterion.Certain(answer.criterion().column(), answer.towards(), probability));
  }

  @Override
  public boolean fits(long label) {
    return goal.fits(label);
  }
}
