package dev.semblance.similarity.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A loss on a batch of embeddings, with its gradient.
 *
 * <p>The learner passes the gradient on with {@code embeddings.backward(gradient)}. A loss that
 * owns parameters also implements {@link HasParameters} and adds to their {@code grad()} on every
 * call.
 */
@FunctionalInterface
public interface EmbeddingLoss {
  /**
   * The loss of a batch. Nothing is recorded on the graph of {@code embeddings}.
   *
   * @param embeddings float32 or float64 [n, d]
   * @param labels int64 [n]
   * @param samples int64 [n]: the identity of each row; two rows of one sample are neither positive
   *     nor negative
   */
  LossResult of(Tensor embeddings, Tensor labels, Tensor samples);

  /** The loss of a batch in which every row is another sample. */
  default LossResult of(Tensor embeddings, Tensor labels) {
    return of(
        embeddings,
        labels,
        torch.arange(new Scalar(embeddings.size(0)), new TensorOptions(ScalarType.Long)));
  }
}
