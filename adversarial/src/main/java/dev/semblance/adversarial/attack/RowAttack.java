package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.goal.Goal;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * An attack that treats every sample by itself, told as a machine whose state is a list of tensors
 * with one row a sample. The first of them is the image to be tried next.
 *
 * <p>Nothing may be normalised, compared or sorted over the rows: who shares the batch is of no
 * account. {@link Engine} runs it.
 */
public interface RowAttack extends Attack {
  /** The ball that images must stay in. */
  Ball ball();

  /** The most gradient steps a sample gets. */
  int steps();

  /** What is climbed. */
  Objective objective();

  /** The state of rows that begin. */
  List<Tensor> start(Rows rows);

  /**
   * The state after one step.
   *
   * @param at the first tensor of {@code state}
   */
  List<Tensor> advance(Rows rows, List<Tensor> state, Evaluation at);

  /**
   * What the model says at a point.
   *
   * @param value of the objective, [m]
   * @param gradient of the objective by the image, [m, ...]
   */
  record Evaluation(Tensor value, Tensor gradient) {}

  @Override
  default AttackResult perturb(Classifier model, Samples samples, Goal goal) {
    return Engine.of().run(this, model, samples, goal);
  }
}
