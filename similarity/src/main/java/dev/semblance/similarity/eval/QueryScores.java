package dev.semblance.similarity.eval;

import dev.semblance.core.Source;

/**
 * The metrics of single queries, from the gaps between their relevant items. One column of values
 * per metric (and cutoff), one slot per query.
 */
@Source(key = "musgrave2020metric", where = "Section 3.1, MAP@R")
@Source(key = "shilane2004princeton", where = "Section 4: tiers, E-measure, DCG")
@Source(key = "ye2021deep", where = "Section 4, mINP")
@Source(key = "mcsherry2008computing", where = "Section 3, expectations over tied orders")
final class QueryScores {
  /** The cutoff of the E-measure (shilane2004princeton, Section 4). */
  private static final int E_CUTOFF = 32;

  private static final int PLAIN = RetrievalMetric.values().length - 4;

  private final int[] cutoffs;
  private final double[][] columns;

  /** Sums over ranks 1..i of 1 (i = 1) or 1/log2 i: shape retrieval's discount. */
  private final double[] shapeSums;

  /** Sums over ranks 1..i of 1/log2(i+1). */
  private final double[] sums;

  /** 1/log2(rank+1). */
  private final double[] discount;

  QueryScores(int[] cutoffs, int gallery, int queries) {
    this.cutoffs = cutoffs;
    this.columns = new double[4 * cutoffs.length + PLAIN][queries];
    this.shapeSums = new double[gallery + 1];
    this.sums = new double[gallery + 1];
    this.discount = new double[gallery + 1];
    for (int rank = 1; rank <= gallery; rank++) {
      discount[rank] = Math.log(2) / Math.log(rank + 1);
      sums[rank] = sums[rank - 1] + discount[rank];
      shapeSums[rank] = shapeSums[rank - 1] + (rank == 1 ? 1 : discount[rank - 1]);
    }
  }

  /** The column of a metric without cutoff. */
  double[] of(RetrievalMetric metric) {
    return columns[4 * cutoffs.length + metric.ordinal() - 4];
  }

  /** The column of a metric at the c-th cutoff. */
  double[] of(RetrievalMetric metric, int c) {
    return columns[4 * c + metric.ordinal()];
  }

  double[][] columns() {
    return columns;
  }

  /** Ranks in one definite order. {@code gaps[p]} others stand right before the p-th hit. */
  void ranked(int slot, int[] gaps, int relevant) {
    double precisions = 0;
    double precisionsAtR = 0;
    double gain = 0;
    double shapeGain = 0;
    int hitsAtR = 0;
    int hitsAt2R = 0;
    int hitsAtE = 0;
    int rank = 0;
    for (int p = 0; p < relevant; p++) {
      rank += gaps[p] + 1;
      double precision = (p + 1.0) / rank;
      precisions += precision;
      if (rank <= relevant) {
        precisionsAtR += precision;
        hitsAtR = p + 1;
      }
      hitsAt2R = rank <= 2 * relevant ? p + 1 : hitsAt2R;
      hitsAtE = rank <= E_CUTOFF ? p + 1 : hitsAtE;
      gain += discount[rank];
      shapeGain += rank == 1 ? 1 : discount[rank - 1];
    }
    of(RetrievalMetric.R_PRECISION)[slot] = (double) hitsAtR / relevant;
    of(RetrievalMetric.SECOND_TIER)[slot] = (double) hitsAt2R / relevant;
    of(RetrievalMetric.E_MEASURE)[slot] = 2.0 * hitsAtE / (E_CUTOFF + relevant);
    of(RetrievalMetric.SHAPE_DCG)[slot] = shapeGain / shapeSums[relevant];
    of(RetrievalMetric.AVERAGE_PRECISION)[slot] = precisions / relevant;
    of(RetrievalMetric.AVERAGE_PRECISION_AT_R)[slot] = precisionsAtR / relevant;
    of(RetrievalMetric.RECIPROCAL_RANK)[slot] = 1.0 / (gaps[0] + 1);
    of(RetrievalMetric.INVERSE_PENALTY)[slot] = (double) relevant / rank;
    of(RetrievalMetric.NDCG)[slot] = gain / sums[relevant];
    for (int c = 0; c < cutoffs.length; c++) {
      int k = cutoffs[c];
      int hits = 0;
      double gainAtK = 0;
      for (int p = 0, at = gaps[0] + 1; p < relevant && at <= k; ) {
        hits++;
        gainAtK += discount[at];
        p++;
        at += p < relevant ? gaps[p] + 1 : 0;
      }
      cutoff(slot, c, hits, hits > 0 ? 1 : 0, gainAtK, relevant);
    }
  }

  private void cutoff(int slot, int c, double hits, double hit, double gain, int relevant) {
    int k = cutoffs[c];
    of(RetrievalMetric.PRECISION_AT, c)[slot] = hits / k;
    of(RetrievalMetric.HIT_AT, c)[slot] = hit;
    of(RetrievalMetric.RECALL_AT, c)[slot] = hits / relevant;
    of(RetrievalMetric.NDCG_AT, c)[slot] = gain / sums[Math.min(relevant, k)];
  }

  /**
   * Expectations over all orders of items at equal distance.
   *
   * @param keys the sorted distances of the relevant items
   * @param gaps others strictly between
   * @param ties others at the distance of the p-th hit, the first of its equals
   */
  void expected(int slot, double[] keys, int[] gaps, int[] ties, int relevant) {
    double precisions = 0;
    double precisionsAtR = 0;
    double gain = 0;
    double shapeGain = 0;
    double hitsAtR = 0;
    double hitsAt2R = 0;
    double hitsAtE = 0;
    double reciprocal = 0;
    double penalty = 0;
    double[] hits = new double[cutoffs.length];
    double[] hit = new double[cutoffs.length];
    double[] gains = new double[cutoffs.length];
    int before = 0;
    for (int p = 0; p < relevant; ) {
      int end = p + 1;
      while (end < relevant && keys[end] == keys[p]) {
        end++;
      }
      before += gaps[p];
      int r = end - p;
      int t = r + ties[p];
      double share = (double) r / t;
      for (int l = 1; l <= t; l++) {
        // A hit at place l of the tied group has on average (l-1)(r-1)/(t-1) hits before it.
        double within = t == 1 ? 0 : (l - 1.0) * (r - 1) / (t - 1);
        double precision = share * (p + 1 + within) / (before + l);
        precisions += precision;
        precisionsAtR += before + l <= relevant ? precision : 0;
      }
      hitsAtR += expectedHits(before, t, share, relevant);
      hitsAt2R += expectedHits(before, t, share, 2 * relevant);
      hitsAtE += expectedHits(before, t, share, E_CUTOFF);
      gain += share * (sums[before + t] - sums[before]);
      shapeGain += share * (shapeSums[before + t] - shapeSums[before]);
      for (int c = 0; c < cutoffs.length; c++) {
        int k = cutoffs[c];
        hits[c] += expectedHits(before, t, share, k);
        if (k > before) {
          gains[c] += share * (sums[Math.min(k, before + t)] - sums[before]);
        }
        if (p == 0) {
          hit[c] = 1 - noneWithin(Math.min(Math.max(0, k - before), t), r, t);
        }
      }
      if (p == 0) {
        reciprocal = firstOrLast(before, r, t, false, 1);
      }
      if (end == relevant) {
        penalty = firstOrLast(before, r, t, true, relevant);
      }
      before += t;
      p = end;
    }
    of(RetrievalMetric.R_PRECISION)[slot] = hitsAtR / relevant;
    of(RetrievalMetric.SECOND_TIER)[slot] = hitsAt2R / relevant;
    of(RetrievalMetric.E_MEASURE)[slot] = 2 * hitsAtE / (E_CUTOFF + relevant);
    of(RetrievalMetric.SHAPE_DCG)[slot] = shapeGain / shapeSums[relevant];
    of(RetrievalMetric.AVERAGE_PRECISION)[slot] = precisions / relevant;
    of(RetrievalMetric.AVERAGE_PRECISION_AT_R)[slot] = precisionsAtR / relevant;
    of(RetrievalMetric.RECIPROCAL_RANK)[slot] = reciprocal;
    of(RetrievalMetric.INVERSE_PENALTY)[slot] = penalty;
    of(RetrievalMetric.NDCG)[slot] = gain / sums[relevant];
    for (int c = 0; c < cutoffs.length; c++) {
      cutoff(slot, c, hits[c], hit[c], gains[c], relevant);
    }
  }

  private static double expectedHits(int before, int t, double share, int k) {
    return share * Math.max(0, Math.min(t, k - before));
  }

  /** The probability that the first s of t items in random order hold none of r hits. */
  private static double noneWithin(int s, int r, int t) {
    double none = 1;
    for (int i = 0; i < s && none > 0; i++) {
      none *= (double) Math.max(0, t - r - i) / (t - i);
    }
    return none;
  }

  /** The expectation of {@code numerator / rank} of the first, or the last, hit of a group. */
  private static double firstOrLast(int before, int r, int t, boolean last, double numerator) {
    double none = 1;
    double expectation = 0;
    for (int l = 1; l <= t - r + 1; l++) {
      double here = none * r / (t - l + 1);
      // By symmetry the last hit counted from the end is placed like the first from the front.
      expectation += here * numerator / (before + (last ? t - l + 1 : l));
      none *= (double) (t - r - l + 1) / (t - l + 1);
    }
    return expectation;
  }
}
