package dev.semblance.similarity.eval;

import dev.semblance.core.eval.Estimate;
import java.util.List;

/**
 * What {@link RetrievalEvaluation} found. Every metric is in [0, 1], larger is better.
 *
 * @param queries that had a relevant item and count
 * @param leftOut queries without a relevant item
 * @param gallery items in the gallery, distractors not counted
 * @param classes of the queries that count
 * @param atCutoffs the metrics at k, k ascending, 1 among them
 * @param rPrecision hits in the first R over R
 * @param secondTier hits in the first 2R over R
 * @param eMeasure harmonic mean of precision and recall at 32
 * @param shapeDcg discounted cumulative gain as in shape retrieval (see {@link
 *     RetrievalMetric#SHAPE_DCG}); not nDCG
 * @param map mean average precision over the whole gallery
 * @param mapAtR mean average precision at R
 * @param meanReciprocalRank mean of one over the rank of the first hit
 * @param meanInversePenalty mINP: mean of R over the rank of the last hit
 * @param ndcg normalised discounted cumulative gain as in information retrieval
 * @param perQuery the values of every query
 */
public record RetrievalReport(
    int queries,
    int leftOut,
    int gallery,
    int classes,
    List<AtCutoff> atCutoffs,
    Estimate rPrecision,
    Estimate secondTier,
    Estimate eMeasure,
    Estimate shapeDcg,
    Estimate map,
    Estimate mapAtR,
    Estimate meanReciprocalRank,
    Estimate meanInversePenalty,
    Estimate ndcg,
    PerQuery perQuery) {
  /**
   * The metrics of the first k.
   *
   * @param k the cutoff
   * @param precision hits over k
   * @param hitRate share of queries with a hit: CMC@k, "recall@k" of metric learning
   * @param recall hits over R
   * @param ndcg nDCG@k of information retrieval
   */
  public record AtCutoff(
      int k, Estimate precision, Estimate hitRate, Estimate recall, Estimate ndcg) {}

  public RetrievalReport {
    atCutoffs = List.copyOf(atCutoffs);
  }

  /**
   * The metrics of the first k.
   *
   * @throws IllegalArgumentException if k was not among the evaluation's cutoffs
   */
  public AtCutoff at(int k) {
    for (AtCutoff at : atCutoffs) {
      if (at.k() == k) {
        return at;
      }
    }
    throw new IllegalArgumentException(
        "cutoff must be one of " + atCutoffs.stream().map(AtCutoff::k).toList() + ", got " + k);
  }

  /** Precision at 1, the "nearest neighbour" of shape retrieval. */
  public Estimate precisionAt1() {
    return at(1).precision();
  }

  /** The "first tier" of shape retrieval: R-precision under its other name. */
  public Estimate firstTier() {
    return rPrecision;
  }
}
