package dev.semblance.core.train;

import dev.semblance.core.tensor.Check;

/**
 * When to stop before the end, and to return to the best weights.
 *
 * @param patience validations without improvement that are borne
 * @param improvement by which the first validation metric must rise to count
 */
public record EarlyStopping(int patience, double improvement) {
  public EarlyStopping {
    Check.atLeast("patience", patience, 1);
    Check.notNegative("improvement", improvement);
  }
}
