package dev.semblance.generative.autoencoder;

/** What an encoder and its decoder are made of. */
public enum Body {
  /** Linear maps over the flattened image; one of each width. */
  MLP,
  /** Convolutions that halve height and width; one of each number of channels. */
  CONVOLUTIONAL
}
