package dev.semblance.similarity.eval;

/**
 * A retrieval metric of one query, with R relevant items in the gallery and ranks counted from 1.
 */
public enum RetrievalMetric {
  /** Hits in the first k over k. */
  PRECISION_AT,
  /** 1 if the first k hold a hit, else 0: cumulative matching characteristic, "recall@k". */
  HIT_AT,
  /** Hits in the first k over R: true recall. */
  RECALL_AT,
  /**
   * Discount {@code 1/log2(rank+1)} summed over hits in the first k, over the best possible sum.
   */
  NDCG_AT,
  /** Hits in the first R over R; the "first tier" of shape retrieval. */
  R_PRECISION,
  /** Hits in the first 2R over R. */
  SECOND_TIER,
  /** Harmonic mean of precision and recall at 32: {@code 2 hits / (32 + R)}. */
  E_MEASURE,
  /** Shape retrieval's DCG: {@code rel_1 + sum_(i>=2) rel_i / log2 i} over the best possible. */
  SHAPE_DCG,
  /** {@code (1/R) sum_k P@k rel_k} over the whole gallery. */
  AVERAGE_PRECISION,
  /** {@code (1/R) sum_(k<=R) P@k rel_k}. */
  AVERAGE_PRECISION_AT_R,
  /** One over the rank of the first hit. */
  RECIPROCAL_RANK,
  /** R over the rank of the last hit. */
  INVERSE_PENALTY,
  /** As {@link #NDCG_AT} over the whole gallery. */
  NDCG;

  /** True for the metrics that need a k. */
  public boolean hasCutoff() {
    return ordinal() <= NDCG_AT.ordinal();
  }
}
