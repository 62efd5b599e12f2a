package dev.semblance.core.nn;

/**
 * How a forward pass runs: training uses batch statistics and updates the running ones, inference
 * uses the latter.
 */
public enum Mode {
  TRAINING,
  INFERENCE
}
