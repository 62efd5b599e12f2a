package dev.semblance.app;

import java.util.Collection;
import java.util.Locale;

/** The known name that a mistyped one probably meant. */
final class Nearest {
  private Nearest() {}

  /** "unknown WHAT NAME; did you mean X? (known: ...)". */
  static String message(String what, String name, Collection<String> known) {
    String best = "";
    int least = Integer.MAX_VALUE;
    for (String candidate : known) {
      int distance = distance(name.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (distance < least) {
        least = distance;
        best = candidate;
      }
    }
    String guess = least <= Math.max(2, name.length() / 2) ? "; did you mean " + best + "?" : ";";
    return "unknown " + what + " " + name + guess + " (known: " + String.join(", ", known) + ")";
  }

  /** Levenshtein's edit distance. */
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
