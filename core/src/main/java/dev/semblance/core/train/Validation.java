package dev.semblance.core.train;

import java.util.List;

/** Measures the present weights; the first metric is the one to raise. */
@FunctionalInterface
public interface Validation {
  /** The metrics, the deciding one first; larger is better. */
  List<StepReport.Term> measure();
}
