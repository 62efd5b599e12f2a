package dev.semblance.generative;

import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Learner;
import dev.semblance.core.train.StepReport.Term;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A learner whose model can be looked at while it learns.
 *
 * <p>It takes its images by {@link Pixels#of}: uint8 images go through augmentation and
 * preprocessing, floating-point ones (points of the plane) are in the units of the model already.
 */
public interface GenerativeLearner extends Learner {
  /**
   * The model's weights as they are to be used: the averages where they are kept, else those in
   * training. Live tensors, by the names of the model's weights.
   */
  Map<String, Tensor> weights();

  /**
   * What the present weights (those in training) make of held-out images: means over the batch, the
   * deciding one first, larger is better. Draws are keyed by the images' rows alone, so that two
   * validations differ by the weights only. Empty where a family has no such number.
   */
  List<Term> validate(Batch heldOut);
}
