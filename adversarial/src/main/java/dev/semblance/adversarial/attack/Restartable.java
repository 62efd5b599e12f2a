package dev.semblance.adversarial.attack;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;

/** An attack whose random draws can be made anew. */
public interface Restartable extends Attack {
  /**
   * The same attack with the draws of another run.
   *
   * @param index of the run; 0 is this attack itself
   */
  Attack restart(int index);

  /** A seed for each run, {@code seed} itself for run 0: other runs share no draws with it. */
  static long seed(long seed, int index) {
    Check.atLeast("index", index, 0);
    return index == 0 ? seed : Rng.mix(seed ^ Rng.mix(index * Rng.GOLDEN));
  }
}
