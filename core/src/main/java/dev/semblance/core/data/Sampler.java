package dev.semblance.core.data;

/**
 * The order of the data: which rows make up the batch of a step.
 *
 * <p>A pure function of the step (and of the seed it was made with), so a resumed run continues
 * with the same bits.
 */
@FunctionalInterface
public interface Sampler {
  /**
   * The rows of the batch of {@code step}, counted from 0. Rows may repeat only where the sampler
   * says so.
   */
  long[] batch(long step);
}
