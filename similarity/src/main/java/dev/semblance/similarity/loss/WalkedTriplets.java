package dev.semblance.similarity.loss;

import dev.semblance.similarity.measure.TileBlock;
import dev.semblance.similarity.mine.TripletWalk;
import java.util.function.Consumer;

/** Triplets one by one, for items that do not split into sums and for swapped distances. */
final class WalkedTriplets implements Consumer<TileBlock>, TripletWalk.Visitor {
  private final TripletWalk walk;
  private final TripletItem item;
  private final boolean perAnchor;
  private double share = 1;
  private boolean counted;

  /** What this block came to. */
  final Tally tally = new Tally();

  WalkedTriplets(TripletWalk walk, TripletItem item, Reduction reduction) {
    this.walk = walk;
    this.item = item;
    this.perAnchor = reduction == Reduction.PER_ANCHOR;
  }

  @Override
  public void accept(TileBlock block) {
    walk.walk(block, this);
  }

  @Override
  public boolean wantsSelected() {
    return perAnchor;
  }

  @Override
  public void anchor(long candidates, long selected) {
    tally.valid += candidates;
    share = perAnchor && selected > 0 ? 1.0 / selected : 1;
    counted = false;
  }

  @Override
  public double triplet(
      int anchor, int positive, int negative, double positiveDistance, double negativeDistance) {
    if (!counted) {
      counted = true;
      tally.anchors++;
    }
    tally.selected++;
    double value = item.value(positiveDistance, negativeDistance);
    if (!(value > 0)) {
      return 0;
    }
    tally.active++;
    tally.value += share * value;
    return share * item.slope(positiveDistance, negativeDistance);
  }
}
