package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.ball.Norm;

/** An attack that {@link QueryEngine} can run: each sample is searched by itself. */
public interface SearchAttack {
  /** How perturbations are measured. */
  Norm norm();

  /** The largest perturbation, infinite for attacks that look for the smallest. */
  double radius();

  /**
   * Begins the search on one sample.
   *
   * @throws IllegalArgumentException for images of a shape that the attack cannot work on
   */
  Search search(Subject subject);
}
