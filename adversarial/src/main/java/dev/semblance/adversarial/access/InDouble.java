package dev.semblance.adversarial.access;

/**
 * A model that can be had in float64 as well: numerical derivatives of float32 logits are too
 * coarse to judge a gradient by.
 */
public interface InDouble {
  /** The same model on float64 images; the caller closes it. */
  NetClassifier inDouble();
}
