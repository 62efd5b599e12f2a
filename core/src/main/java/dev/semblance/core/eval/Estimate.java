package dev.semblance.core.eval;

import dev.semblance.core.tensor.Check;

/**
 * A measured number with its confidence interval.
 *
 * @param value the number; finite
 * @param interval where it may lie
 */
public record Estimate(double value, Interval interval) {
  public Estimate {
    Check.finite("value", value);
  }
}
