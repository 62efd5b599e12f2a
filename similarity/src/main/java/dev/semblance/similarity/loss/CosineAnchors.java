package dev.semblance.similarity.loss;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Streams losses that are a mean over anchors of a function of the anchor's row of cosines.
 *
 * <p>A block of T anchors at a time meets the whole batch, so a row's log-sum-exp is complete
 * within its block and one pass gives value and gradient: memory O(T n), time O(n^2 d). Blocks are
 * added in order. An anchor is valid if it has a positive and a negative; rows of one sample are
 * neither.
 */
final class CosineAnchors {
  /** Bytes of one [T, n] matrix; a block holds about ten. */
  private static final long BLOCK_BYTES = 8 << 20;

  private CosineAnchors() {}

  /** The loss of a block of anchors as a function of their cosines. */
  @FunctionalInterface
  interface Term {
    /**
     * @param cosine [T, n]
     * @param positive bool [T, n]
     * @param negative bool [T, n], disjoint from {@code positive}; the rest is masked
     * @param first the row number of the first anchor
     */
    Rows of(Tensor cosine, Tensor positive, Tensor negative, long first);
  }

  /**
   * Both are ignored, NaN included, for anchors without positive or without negative.
   *
   * @param loss [T]
   * @param slope [T, n], the derivative of each row's loss by its cosines; 0 where masked
   */
  record Rows(Tensor loss, Tensor slope) {}

  static LossResult mean(Tensor embeddings, Tensor labels, Tensor samples, Term term) {
    long n = Math.max(1, embeddings.size(0));
    return mean(embeddings, labels, samples, term, Math.max(1, BLOCK_BYTES / (4 * n)));
  }

  static LossResult mean(
      Tensor embeddings, Tensor labels, Tensor samples, Term term, long blockRows) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Batch batch = Batch.of(embeddings, labels);
      long n = batch.size();
      Check.labels("samples", samples, n);
      UnitRows rows = UnitRows.of(batch.x());
      Tensor byUnit = Ops.zeros(batch.x().scalar_type(), n, embeddings.size(1));
      double value = 0;
      long valid = 0;
      long active = 0;
      for (long first = 0; first < n; first += blockRows) {
        try (Scope block = Scope.open()) {
          long count = Math.min(blockRows, n - first);
          UnitRows anchors = rows.block(first, count);
          Tensor cosine = anchors.unit().mm(rows.unit().t());
          Tensor same = labels.narrow(0, first, count).unsqueeze(1).eq(labels);
          Tensor other = samples.narrow(0, first, count).unsqueeze(1).ne(samples);
          Tensor positive = same.logical_and(other);
          Tensor negative = same.logical_not_().logical_and_(other);
          Tensor invalid = positive.any(1).logical_and_(negative.any(1)).logical_not_();
          Rows terms = term.of(cosine, positive, negative, first);
          terms.loss().masked_fill_(invalid, Ops.scalar(0));
          Tensor slope = terms.slope().masked_fill_(invalid.unsqueeze(1), Ops.scalar(0));
          value += terms.loss().sum(new ScalarTypeOptional(ScalarType.Double)).item_double();
          valid += count - invalid.sum().item_long();
          active += slope.any(1).logical_and_(anchors.directed()).sum().item_long();
          byUnit.narrow(0, first, count).addmm_(slope, rows.unit());
          byUnit.addmm_(slope.t(), anchors.unit());
        }
      }
      if (valid == 0) {
        return batch.nothing(scope);
      }
      Tensor gradient = rows.back(byUnit.mul_(Ops.scalar(1.0 / valid)));
      return batch.result(scope, value / valid, gradient, active, valid);
    }
  }
}
