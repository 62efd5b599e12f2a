package dev.semblance.generative.gan;

/** How the players are told the class. */
public enum Conditioning {
  /** They are not. */
  NONE,
  /**
   * Both get an embedding of it beside their input: mirza2014conditional, section 3.2. A
   * convolutional discriminator gets it as one more channel.
   */
  CONCATENATED,
  /**
   * The generator gets an embedding, the discriminator compares its features with another: {@code d
   * = y^T V phi(x) + psi(phi(x))}, miyato2018cgans, Eq. (5).
   */
  PROJECTION
}
