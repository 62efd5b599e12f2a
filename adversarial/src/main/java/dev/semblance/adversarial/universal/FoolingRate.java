package dev.semblance.adversarial.universal;

import dev.semblance.core.Source;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Check;

/**
 * On how many images a perturbation changes the model's answer, right or wrong.
 *
 * @param fooled images whose answer changes; a tie is no change
 * @param n images on which the model says something finite
 * @param notFinite images left out: the model's logits are not finite, clean or perturbed
 */
@Source(key = "moosavi2017universal", where = "Eq. (1)")
public record FoolingRate(long fooled, long n, long notFinite) {
  public FoolingRate {
    Check.atLeast("n", n, 0);
    Check.between("fooled", fooled, 0, n);
    Check.atLeast("notFinite", notFinite, 0);
  }

  /** The share, in 0..1; NaN of no images. */
  public double rate() {
    return n == 0 ? Double.NaN : (double) fooled / n;
  }

  /** The exact 95 % interval of the share. */
  public Interval interval() {
    return Interval.exact(fooled, n, 0.95);
  }
}
