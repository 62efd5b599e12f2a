package dev.semblance.similarity.eval;

/** The arithmetic of distances in an evaluation. */
public enum Precision {
  /** float32 products, distances near 0 recomputed by difference: fast, and enough for ranks. */
  FLOAT32,
  /** float64 throughout: squared distances of integer data (pixels, counts) are exact. */
  FLOAT64
}
