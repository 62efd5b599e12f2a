package dev.semblance.similarity.mine;

import dev.semblance.similarity.measure.PairTiles;
import dev.semblance.similarity.measure.TileBlock;
import java.util.Arrays;

/**
 * Goes through the selected triplets of a block one by one and weighs their distances. Used by one
 * thread.
 *
 * <p>With {@code swap} the negative's distance is {@code min(D_an, D_pn)}; the block then holds
 * whole classes, as {@link #order} and {@link #ends} arrange.
 */
public final class TripletWalk {
  /** What is done with each triplet. */
  public interface Visitor {
    /**
     * Starts an anchor that has a positive and a negative.
     *
     * @param candidates how many triplets (pairs, anchors) the selection chose from
     * @param selected how many it chose; 0 unless {@link #wantsSelected}
     */
    void anchor(long candidates, long selected);

    /** One selected triplet; returns {@code dLoss/dD_ap = -dLoss/dD_an}. */
    double triplet(
        int anchor, int positive, int negative, double positiveDistance, double negativeDistance);

    /** True if {@link #anchor} is to know {@code selected}: costs a second pass. */
    default boolean wantsSelected() {
      return false;
    }
  }

  private static final Visitor BLIND =
      new Visitor() {
        @Override
        public void anchor(long candidates, long selected) {}

        @Override
        public double triplet(int anchor, int positive, int negative, double ap, double an) {
          return 0;
        }
      };

  private final Relation relation;
  private final TripletSelection selection;
  private final NegativeChoice choice;
  private final boolean swap;
  private final int[] positives;
  private final int[] negatives;
  private final double[] squares;
  private final double[] swapped;

  /** A walk over blocks of {@code tiles}. */
  public TripletWalk(PairTiles tiles, Relation relation, TripletSelection selection, boolean swap) {
    this.relation = relation;
    this.selection = selection;
    this.swap = swap;
    this.choice =
        selection instanceof TripletSelection.OneNegative one
            ? one.choice(relation, tiles.columns())
            : (positive, ap, distances, rows, count) -> NegativeChoice.NONE;
    int n = tiles.count();
    this.positives = new int[n];
    this.negatives = new int[n];
    this.squares = new double[choice.readsSquares() ? n : 0];
    this.swapped = new double[swap ? n : 0];
    if (choice.readsSquares()) {
      checkUnit(tiles);
    }
  }

  private static void checkUnit(PairTiles tiles) {
    for (int i = 0; i < tiles.count(); i++) {
      double square = tiles.squaredNorm(i);
      if (!tiles.isUndefined(i) && !(Math.abs(square - 1) < 1e-2)) {
        throw new IllegalArgumentException(
            "embeddings must be unit vectors for distance-weighted selection, row "
                + i
                + " has norm "
                + Math.sqrt(square)
                + "; normalise them, or use the cosine distance");
      }
    }
  }

  /** The rows, classes together. */
  public static int[] order(Relation relation) {
    return relation.byLabel();
  }

  /** Ends of blocks of whole classes with at least {@code least} rows, for {@link #order}. */
  public static int[] ends(Relation relation, int[] order, int least) {
    int[] ends = new int[order.length];
    int count = 0;
    int start = 0;
    for (int i = 1; i <= order.length; i++) {
      boolean boundary =
          i == order.length || relation.label(order[i]) != relation.label(order[i - 1]);
      if (boundary && (i - start >= least || i == order.length)) {
        ends[count++] = i;
        start = i;
      }
    }
    return Arrays.copyOf(ends, count);
  }

  /** Visits the triplets of a block's anchors and weighs its rows. */
  public void walk(TileBlock block, Visitor visitor) {
    int n = relation.count();
    for (int from = 0; from < block.size(); ) {
      int to = from + 1;
      while (swap && to < block.size() && sameLabel(block, from, to)) {
        to++;
      }
      double[][] distances = new double[to - from][n];
      double[][] weights = new double[to - from][n];
      for (int i = from; i < to; i++) {
        block.distances(i, distances[i - from]);
      }
      for (int i = from; i < to; i++) {
        anchor(block, i, from, distances, weights, visitor);
      }
      for (int i = from; i < to; i++) {
        block.weigh(i, distances[i - from], weights[i - from]);
      }
      from = to;
    }
  }

  private boolean sameLabel(TileBlock block, int i, int j) {
    return relation.label(block.row(i)) == relation.label(block.row(j));
  }

  private void anchor(
      TileBlock block, int i, int from, double[][] distances, double[][] weights, Visitor visitor) {
    int anchor = block.row(i);
    double[] own = distances[i - from];
    int positiveCount = relation.positives(anchor, positives);
    int negativeCount = relation.negatives(anchor, negatives);
    if (positiveCount == 0 || negativeCount == 0) {
      return;
    }
    if (choice.readsSquares()) {
      block.squares(i, squares);
    }
    choice.anchor(anchor, squares, negatives, negativeCount);
    long candidates = candidates(positiveCount, negativeCount);
    positiveCount = keepPositives(own, positiveCount);
    long selected = 0;
    if (visitor.wantsSelected()) {
      for (int r = 0; r < positiveCount; r++) {
        selected +=
            pair(block, anchor, positives[r], own, from, distances, weights, negativeCount, BLIND);
      }
    }
    visitor.anchor(candidates, selected);
    for (int r = 0; r < positiveCount; r++) {
      pair(block, anchor, positives[r], own, from, distances, weights, negativeCount, visitor);
    }
  }

  private long candidates(int positiveCount, int negativeCount) {
    return switch (selection) {
      case TripletSelection.Band band -> (long) positiveCount * negativeCount;
      case TripletSelection.OneNegative one ->
          one.positives() == TripletSelection.Positives.ALL ? positiveCount : 1;
    };
  }

  private int keepPositives(double[] distances, int count) {
    if (!(selection instanceof TripletSelection.OneNegative one)) {
      return count;
    }
    switch (one.positives()) {
      case ALL -> {
        return count;
      }
      case FARTHEST -> positives[0] = Extremes.farthest(distances, positives, count);
      case NEAREST -> positives[0] = Extremes.nearest(distances, positives, count);
    }
    return 1;
  }

  /** Returns the number of selected triplets of the pair. */
  private long pair(
      TileBlock block,
      int anchor,
      int positive,
      double[] own,
      int from,
      double[][] distances,
      double[][] weights,
      int negativeCount,
      Visitor visitor) {
    double positiveDistance = own[positive];
    double[] candidate = own;
    int anchorAt = at(block, from, distances.length, anchor);
    int positiveAt = -1;
    if (swap) {
      positiveAt = at(block, from, distances.length, positive);
      candidate = swapped;
      for (int r = 0; r < negativeCount; r++) {
        int negative = negatives[r];
        swapped[negative] = Math.min(own[negative], distances[positiveAt][negative]);
      }
    }
    long selected = 0;
    if (selection instanceof TripletSelection.Band band) {
      for (int r = 0; r < negativeCount; r++) {
        if (band.contains(positiveDistance, candidate[negatives[r]])) {
          selected++;
          apply(
              anchor,
              positive,
              negatives[r],
              anchorAt,
              positiveAt,
              own,
              candidate,
              weights,
              visitor);
        }
      }
    } else {
      int negative =
          choice.negative(positive, positiveDistance, candidate, negatives, negativeCount);
      if (negative != NegativeChoice.NONE) {
        selected++;
        apply(anchor, positive, negative, anchorAt, positiveAt, own, candidate, weights, visitor);
      }
    }
    return selected;
  }

  private static int at(TileBlock block, int from, int size, int row) {
    for (int i = 0; i < size; i++) {
      if (block.row(from + i) == row) {
        return i;
      }
    }
    throw new IllegalStateException("row " + row + " is not in its class's block");
  }

  private void apply(
      int anchor,
      int positive,
      int negative,
      int anchorAt,
      int positiveAt,
      double[] own,
      double[] candidate,
      double[][] weights,
      Visitor visitor) {
    double weight = visitor.triplet(anchor, positive, negative, own[positive], candidate[negative]);
    if (weight != 0) {
      weights[anchorAt][positive] += weight;
      // On equal distances the anchor's is taken: one branch of the minimum's subgradient.
      int from = swap && candidate[negative] < own[negative] ? positiveAt : anchorAt;
      weights[from][negative] -= weight;
    }
  }
}
