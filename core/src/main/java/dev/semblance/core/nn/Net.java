package dev.semblance.core.nn;

import org.bytedeco.pytorch.Tensor;

/**
 * A network: named weights and a forward pass.
 *
 * <p>A net owns its weights until it is closed, whatever {@link dev.semblance.core.tensor.Scope} it
 * was built in. It has no mode of its own: training or inference is an argument. Gradient recording
 * follows libtorch's thread setting.
 */
public interface Net extends AutoCloseable {
  /** What rebuilds this net. */
  Architecture architecture();

  /** Parameters and buffers by name. */
  Weights weights();

  /** The number of features below the head. */
  int featureWidth();

  /**
   * The features below the head.
   *
   * @param input float32 [n, c, h, w] (or [n, d] for nets on vectors), already preprocessed
   * @return float32 [n, {@link #featureWidth}]
   */
  Tensor features(Tensor input, Mode mode);

  /**
   * The head's output: logits [n, classes] of a classifier, or the embeddings [n, d] of an
   * embedder.
   *
   * @param input as for {@link #features}
   */
  Tensor forward(Tensor input, Mode mode);

  @Override
  default void close() {
    weights().close();
  }
}
