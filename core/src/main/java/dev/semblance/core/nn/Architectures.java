package dev.semblance.core.nn;

/** The architectures by the name they have in files. */
public final class Architectures {
  private Architectures() {}
}
