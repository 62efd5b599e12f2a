package dev.semblance.adversarial.verdict;

/** The engine was told to stop in the middle of a check: what it has found says nothing yet. */
final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  StoppedException() {
    super("stopped");
  }
}
