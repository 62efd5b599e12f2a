package dev.semblance.similarity.eval;

import java.util.Arrays;

/**
 * The values of every query that had a relevant item, for intervals, paired comparisons and lists
 * of mistakes. Slot s of every array belongs to query row {@code rows()[s]}; arrays are copies.
 */
public final class PerQuery {
  private final int[] cutoffs;
  private final QueryScores scores;
  private final int[] rows;
  private final int[] labels;
  private final int[] relevant;
  private final int[] nearest;
  private final int[] nearestLabels;
  private final double[] nearestDistance;
  private final int[] nearestRelevant;
  private final double[] nearestRelevantDistance;

  PerQuery(
      int[] cutoffs,
      QueryScores scores,
      int[] rows,
      int[] labels,
      int[] relevant,
      int[] nearest,
      int[] nearestLabels,
      double[] nearestDistance,
      int[] nearestRelevant,
      double[] nearestRelevantDistance) {
    this.cutoffs = cutoffs;
    this.scores = scores;
    this.rows = rows;
    this.labels = labels;
    this.relevant = relevant;
    this.nearest = nearest;
    this.nearestLabels = nearestLabels;
    this.nearestDistance = nearestDistance;
    this.nearestRelevant = nearestRelevant;
    this.nearestRelevantDistance = nearestRelevantDistance;
  }

  /** The number of queries. */
  public int size() {
    return rows.length;
  }

  /** The query rows, ascending. */
  public int[] rows() {
    return rows.clone();
  }

  /** The class of each query. */
  public int[] labels() {
    return labels.clone();
  }

  /** The number of relevant items R of each query. */
  public int[] relevant() {
    return relevant.clone();
  }

  /** The gallery row nearest to each query (the query itself and junk removed). */
  public int[] nearest() {
    return nearest.clone();
  }

  /** The class of {@link #nearest}. */
  public int[] nearestLabels() {
    return nearestLabels.clone();
  }

  /** The distance to {@link #nearest}. */
  public double[] nearestDistance() {
    return nearestDistance.clone();
  }

  /** The nearest relevant gallery row. */
  public int[] nearestRelevant() {
    return nearestRelevant.clone();
  }

  /** The distance to {@link #nearestRelevant}. */
  public double[] nearestRelevantDistance() {
    return nearestRelevantDistance.clone();
  }

  /** The values of a metric without cutoff, one per query. */
  public double[] values(RetrievalMetric metric) {
    if (metric.hasCutoff()) {
      throw new IllegalArgumentException(metric + " needs a cutoff; call values(metric, k)");
    }
    return scores.of(metric).clone();
  }

  /** The values of a metric at one of the evaluation's cutoffs, one per query. */
  public double[] values(RetrievalMetric metric, int k) {
    int c = Arrays.binarySearch(cutoffs, k);
    if (!metric.hasCutoff() || c < 0) {
      throw new IllegalArgumentException(
          metric + " at " + k + " was not computed; cutoffs are " + Arrays.toString(cutoffs));
    }
    return scores.of(metric, c).clone();
  }
}
