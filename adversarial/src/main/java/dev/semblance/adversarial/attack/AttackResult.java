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

  /** How many samples the model classifies rightly before the attack. */
  public long correct() {
    return outcomes.size() - count(Outcome.Verdict.MISCLASSIFIED);
  }

  /** How many samples stood the attack. */
  public long robust() {
    return outcomes.stream().filter(Outcome::robust).count();
  }

  /** How many samples were fooled, confirmed. */
  public long fooled() {
    return count(Outcome.Verdict.FOOLED);
  }

  /** The share of all samples that are right and stay right. */
  public double robustAccuracy() {
    return (double) robust() / outcomes.size();
  }

  /**
   * The median distance over all samples: misclassified ones count 0, those that stood infinity.
   */
  public double medianDistance() {
    double[] sorted = outcomes.stream().mapToDouble(Outcome::distance).sorted().toArray();
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
