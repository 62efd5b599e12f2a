package dev.semblance.app;

/** A failure told to the user in one line. */
final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final int exitCode;

  private Problem(String message, int exitCode) {
    super(message);
    this.exitCode = exitCode;
  }

  /** Wrong use: exit code 2. */
  static Problem usage(String message) {
    return new Problem(message, 2);
  }

  /** Right use that failed: exit code 1. */
  static Problem failure(String message) {
    return new Problem(message, 1);
  }

  int exitCode() {
    return exitCode;
  }
}
