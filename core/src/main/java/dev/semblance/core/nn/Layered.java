package dev.semblance.core.nn;

import java.util.List;

/**
 * A net whose {@link Net#forward}, in either mode, is a chain of layers and nothing else: its
 * values can be taken after each of them, and proofs can follow it.
 */
public interface Layered extends Net {
  /** From the preprocessed input to the head's output; their tensors are the net's own. */
  List<Layer> layers();
}
