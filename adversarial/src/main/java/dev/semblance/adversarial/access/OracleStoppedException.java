package dev.semblance.adversarial.access;

/**
 * The model answers no more, whoever's image it is: its endpoint is gone, or the budget of queries
 * is spent. No sample is to blame; whoever runs an attack lets it pass.
 */
public final class OracleStoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says in one line what happened and how to go on. */
  public OracleStoppedException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Says in one line what happened and how to go on. */
  public OracleStoppedException(String message) {
    super(message);
  }
}
