package dev.semblance.core.train;

import java.util.List;

/**
 * What a step says of itself.
 *
 * @param loss the value that was minimised
 * @param items samples that were used
 * @param terms further numbers for the log, always the same names in the same order
 */
public record StepReport(double loss, int items, List<Term> terms) {
  /** A named number. */
  public record Term(String name, double value) {}

  public StepReport {
    terms = List.copyOf(terms);
  }
}
