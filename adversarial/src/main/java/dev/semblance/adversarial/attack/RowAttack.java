package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Norm;
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
  /** How the perturbation is measured. */
  Norm norm();

  /** The most steps a sample gets. */
  int steps();

  /** The farthest that an image may be to count as a success; infinite where none is too far. */
  default double radius() {
    return Double.POSITIVE_INFINITY;
  }

  /**
   * Whether a sample stays in work after a success, in search of a nearer one; the nearest is kept.
   * Else it leaves at the first.
   */
  default boolean nearest() {
    return false;
  }

  /**
   * Refuses a model that the attack cannot work on.
   *
   * @throws IllegalArgumentException saying why
   */
  default void refuse(Classifier model) {}

  /**
   * Whether {@link #start} begins at the clean images. Then what the model says of them, which has
   * to be asked anyway, serves the first step as well.
   */
  default boolean fromOrigin() {
    return false;
  }

  /**
   * Whether the first step from the clean images is expected to do for most of a model without
   * defence. Then it is looked at before anything else, without what a gradient takes; who stands
   * it is passed again.
   */
  default boolean leaps() {
    return false;
  }

  /** The state of rows that begin, in the caller's scope. */
  List<Tensor> start(Rows rows);

  /**
   * The state after one step, in the caller's scope.
   *
   * @param at what the model says at the first tensor of {@code state}; costs a backward pass only
   *     where a gradient is asked for
   */
  List<Tensor> advance(Rows rows, List<Tensor> state, Evaluation at);

  /** Which rows have nothing left to try, though steps are left; asked after each step. */
  default boolean[] finished(Rows rows, List<Tensor> state) {
    return new boolean[rows.size()];
  }

  @Override
  default AttackResult perturb(Classifier model, Samples samples, Goal goal, Engine engine) {
    return engine.run(this, model, samples, goal);
  }
}
