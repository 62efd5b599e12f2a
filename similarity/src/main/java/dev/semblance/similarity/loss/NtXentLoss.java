package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Normalised temperature-scaled cross-entropy over two views of each image (InfoNCE): a view must
 * find its partner among all other rows.
 *
 * <p>{@code L_i = -S_ip / tau + LSE_{k != i}(S_ik / tau)}, averaged over the valid anchors; S is
 * the cosine, p the partner. Embeddings float32 or float64 [n, d]; memory O(n x block).
 *
 * <p>In the terms of {@link EmbeddingLoss} the <em>label</em> is the image and the <em>sample</em>
 * is the view: two rows of one label are partners, and their sample ids must differ (as in {@link
 * #of(Tensor, Tensor)}), or they would be one row twice, which is masked. {@link #ofViews} writes
 * the labels itself. Rows without a partner serve as negatives only; a label with more than two
 * views is refused with {@link IllegalArgumentException}: that is {@link SupConLoss}.
 *
 * @param temperature tau, above 0
 */
@Source(key = "chen2020simple", where = "Eq. (1)")
public record NtXentLoss(double temperature) implements EmbeddingLoss {
  public NtXentLoss {
    Check.positive("temperature", temperature);
  }

  /** Temperature 0.5, best on CIFAR-10 (chen2020simple, Appendix B.9); ImageNet takes 0.1. */
  public static NtXentLoss of() {
    return new NtXentLoss(0.5);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    return CosineAnchors.mean(embeddings, labels, samples, this::anchors);
  }

  /**
   * The loss of two views of n images.
   *
   * @param embeddings float32 or float64 [2n, d]: rows i and i + n are views of one image
   */
  public LossResult ofViews(Tensor embeddings) {
    long rows = Check.matrix("embeddings", embeddings).size(0);
    if (rows % 2 != 0) {
      throw new IllegalArgumentException(
          "embeddings must hold two views of each image, got " + rows + " rows");
    }
    try (Scope scope = Scope.open()) {
      Tensor images = torch.arange(Ops.scalar(rows / 2), Ops.options(ScalarType.Long));
      LossResult result = of(embeddings, images.repeat(2));
      scope.keep(result.gradient());
      return result;
    }
  }

  CosineAnchors.Rows anchors(Tensor cosine, Tensor positive, Tensor negative, long first) {
    long[] partners = Ops.toLongs(positive.sum(1));
    for (int row = 0; row < partners.length; row++) {
      if (partners[row] > 1) {
        throw new IllegalArgumentException(
            "labels must name two views each, got "
                + (partners[row] + 1)
                + " of the label of row "
                + (first + row)
                + "; use SupConLoss for more");
      }
    }
    return new SupConLoss(temperature).anchors(cosine, positive, negative, first);
  }
}
