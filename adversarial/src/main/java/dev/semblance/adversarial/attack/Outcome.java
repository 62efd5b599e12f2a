package dev.semblance.adversarial.attack;

import org.jspecify.annotations.Nullable;

/**
 * What became of one sample.
 *
 * @param id of the sample
 * @param verdict what the attack came to
 * @param steps before the image that was kept, the first that reached the goal or the nearest; all
 *     of them where none did
 * @param forwards rows of this sample that went through the model, the clean one included
 * @param backwards rows of this sample that went back through the model, one for each function
 *     whose gradient was used
 * @param zeroGradients steps at which such a gradient was zero everywhere: the attack stood still
 * @param queries rows of this sample that an oracle was asked about; 0 for attacks that see
 *     gradients
 * @param distance the perturbation that was found in the attack's norm; infinite where none was, 0
 *     where the clean image is misclassified
 * @param eightBit whether the model is still fooled when the perturbation is cut to whole grey
 *     levels towards 0, as a file of 8 bits a pixel would hold it
 * @param reason why the sample was given up, or null
 * @param stage which attack of a series brought this about, from 0; 0 for a single attack
 */
public record Outcome(
    long id,
    Verdict verdict,
    int steps,
    long forwards,
    long backwards,
    long zeroGradients,
    long queries,
    double distance,
    boolean eightBit,
    @Nullable String reason,
    int stage) {
  /** Of a single attack. */
  public Outcome(
      long id,
      Verdict verdict,
      int steps,
      long forwards,
      long backwards,
      long zeroGradients,
      long queries,
      double distance,
      boolean eightBit,
      @Nullable String reason) {
    this(
        id,
        verdict,
        steps,
        forwards,
        backwards,
        zeroGradients,
        queries,
        distance,
        eightBit,
        reason,
        0);
  }

  /** What an attack on one sample can come to. */
  public enum Verdict {
    /** The model gets the clean image wrong, or says nothing finite; nothing was tried. */
    MISCLASSIFIED,
    /** The goal was reached, and confirmed on the stored image. */
    FOOLED,
    /** The goal was not reached within the attack's budget. */
    WITHSTOOD,
    /** The attack claimed success, but the stored image does not confirm it: not fooled. */
    UNCONFIRMED,
    /** The sample could not be attacked, see {@link Outcome#reason}; counts as not robust. */
    GIVEN_UP,
    /** The run was stopped before the attack was done with the sample: counts as nothing. */
    UNTRIED
  }

  /** Whether the attack reached its goal, confirmed on the stored image. */
  public boolean fooled() {
    return verdict == Verdict.FOOLED;
  }

  /** Whether the model's answer on this sample stood. */
  public boolean robust() {
    return verdict == Verdict.WITHSTOOD || verdict == Verdict.UNCONFIRMED;
  }
}
