package dev.semblance.generative.gan;

/** How the discriminator's layers are normalised. */
public enum DiscriminatorNorm {
  /** They are not. */
  NONE,
  /** Over the batch, except at the input: radford2016unsupervised, section 3. */
  BATCH,
  /** Every weight divided by its largest singular value: miyato2018spectral. */
  SPECTRAL
}
