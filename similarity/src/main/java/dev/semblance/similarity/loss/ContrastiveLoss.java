package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.EmbeddedDistance;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.PairTiles;
import dev.semblance.similarity.mine.Relation;
import org.bytedeco.pytorch.Tensor;

/**
 * The contrastive loss: {@code D^2} for a pair of one class, {@code [margin - D]+^2} for a pair of
 * two.
 *
 * <p>Over all pairs of the batch, each once; rows of one sample are no pair. With y = 1 for similar
 * pairs this is {@code y D^2 + (1 - y) [margin - D]+^2}; the paper's Y is 1 for <em>dis</em>similar
 * pairs and its terms carry a factor 1/2. The gradient of a negative is {@code -2 (margin - D) dD},
 * and 0 where the two rows coincide: such a pair is not pushed apart.
 *
 * <p>O(n x block) memory. In the result {@code valid} counts pairs, {@code active} those that are
 * positive and apart or negative and nearer than the margin.
 *
 * @param measure D, a root distance such as {@link Euclidean}
 * @param margin {@code > 0}; on unit rows useful only below 2
 * @param reduction over pairs; {@code PER_ANCHOR} averages over the pairs of each row first
 */
@Source(key = "hadsell2006dimensionality", where = "Eq. (4)")
public record ContrastiveLoss(EmbeddedDistance measure, double margin, Reduction reduction)
    implements EmbeddingLoss {
  public ContrastiveLoss {
    Check.positive("margin", margin);
  }

  /** Euclidean distance and margin 1, mean over all pairs. */
  public static ContrastiveLoss of() {
    return of(1);
  }

  /** Euclidean distance, mean over all pairs. */
  public static ContrastiveLoss of(double margin) {
    return new ContrastiveLoss(new Euclidean(), margin, Reduction.MEAN);
  }

  /** With another measure; the margin is in its unit. */
  public ContrastiveLoss withMeasure(EmbeddedDistance measure) {
    return new ContrastiveLoss(measure, margin, reduction);
  }

  /** With another reduction. */
  public ContrastiveLoss withReduction(Reduction reduction) {
    return new ContrastiveLoss(measure, margin, reduction);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    try (Scope scope = Scope.open()) {
      PairTiles tiles = PairTiles.of(measure, embeddings);
      Relation relation = Relation.of(labels, samples, tiles.count());
      Tally total = new Tally();
      PairRows.Row row =
          (i, distances, weights, tally) -> row(relation, i, distances, weights, tally);
      double[] summed =
          tiles.run(() -> new PairRows(tiles.count(), row), done -> total.add(done.tally));
      return total.result(tiles, summed, reduction, scope);
    }
  }

  private void row(Relation relation, int i, double[] distances, double[] weights, Tally tally) {
    boolean perAnchor = reduction == Reduction.PER_ANCHOR;
    double value = 0;
    long pairs = 0;
    for (int j = perAnchor ? 0 : i + 1; j < distances.length; j++) {
      boolean positive = relation.isPositive(i, j);
      if (!positive && !relation.isNegative(i, j)) {
        continue;
      }
      double gap = positive ? distances[j] : Math.min(0, distances[j] - margin);
      pairs++;
      value += gap * gap;
      weights[j] = 2 * gap;
      if (j > i) {
        tally.selected++;
        tally.active += gap != 0 ? 1 : 0;
      }
    }
    tally.valid = tally.selected;
    if (perAnchor && pairs > 0) {
      value /= pairs;
      for (int j = 0; j < weights.length; j++) {
        weights[j] /= pairs;
      }
    }
    tally.value += value;
    tally.anchors += pairs > 0 ? 1 : 0;
  }
}
