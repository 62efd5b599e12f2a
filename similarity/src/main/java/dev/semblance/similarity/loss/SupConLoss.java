package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;

/**
 * Supervised contrastive loss: each positive against everything else in the batch.
 *
 * <p>{@code L_i = -(1/|P(i)|) sum_{p in P(i)} [S_ip / tau - LSE_{k != i}(S_ik / tau)]}, averaged
 * over the valid anchors; S is the cosine and the mean over positives stands outside the logarithm.
 * Embeddings float32 or float64 [n, d]; memory O(n x block).
 *
 * <p>Anchors without a positive or without a negative contribute nothing (the paper leaves the
 * latter open), rows of one sample are left out of each other's sums, and a row of length 0 has
 * cosine 0 with everything and gradient 0.
 *
 * <p>Near relative: {@link NtXentLoss}, one positive per anchor.
 *
 * @param temperature tau, above 0
 */
@Source(key = "khosla2020supervised", where = "Eq. (2)")
public record SupConLoss(double temperature) implements EmbeddingLoss {
  public SupConLoss {
    Check.positive("temperature", temperature);
  }

  /** Temperature 0.1 (khosla2020supervised, Section 4.4). */
  public static SupConLoss of() {
    return new SupConLoss(0.1);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    return CosineAnchors.mean(embeddings, labels, samples, this::anchors);
  }

  CosineAnchors.Rows anchors(Tensor cosine, Tensor positive, Tensor negative, long first) {
    Tensor score = cosine.mul_(Ops.scalar(1 / temperature));
    Tensor share = positive.to(score.scalar_type());
    share.div_(share.sum(new long[] {1}, true, Ops.sameType())); // 1/|P(i)| on the positives
    Tensor ofPositives = score.mul(share).sum(1);
    Tensor masked = positive.logical_or(negative).logical_not_();
    score.masked_fill_(masked, Ops.scalar(Double.NEGATIVE_INFINITY));
    Tensor all = score.logsumexp(new long[] {1}, true);
    Tensor loss = all.squeeze(1).sub(ofPositives); // Eq. (2)
    Tensor slope = score.sub_(all).exp_().sub_(share).mul_(Ops.scalar(1 / temperature));
    return new CosineAnchors.Rows(loss, slope);
  }
}
