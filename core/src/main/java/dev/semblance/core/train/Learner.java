package dev.semblance.core.train;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** What is particular to a technique: how one batch changes the weights. */
public interface Learner extends AutoCloseable {
  /**
   * Takes one step. Everything random in it is keyed by the batch's step and rows.
   *
   * @return what happened; a loss that is not finite stops the training
   */
  StepReport step(Batch batch);

  /**
   * Every tensor that the next step depends on, by name: weights, optimizer state, averages. They
   * are the live tensors: a checkpoint copies from them and a resumed run copies into them.
   */
  Map<String, Tensor> state();

  @Override
  void close();
}
