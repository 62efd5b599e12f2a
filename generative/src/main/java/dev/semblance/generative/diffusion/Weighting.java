package dev.semblance.generative.diffusion;

import dev.semblance.core.Source;

/**
 * The weight of each noise level in training, on the squared error of the denoised image, whatever
 * the net tells.
 */
@Source(key = "hang2023efficient", where = "section 3.4 (min-SNR)")
@Source(key = "karras2022elucidating", where = "Table 1, loss weighting (EDM)")
public enum Weighting {
  /**
   * The plain squared error of the net's own answer: {@code 1 / sigma^2} for the noise, 1 for the
   * image, {@code 1 + 1 / sigma^2} for v, {@code (sigma^2 + sigmaData^2) / (sigma sigmaData)^2} for
   * EDM, {@code (1 + 1 / sigma)^2} for the velocity.
   */
  OWN,
  /**
   * {@code min(1 / sigma^2, gamma)}; on the error of the noise {@code min(SNR, gamma) / SNR}, on
   * that of v {@code min(SNR, gamma) / (SNR + 1)}.
   */
  MIN_SNR,
  /** EDM's, for any net. */
  EDM,
  /** 1: the squared error of the image. */
  IMAGE;

  /**
   * The weight.
   *
   * @param terms of the net
   * @param gamma used by {@link #MIN_SNR}
   * @param sigmaData used by {@link #EDM}
   */
  public double at(double sigma, Preconditioning terms, double gamma, double sigmaData) {
    return switch (this) {
      case OWN -> terms.at(sigma).ownWeight();
      case MIN_SNR -> Math.min(1 / (sigma * sigma), gamma);
      case EDM -> Preconditioning.edm(sigmaData).at(sigma).ownWeight();
      case IMAGE -> 1;
    };
  }
}
