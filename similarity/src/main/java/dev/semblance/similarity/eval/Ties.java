package dev.semblance.similarity.eval;

import dev.semblance.core.Source;

/** What happens to gallery items at equal distance from a query. */
@Source(key = "mcsherry2008computing", where = "Sections 2 and 3")
public enum Ties {
  /** The item with the smaller gallery row comes first. */
  BY_ROW,
  /**
   * Every metric is its expectation over all orders of tied items. A collapsed embedding then
   * scores like chance, whatever the order of the gallery.
   */
  EXPECTED
}
