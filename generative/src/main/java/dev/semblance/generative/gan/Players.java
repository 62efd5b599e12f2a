package dev.semblance.generative.gan;

/** What the two nets are made of. */
public enum Players {
  /** Linear maps over flattened images; for points of the plane too. */
  MLP,
  /**
   * Convolutions of stride 2 and transposed ones, 4x4, without pooling: radford2016unsupervised.
   */
  DCGAN
}
