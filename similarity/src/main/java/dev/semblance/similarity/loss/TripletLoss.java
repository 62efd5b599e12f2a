package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.EmbeddedDistance;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.PairTiles;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.similarity.mine.BatchHard;
import dev.semblance.similarity.mine.EasyTriplets;
import dev.semblance.similarity.mine.FaceNetSemiHard;
import dev.semblance.similarity.mine.Relation;
import dev.semblance.similarity.mine.SemiHardTriplets;
import dev.semblance.similarity.mine.TripletSelection;
import dev.semblance.similarity.mine.TripletWalk;
import org.bytedeco.pytorch.Tensor;

/**
 * The triplet loss: a positive should be closer to the anchor than a negative is, by a margin.
 *
 * <p>{@code reduction over selected (a, p, n) of [D_ap - D_an + margin]+}, or of the soft margin
 * {@code log(1 + exp(D_ap - D_an))}; with {@code swap}, {@code min(D_an, D_pn)} for {@code D_an}.
 *
 * <p>Embeddings [n, d]; the default margin supposes unit rows, which the net gives. No triplet is
 * ever listed: O(n x block) memory, and for a hinge without swap O(n^2 (d + log n)) time. In the
 * result {@code valid} counts what the selection chose from: triplets, pairs (a, p) for one
 * negative a pair, anchors for the batch-hard kind; {@code active} those chosen with a loss above
 * 0. Anchors without a positive or a negative contribute nothing.
 *
 * @param measure D
 * @param selection which triplets
 * @param item the loss of one
 * @param reduction how they become one number
 * @param swap takes the nearer of anchor and positive to the negative
 */
@Source(key = "schroff2015facenet", where = "Eq. (2)-(4)")
@Source(key = "hermans2017defense", where = "Eq. (5), soft margin")
@Source(key = "balntas2016learning", where = "section 3.2, anchor swap")
public record TripletLoss(
    EmbeddedDistance measure,
    TripletSelection selection,
    TripletItem item,
    Reduction reduction,
    boolean swap)
    implements EmbeddingLoss {
  /** Rows below which a block of whole classes is joined with the next. */
  private static final int LEAST_BLOCK = 64;

  public TripletLoss {
    if (selection instanceof EasyTriplets easy
        && item instanceof TripletItem.Hinge hinge
        && easy.margin() >= hinge.margin()) {
      throw new IllegalArgumentException(
          "easy triplets have a hinge of exactly 0 at margin "
              + hinge.margin()
              + "; use the soft margin or another selection");
    }
  }

  /** Squared Euclidean distance of unit rows and margin 0.2, [schroff2015facenet] section 3.1. */
  public static TripletLoss of() {
    return of(0.2);
  }

  /**
   * All semi-hard triplets under the squared Euclidean distance, averaged over the selected ones,
   * each of which is active.
   *
   * @param margin of hinge and selection, {@code > 0}
   */
  public static TripletLoss of(double margin) {
    return new TripletLoss(
        new SquaredEuclidean(),
        new SemiHardTriplets(margin),
        new TripletItem.Hinge(margin),
        Reduction.MEAN,
        false);
  }

  /** Batch-hard with the soft margin on unnormalised rows, [hermans2017defense] section 4. */
  public static TripletLoss batchHard() {
    return new TripletLoss(
        new Euclidean(), new BatchHard(), new TripletItem.SoftMargin(), Reduction.MEAN, false);
  }

  /** With another measure; a margin is in the measure's unit. */
  public TripletLoss withMeasure(EmbeddedDistance measure) {
    return new TripletLoss(measure, selection, item, reduction, swap);
  }

  /** With another selection. */
  public TripletLoss withSelection(TripletSelection selection) {
    return new TripletLoss(measure, selection, item, reduction, swap);
  }

  /** With another item. */
  public TripletLoss withItem(TripletItem item) {
    return new TripletLoss(measure, selection, item, reduction, swap);
  }

  /** With another reduction. */
  public TripletLoss withReduction(Reduction reduction) {
    return new TripletLoss(measure, selection, item, reduction, swap);
  }

  /** With or without the swap. */
  public TripletLoss withSwap(boolean swap) {
    return new TripletLoss(measure, selection, item, reduction, swap);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    try (Scope scope = Scope.open()) {
      PairTiles tiles = PairTiles.of(measure, embeddings);
      Relation relation = Relation.of(labels, samples, tiles.count());
      Tally total = new Tally();
      double[] summed = run(tiles, relation, total);
      return total.result(tiles, summed, reduction, scope);
    }
  }

  private double[] run(PairTiles tiles, Relation relation, Tally total) {
    boolean intervals =
        selection instanceof TripletSelection.Band || selection instanceof FaceNetSemiHard;
    if (intervals && !swap && item instanceof TripletItem.Hinge hinge) {
      return tiles.run(
          () -> new SortedHinge(relation, selection, hinge.margin(), reduction),
          done -> total.add(done.tally));
    }
    if (swap) {
      int[] order = TripletWalk.order(relation);
      int[] ends = TripletWalk.ends(relation, order, LEAST_BLOCK);
      return tiles.run(order, ends, () -> walked(tiles, relation), done -> total.add(done.tally));
    }
    return tiles.run(() -> walked(tiles, relation), done -> total.add(done.tally));
  }

  private WalkedTriplets walked(PairTiles tiles, Relation relation) {
    return new WalkedTriplets(new TripletWalk(tiles, relation, selection, swap), item, reduction);
  }
}
