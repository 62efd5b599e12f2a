package dev.semblance.core.data;

import java.util.Locale;

/** Which part of a set: the part to learn from, the part held out, or both. */
public enum Split {
  /** The part to learn from. */
  TRAIN,
  /** The part held out. */
  TEST,
  /** Both, the training part first. */
  ALL;

  /** The name as people type it, for instance {@code train}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
