package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;

/**
 * Multi-similarity loss: soft-weighted pairs, chosen by comparison with the anchor's hardest of the
 * other kind.
 *
 * <p>{@code L_i = (1/a) log[1 + sum_P e^{-a(S - l)}] + (1/b) log[1 + sum_N e^{b(S - l)}]}, averaged
 * over the valid anchors; S is the cosine. Of the positives those with {@code S - eps < max_N S}
 * are kept, of the negatives those with {@code S + eps > min_P S}. Embeddings float32 or float64
 * [n, d]; memory O(n x block).
 *
 * <p>Anchors without a positive or without a negative contribute nothing and are not counted in the
 * mean (the paper divides by the batch: the same where every class comes twice). An anchor all of
 * whose pairs are dropped is valid with loss 0 and not active. A row of length 0 has cosine 0 with
 * everything and gradient 0.
 *
 * @param positiveScale a, above 0
 * @param negativeScale b, above 0
 * @param threshold l, in [-1, 1]
 * @param slack eps, at least 0; above 2 every pair is kept
 */
@Source(key = "wang2019multi", where = "Eq. (11), (12) and (15)")
public record MultiSimilarityLoss(
    double positiveScale, double negativeScale, double threshold, double slack)
    implements EmbeddingLoss {
  public MultiSimilarityLoss {
    Check.positive("positiveScale", positiveScale);
    Check.positive("negativeScale", negativeScale);
    Check.between("threshold", threshold, -1, 1);
    Check.notNegative("slack", slack);
  }

  /** a 2, b 50, l 0.5, eps 0.1 (wang2019multi, Section 4.1; the authors' code has b 40). */
  public static MultiSimilarityLoss of() {
    return new MultiSimilarityLoss(2, 50, 0.5, 0.1);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    return CosineAnchors.mean(embeddings, labels, samples, this::anchors);
  }

  private CosineAnchors.Rows anchors(Tensor cosine, Tensor positive, Tensor negative, long first) {
    long[] columns = {1};
    double infinity = Double.POSITIVE_INFINITY;
    Tensor leastPositive =
        cosine
            .masked_fill(positive.logical_not(), Ops.scalar(infinity))
            .amin(columns, true)
            .sub_(Ops.scalar(slack));
    Tensor mostNegative =
        cosine
            .masked_fill(negative.logical_not(), Ops.scalar(-infinity))
            .amax(columns, true)
            .add_(Ops.scalar(slack));
    // Negated, so that a NaN is kept and shows in the value.
    Tensor nearNegative =
        cosine.le(leastPositive).logical_not_().logical_and_(negative); // Eq. (11)
    Tensor farPositive = cosine.ge(mostNegative).logical_not_().logical_and_(positive); // Eq. (12)
    Tensor above = cosine.sub_(Ops.scalar(threshold));
    Part pull = part(above, farPositive, -positiveScale);
    Part push = part(above, nearNegative, negativeScale);
    return new CosineAnchors.Rows(
        pull.loss().add_(push.loss()), pull.slope().add_(push.slope())); // Eq. (15)
  }

  private record Part(Tensor loss, Tensor slope) {}

  /** {@code log(1 + sum_kept e^{scale u}) / |scale|} and its derivative by u. */
  private static Part part(Tensor u, Tensor kept, double scale) {
    Tensor exponent =
        u.mul(Ops.scalar(scale))
            .masked_fill_(kept.logical_not(), Ops.scalar(Double.NEGATIVE_INFINITY));
    Tensor log = LogSum.onePlus(exponent, 1);
    Tensor slope = exponent.sub_(log).exp_().mul_(Ops.scalar(Math.signum(scale)));
    return new Part(log.squeeze(1).mul(Ops.scalar(1 / Math.abs(scale))), slope);
  }
}
