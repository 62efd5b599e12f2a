package dev.semblance.similarity.eval;

import dev.semblance.similarity.measure.Measure;

/**
 * How an evaluation compares embeddings: by one of two built-in geometries, computed by one matrix
 * product a tile, or by any {@link Measure}.
 */
public sealed interface Comparison {
  /** Squared Euclidean distance: the order of Euclidean distance. */
  record SquaredEuclidean() implements Comparison {}

  /** Euclidean distance. */
  record Euclidean() implements Comparison {}

  /** {@code 1 - cos}: rows of length 0 are refused. */
  record Cosine() implements Comparison {}

  /** The values of a measure; of a similarity the negative. */
  record By(Measure measure) implements Comparison {}
}
