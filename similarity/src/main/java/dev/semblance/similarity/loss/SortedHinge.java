package dev.semblance.similarity.loss;

import dev.semblance.similarity.measure.TileBlock;
import dev.semblance.similarity.mine.FaceNetSemiHard;
import dev.semblance.similarity.mine.NegativeChoice;
import dev.semblance.similarity.mine.Relation;
import dev.semblance.similarity.mine.SortedDistances;
import dev.semblance.similarity.mine.TripletSelection;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Sums of hinges over whole intervals of negatives, by one sort an anchor and a binary search a
 * positive: exact, with no triplet ever listed.
 *
 * <p>With sorted negatives z, prefix sums F, {@code t = D_ap + margin} and an interval [lo, hi) the
 * sum is {@code (hi - lo) t - (F_hi - F_lo)}; the weights of the negatives are a difference array.
 */
final class SortedHinge implements Consumer<TileBlock> {
  private final Relation relation;
  private final TripletSelection selection;
  private final double margin;
  private final Reduction reduction;
  private final SortedDistances sorted;
  private final int[] positives;
  private final int[] negatives;
  private final double[] distances;
  private final double[] weights;
  private final long[] steps;

  /** What this block came to. */
  final Tally tally = new Tally();

  SortedHinge(Relation relation, TripletSelection selection, double margin, Reduction reduction) {
    this.relation = relation;
    this.selection = selection;
    this.margin = margin;
    this.reduction = reduction;
    int n = relation.count();
    this.sorted = new SortedDistances(n);
    this.positives = new int[n];
    this.negatives = new int[n];
    this.distances = new double[n];
    this.weights = new double[n];
    this.steps = new long[n + 1];
  }

  @Override
  public void accept(TileBlock block) {
    for (int i = 0; i < block.size(); i++) {
      int anchor = block.row(i);
      int positiveCount = relation.positives(anchor, positives);
      int negativeCount = relation.negatives(anchor, negatives);
      if (positiveCount > 0 && negativeCount > 0) {
        block.distances(i, distances);
        Arrays.fill(weights, 0);
        anchor(positiveCount, negativeCount);
        block.weigh(i, distances, weights);
      }
    }
  }

  private void anchor(int positiveCount, int negativeCount) {
    boolean pairs = selection instanceof FaceNetSemiHard;
    tally.valid += pairs ? positiveCount : (long) positiveCount * negativeCount;
    sorted.sort(distances, negatives, negativeCount);
    Arrays.fill(steps, 0, negativeCount + 1, 0);
    double value = 0;
    long active = 0;
    long selected = 0;
    for (int r = 0; r < positiveCount; r++) {
      double distance = distances[positives[r]];
      int from;
      int to;
      if (selection instanceof TripletSelection.Band band) {
        from = band.from(sorted, distance);
        to = Math.max(from, band.to(sorted, distance));
      } else if (selection instanceof FaceNetSemiHard one) {
        int index = one.index(sorted, distance);
        from = index == NegativeChoice.NONE ? 0 : index;
        to = index == NegativeChoice.NONE ? 0 : index + 1;
      } else {
        throw new IllegalStateException("no interval for " + selection);
      }
      selected += to - from;
      double bound = distance + margin;
      to = Math.max(from, Math.min(to, sorted.lower(bound)));
      if (to > from) {
        value += (to - from) * bound - sorted.sum(from, to);
        active += to - from;
        weights[positives[r]] += to - from;
        steps[from]++;
        steps[to]--;
      }
    }
    if (selected == 0) {
      return;
    }
    long running = 0;
    for (int r = 0; r < negativeCount; r++) {
      running += steps[r];
      weights[sorted.row(r)] -= running;
    }
    if (reduction == Reduction.PER_ANCHOR) {
      value /= selected;
      for (int j = 0; j < weights.length; j++) {
        weights[j] /= selected;
      }
    }
    tally.value += value;
    tally.active += active;
    tally.selected += selected;
    tally.anchors++;
  }
}
