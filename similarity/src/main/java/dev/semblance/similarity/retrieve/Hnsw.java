package dev.semblance.similarity.retrieve;

import dev.semblance.core.Source;

/**
 * The graph of a {@link LuceneIndex}: hierarchical navigable small worlds.
 *
 * @param connections neighbours a node keeps (M), 2..512: more is more accurate, larger and slower
 * @param buildBeam candidates followed while a node is inserted (efConstruction), 1..3,200
 * @param searchBeam candidates followed while searching (ef); never fewer than the neighbours asked
 *     for
 * @param exhaustiveUpTo galleries, or selections by label, of at most so many items are searched
 *     without the graph, exactly
 */
@Source(key = "malkov2020efficient", where = "Algorithms 1, 2 and 5")
public record Hnsw(int connections, int buildBeam, int searchBeam, int exhaustiveUpTo) {
  public Hnsw {
    between("connections", connections, 2, 512);
    between("buildBeam", buildBeam, 1, 3200);
    between("searchBeam", searchBeam, 1, 1_000_000);
    between("exhaustiveUpTo", exhaustiveUpTo, 0, Integer.MAX_VALUE);
  }

  /**
   * 16 connections and a beam of 100 while building are Lucene's own defaults; the search beam of
   * 100 and the exhaustive search of up to 1,000 items are this house's.
   */
  public static Hnsw of() {
    return new Hnsw(16, 100, 100, 1000);
  }

  /** This graph with another search beam. */
  public Hnsw withSearchBeam(int beam) {
    return new Hnsw(connections, buildBeam, beam, exhaustiveUpTo);
  }

  /** This graph, used from another size on. */
  public Hnsw withExhaustiveUpTo(int items) {
    return new Hnsw(connections, buildBeam, searchBeam, items);
  }

  private static void between(String name, int value, int low, int high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(
          name + " must be in [" + low + ", " + high + "], got " + value);
    }
  }
}
