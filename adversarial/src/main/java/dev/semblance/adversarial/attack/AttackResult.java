package dev.semblance.adversarial.attack;

import java.util.List;
import java.util.function.ToLongFunction;
import org.bytedeco.pytorch.Tensor;

/**
 * What an attack found.
 *
 * @param adversarial the images, [n, ...] as the samples; the clean image where none was found
 * @param outcomes of the samples, in their order
 */
public record AttackResult(Tensor adversarial, List<Outcome> outcomes) {
  public AttackResult {
    outcomes = List.copyOf(outcomes);
  }

  /**
   * How many samples the attack is done with: all of them, unless it was stopped. Samples in work
   * at that moment are left out, and among them are more robust ones than elsewhere.
   */
  public long tried() {
    return outcomes.size() - count(Outcome.Verdict.UNTRIED);
  }

  /** How many of the samples tried the model classifies rightly before the attack. */
  public long correct() {
    return tried() - count(Outcome.Verdict.MISCLASSIFIED);
  }

  /** How many samples stood the attack. */
  public long robust() {
    return outcomes.stream().filter(Outcome::robust).count();
  }

  /** How many samples were fooled, confirmed. */
  public long fooled() {
    return count(Outcome.Verdict.FOOLED);
  }

  /** The share of the samples tried that are right and stay right; NaN where none was. */
  public double robustAccuracy() {
    return (double) robust() / tried();
  }

  /**
   * How many samples stand every perturbation of at most this size that was found: a point of the
   * security curve, where the attack looks for the nearest or its radius is at least this one.
   *
   * @param radius in the attack's norm, at least 0
   */
  public long robustAt(double radius) {
    if (!(radius >= 0)) {
      throw new IllegalArgumentException("radius must be >= 0, got " + radius);
    }
    return robust() + outcomes.stream().filter(o -> o.fooled() && o.distance() > radius).count();
  }

  /**
   * The median distance over the samples tried: misclassified ones count 0, those that stood
   * infinity; NaN where none was tried.
   */
  public double medianDistance() {
    double[] sorted =
        outcomes.stream()
            .filter(outcome -> outcome.verdict() != Outcome.Verdict.UNTRIED)
            .mapToDouble(Outcome::distance)
            .sorted()
            .toArray();
    if (sorted.length == 0) {
      return Double.NaN;
    }
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : sorted[half - 1] / 2 + sorted[half] / 2;
  }

  /** A figure of the ledger, over all samples. */
  public long total(ToLongFunction<Outcome> figure) {
    return outcomes.stream().mapToLong(figure).sum();
  }

  /** How many samples came to this. */
  public long count(Outcome.Verdict verdict) {
    return outcomes.stream().filter(outcome -> outcome.verdict() == verdict).count();
  }
}
