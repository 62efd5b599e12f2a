package dev.semblance.similarity.mine;

import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.EmbeddedDistance;
import dev.semblance.similarity.measure.PairTiles;
import dev.semblance.similarity.measure.TileBlock;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/**
 * How many triplets of a batch are easy, semi-hard and hard: the three make up all valid ones.
 *
 * @param easy {@code D_an >= D_ap + margin}
 * @param semiHard {@code D_ap < D_an < D_ap + margin}
 * @param hard {@code D_an <= D_ap}
 * @param coincident negative pairs (i, j), i &lt; j, at distance 0: under a Euclidean distance
 *     nothing pushes them apart
 */
public record TripletCensus(long easy, long semiHard, long hard, long coincident) {
  /** All valid triplets. */
  public long valid() {
    return easy + semiHard + hard;
  }

  /** The share of triplets that a hinge trains on, or 0 without triplets. */
  public double activeFraction() {
    return valid() == 0 ? 0 : (double) (semiHard + hard) / valid();
  }

  /**
   * Counts, without listing: O(n^2 (d + log n)) time, O(n x block) memory.
   *
   * @param margin {@code > 0}
   * @param embeddings floating point [n, d]
   * @param labels int64 [n]
   * @param samples int64 [n]
   */
  public static TripletCensus of(
      EmbeddedDistance measure, double margin, Tensor embeddings, Tensor labels, Tensor samples) {
    SemiHardTriplets band = new SemiHardTriplets(margin);
    try (Scope scope = Scope.open()) {
      PairTiles tiles = PairTiles.of(measure, embeddings);
      Relation relation = Relation.of(labels, samples, tiles.count());
      long[] sums = new long[4];
      tiles.run(() -> new Count(relation, band), done -> done.addTo(sums));
      return new TripletCensus(sums[0], sums[1], sums[2], sums[3] / 2);
    }
  }

  private static final class Count implements Consumer<TileBlock> {
    private final Relation relation;
    private final SemiHardTriplets band;
    private long easy;
    private long semiHard;
    private long hard;
    private long coincident;

    Count(Relation relation, SemiHardTriplets band) {
      this.relation = relation;
      this.band = band;
    }

    @Override
    public void accept(TileBlock block) {
      int n = relation.count();
      SortedDistances sorted = new SortedDistances(n);
      double[] distances = new double[n];
      int[] positives = new int[n];
      int[] negatives = new int[n];
      for (int i = 0; i < block.size(); i++) {
        int positiveCount = relation.positives(block.row(i), positives);
        int negativeCount = relation.negatives(block.row(i), negatives);
        block.distances(i, distances);
        sorted.sort(distances, negatives, negativeCount);
        coincident += sorted.upper(0);
        for (int r = 0; r < positiveCount; r++) {
          int from = band.from(sorted, distances[positives[r]]);
          int to = Math.max(from, band.to(sorted, distances[positives[r]]));
          hard += from;
          semiHard += to - from;
          easy += negativeCount - to;
        }
      }
    }

    void addTo(long[] sums) {
      sums[0] += easy;
      sums[1] += semiHard;
      sums[2] += hard;
      sums[3] += coincident;
    }
  }
}
