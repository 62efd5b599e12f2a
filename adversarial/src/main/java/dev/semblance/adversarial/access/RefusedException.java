package dev.semblance.adversarial.access;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An endpoint refuses these images, but may well answer others. */
final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  RefusedException(@Nullable String message) {
    super(message);
  }
}
