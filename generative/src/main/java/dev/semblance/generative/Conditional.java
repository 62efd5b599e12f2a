package dev.semblance.generative;

/** A model that can be asked for images of a class. */
@FunctionalInterface
public interface Conditional {
  /** Classes 0..classes-1 can be asked for; 0: this one was built without. */
  int classes();
}
