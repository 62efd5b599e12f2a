package dev.semblance.adversarial.access;

/**
 * The model behind an oracle cannot be asked any more, whatever the image: an endpoint that is gone
 * or whose budget is spent. An attack then stops where it is and keeps what it has.
 */
public final class OracleUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * With the cause, if there is one.
   *
   * @param message one line, said to the user
   */
  public OracleUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Without a cause.
   *
   * @param message one line, said to the user
   */
  public OracleUnavailableException(String message) {
    super(message);
  }
}
