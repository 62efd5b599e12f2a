package dev.semblance.similarity.eval;

/** What is averaged over, or resampled: queries or classes. */
public enum Over {
  /** Every query counts the same (micro). */
  QUERIES,
  /** Every class counts the same, whatever its number of queries (macro). */
  CLASSES
}
