package dev.semblance.adversarial.blackbox;

import org.jspecify.annotations.Nullable;

/**
 * The search on one sample, told as a machine: it proposes a round of images, is told what the
 * model says of each, in order, and proposes the next round.
 *
 * <p>It knows nothing of other samples or of batches. What it draws depends on seed, sample and
 * place in the search only.
 */
public interface Search {
  /**
   * Begins the next round, once all images of the last one were answered.
   *
   * @param most images that may be asked about, at least 1
   * @return how many this round has, at most {@code most}; 0 when the search is over
   */
  int propose(long most);

  /**
   * Writes the j-th image of the round; asked for once each, in order.
   *
   * @param into all values of the image, to be overwritten; values as {@link Subject#stored} gives
   *     them
   */
  void probe(int j, double[] into);

  /**
   * Takes the answer on the j-th image of the round.
   *
   * @param image what was asked, borrowed for the call
   * @param margin below 0 where the goal is reached; finite. By labels alone it is 1 or -1
   */
  void absorb(int j, double[] image, double margin);

  /** The best image that reached the goal, or null while there is none. */
  double @Nullable [] found();

  /** Steps taken, in the attack's own measure. */
  int steps();

  /** Why the search gave the sample up, or null. */
  @Nullable String reason();
}
