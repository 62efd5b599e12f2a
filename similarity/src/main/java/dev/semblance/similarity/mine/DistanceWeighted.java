package dev.semblance.similarity.mine;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * For each pair of an anchor and a positive one negative drawn with weight {@code 1 / q(max(D,
 * least))}, where {@code log q = (d-2) log D + ((d-3)/2) log(1 - D^2/4)} is the density of
 * distances on the unit sphere; weight 0 from {@code most} on. For unit vectors only.
 *
 * <p>A pair without a weighted negative is skipped. A draw is keyed by the seed, the pair's samples
 * and the set of samples in the batch: the same whatever the order of the rows.
 *
 * @param least the distance below which all are alike, {@code > 0}
 * @param most the distance from which on none is drawn, in (least, 2)
 * @param seed of the draws
 */
@Source(key = "wu2017sampling", where = "Eq. (2)-(3)")
public record DistanceWeighted(double least, double most, long seed)
    implements TripletSelection.OneNegative {
  public DistanceWeighted {
    Check.positive("least", least);
    if (!(most > least && most < 2)) {
      throw new IllegalArgumentException("most must be in (" + least + ", 2), got " + most);
    }
  }

  /** Cut-offs 0.5 and 1.4, as the authors' code. */
  public static DistanceWeighted of(long seed) {
    return new DistanceWeighted(0.5, 1.4, seed);
  }

  @Override
  public Positives positives() {
    return Positives.ALL;
  }

  @Override
  public NegativeChoice choice(Relation relation, int dimensions) {
    return new Draw(this, relation, dimensions);
  }

  private static final class Draw implements NegativeChoice {
    private final DistanceWeighted rule;
    private final Relation relation;
    private final int dimensions;
    private final long batch;
    private final int[] rank;
    private final int[] bySample;
    private final double[] cumulated;
    private int anchor;
    private double total;

    Draw(DistanceWeighted rule, Relation relation, int dimensions) {
      this.rule = rule;
      this.relation = relation;
      this.dimensions = dimensions;
      int n = relation.count();
      long key = 0;
      for (int i = 0; i < n; i++) {
        long sample = relation.sample(i);
        key += Rng.of(sample, Rng.Purpose.SELECT).nextLong(); // a sum: the order is of no account
      }
      this.batch = key;
      this.rank = new int[n];
      int[] order =
          IntStream.range(0, n)
              .boxed()
              .sorted(Comparator.comparingLong(relation::sample))
              .mapToInt(Integer::intValue)
              .toArray();
      for (int r = 0; r < n; r++) {
        rank[order[r]] = r;
      }
      this.bySample = order;
      this.cumulated = new double[n];
    }

    @Override
    public boolean readsSquares() {
      return true;
    }

    @Override
    public void anchor(int row, double[] squares, int[] negatives, int count) {
      anchor = row;
      double[] logs = cumulated;
      Arrays.fill(logs, Double.NEGATIVE_INFINITY);
      double largest = Double.NEGATIVE_INFINITY;
      for (int r = 0; r < count; r++) {
        double distance = Math.sqrt(squares[negatives[r]]);
        if (distance < rule.most) {
          double log = -logDensity(Math.max(distance, rule.least));
          logs[rank[negatives[r]]] = log;
          largest = Math.max(largest, log);
        }
      }
      total = 0;
      for (int r = 0; r < logs.length; r++) {
        total += logs[r] == Double.NEGATIVE_INFINITY ? 0 : Math.exp(logs[r] - largest);
        cumulated[r] = total;
      }
    }

    /** The logarithm of q, up to a constant. */
    private double logDensity(double distance) {
      return (dimensions - 2) * Math.log(distance)
          + (dimensions - 3) / 2.0 * Math.log1p(-distance * distance / 4);
    }

    @Override
    public int negative(
        int positive, double positiveDistance, double[] distances, int[] negatives, int count) {
      if (!(total > 0)) {
        return NONE;
      }
      long pair = relation.sample(anchor) * Rng.GOLDEN + relation.sample(positive);
      double mark = total * Rng.of(rule.seed, Rng.Purpose.SELECT, pair, batch).nextDouble();
      int low = 0;
      int high = cumulated.length - 1;
      while (low < high) { // the first that exceeds the mark
        int middle = (low + high) >>> 1;
        if (cumulated[middle] > mark) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      return bySample[low];
    }
  }
}
