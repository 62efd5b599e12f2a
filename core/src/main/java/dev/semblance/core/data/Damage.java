package dev.semblance.core.data;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The one-line complaint about a file: its name, what is wrong and what to do. */
final class Damage {
  private Damage() {}

  /** {@code FILE: PROBLEM; REMEDY}. */
  static IOException of(Object file, String problem, String remedy) {
    return of(file, problem, remedy, null);
  }

  /** {@code FILE: PROBLEM; REMEDY}, keeping the cause for {@code --stacktrace}. */
  static IOException of(Object file, String problem, String remedy, @Nullable Throwable cause) {
    return new IOException(line(file + ": " + problem + "; " + remedy), cause);
  }

  /** The complaint about a file that cannot be read at all. */
  static IOException unreadable(Path file, IOException cause) {
    if (cause instanceof NoSuchFileException) {
      return of(file, "no such file", "check the path", cause);
    }
    if (cause instanceof AccessDeniedException) {
      return of(file, "may not be read", "check its permissions", cause);
    }
    return of(file, "cannot be read (" + reason(cause) + ")", "check the file", cause);
  }

  /** The first line of an exception's message, or its kind where it has none. */
  static String reason(Throwable cause) {
    String message = cause.getMessage();
    return line(message == null || message.isBlank() ? cause.getClass().getSimpleName() : message);
  }

  private static String line(String text) {
    StringBuilder line = new StringBuilder(text.length());
    for (int i = 0; i < Math.min(text.length(), 600); i++) {
      char c = text.charAt(i);
      line.append(Character.isISOControl(c) ? ' ' : c);
    }
    return line.toString().strip();
  }
}
