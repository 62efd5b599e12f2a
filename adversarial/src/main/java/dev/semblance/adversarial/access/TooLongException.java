package dev.semblance.adversarial.access;

import java.io.IOException;

/** An endpoint sends more than any right answer has. */
final class TooLongException extends IOException {
  private static final long serialVersionUID = 1L;

  TooLongException() {
    super("the answer is too long");
  }
}
