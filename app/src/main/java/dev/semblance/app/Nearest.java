package dev.semblance.app;

import dev.semblance.core.Spelling;
import java.util.Collection;

/** The known name that a mistyped one probably meant. */
final class Nearest {
  private Nearest() {}

  /** "unknown WHAT NAME; did you mean X? (known: ...)". */
  static String message(String what, String name, Collection<String> known) {
    String best = Spelling.nearest(name, known, Math.max(2, name.length() / 2));
    String guess = best == null ? ";" : "; did you mean " + best + "?";
    return "unknown " + what + " " + name + guess + " (known: " + String.join(", ", known) + ")";
  }
}
