package dev.semblance.adversarial.access;

import java.io.IOException;

/** An endpoint refuses these images, but may well answer others. */
final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  RefusedException(String message) {
    super(message);
  }
}
