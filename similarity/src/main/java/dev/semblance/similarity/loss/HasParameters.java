package dev.semblance.similarity.loss;

import dev.semblance.core.nn.Weights;

/**
 * A loss that owns trained tensors (proxies, class weights): the learner hands them to optimizer
 * and checkpoint.
 */
public interface HasParameters extends AutoCloseable {
  /** The trained tensors by name. */
  Weights weights();

  @Override
  default void close() {
    weights().close();
  }
}
