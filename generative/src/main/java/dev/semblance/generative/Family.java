package dev.semblance.generative;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.train.Update;

/**
 * A way to model data: a record of its settings that knows how to build a model and to train it.
 *
 * <p>A model is a {@link Net}, so that one file rebuilds it and so that what it learnt of images
 * can be used elsewhere: its {@link Net#features} are its own description of an image. What else it
 * can do it says by its type: {@link Sampler}, {@link Density}, {@link Conditional}.
 *
 * @param <N> the model's type
 */
public interface Family<N extends Net> {
  /** The range of pixels that models of this family take and give. */
  Preprocessing preprocessing(ImageShape shape);

  /**
   * A new model. The caller closes it.
   *
   * @param classes of the data; at least 1
   * @param seed of the weights
   * @throws IllegalArgumentException in one line, where the family cannot model such images
   */
  N build(ImageShape shape, int classes, long seed);

  /** A learner of the model; borrows the model. */
  GenerativeLearner learner(N model, Preprocessing preprocessing, Course course);

  /**
   * What every training has in common.
   *
   * @param update of the weights; a family with two players says how the other's differs
   * @param emaDecay of the averaged weights, in [0, 1); 0: none
   * @param augmentation of the images
   * @param seed of everything random
   * @param steps of the whole run
   */
  record Course(
      Update.Config update, double emaDecay, Augmentation augmentation, long seed, long steps) {
    public Course {
      Check.between("emaDecay", emaDecay, 0, Math.nextDown(1.0));
      Check.atLeast("steps", steps, 1);
    }
  }
}
