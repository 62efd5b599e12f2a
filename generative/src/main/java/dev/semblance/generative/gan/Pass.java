package dev.semblance.generative.gan;

/** What the normalisations of a player do in a forward pass. */
enum Pass {
  /** By the batch, whose statistics move the running ones: the player's own update. */
  OWN,
  /** By the batch; nothing in the player changes: the other player's update. */
  OTHER,
  /** By the running statistics; nothing changes. */
  INFERENCE
}
