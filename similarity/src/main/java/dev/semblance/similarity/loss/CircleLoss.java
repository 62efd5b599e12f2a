package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Circle loss: every similarity is pulled to its optimum the harder the farther it is from it.
 *
 * <p>{@code L_i = softplus(LSE_n[g a_n (S_n - m)] + LSE_p[-g a_p (S_p - 1 + m)])} with {@code a_p =
 * [1 + m - S_p]+}, {@code a_n = [S_n + m]+}, averaged over the valid anchors; S is the cosine.
 * Embeddings float32 or float64 [n, d]; memory O(n x block).
 *
 * <p>The weights a are constants to the gradient, as in the paper: the gradient is therefore not
 * the derivative of the value. Anchors without a positive or without a negative contribute nothing;
 * a row of length 0 has cosine 0 with everything and gradient 0.
 *
 * <p>Near relative: {@link MultiSimilarityLoss}, which chooses pairs instead of weighting them.
 *
 * @param margin m, in [0, 1]
 * @param scale g, above 0
 */
@Source(key = "sun2020circle", where = "Eq. (6) to (8)")
public record CircleLoss(double margin, double scale) implements EmbeddingLoss {
  private static final long[] COLUMNS = {1};

  public CircleLoss {
    Check.between("margin", margin, 0, 1);
    Check.positive("scale", scale);
  }

  /**
   * Margin 0.4 and scale 80, the setting for fine-grained retrieval (sun2020circle, Section 4.1).
   */
  public static CircleLoss of() {
    return new CircleLoss(0.4, 80);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    return CosineAnchors.mean(embeddings, labels, samples, this::anchors);
  }

  private CosineAnchors.Rows anchors(Tensor cosine, Tensor positive, Tensor negative, long first) {
    // Eq. (8): the optima are 1 + m and -m, the boundaries 1 - m and m
    Tensor pull = cosine.sub(Ops.scalar(1 + margin)).clamp_max_(Ops.scalar(0)); // -a_p
    Tensor push = cosine.add(Ops.scalar(margin)).clamp_min_(Ops.scalar(0)); // a_n
    pull.mul_(Ops.scalar(scale));
    push.mul_(Ops.scalar(scale));
    Tensor near = masked(cosine.sub(Ops.scalar(1 - margin)).mul_(pull), positive);
    Tensor far = masked(cosine.sub(Ops.scalar(margin)).mul_(push), negative);
    Tensor nearLog = near.logsumexp(COLUMNS, true);
    Tensor farLog = far.logsumexp(COLUMNS, true);
    Tensor both = nearLog.add(farLog);
    Tensor loss = torch.logaddexp(both, torch.zeros_like(both)); // Eq. (6)
    Tensor certainty = both.sub_(loss).exp_(); // the sigmoid
    Tensor slope = near.sub_(nearLog).exp_().mul_(pull);
    slope.add_(far.sub_(farLog).exp_().mul_(push)).mul_(certainty);
    return new CosineAnchors.Rows(loss.squeeze(1), slope);
  }

  private static Tensor masked(Tensor exponents, Tensor kept) {
    return exponents.masked_fill_(kept.logical_not(), Ops.scalar(Double.NEGATIVE_INFINITY));
  }
}
