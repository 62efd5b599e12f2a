package dev.semblance.similarity.loss;

import org.bytedeco.pytorch.Tensor;

/**
 * A classification loss that owns one weight vector a class; what trains it also makes a
 * classifier.
 *
 * <p>Labels are class numbers in [0, {@link #classes}); others are refused, naming the row. Sample
 * ids play no part. Every row is an item: it is active while its target probability is below 1 (in
 * the computation's precision).
 */
public interface Head extends EmbeddingLoss, HasParameters {
  /** The number of classes C. */
  int classes();

  /**
   * The logits without margin: their largest column is the class.
   *
   * <p>Gradient recording follows libtorch's thread setting.
   *
   * @param embeddings float32 [n, d]
   * @return float32 [n, C], in the current scope
   */
  Tensor logits(Tensor embeddings);
}
