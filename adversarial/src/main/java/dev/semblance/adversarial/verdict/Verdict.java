package dev.semblance.adversarial.verdict;

import dev.semblance.core.eval.Interval;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether a claimed robust accuracy is to be believed, and why.
 *
 * @param claim the name of the attack that the figure is by
 * @param kind how much that attack does
 * @param n samples
 * @param correct of them before any attack
 * @param singleStep that stood one gradient step
 * @param claimed that stood the claimed attack
 * @param standing that stood everything that was tried within the ball
 * @param findings of the checks, by number
 * @param forwards rows that went through the model for all this
 * @param backwards rows that went back through it
 * @param extent whether all was done
 */
public record Verdict(
    String claim,
    Claim.Kind kind,
    int n,
    long correct,
    long singleStep,
    long claimed,
    long standing,
    List<Finding> findings,
    long forwards,
    long backwards,
    Extent extent) {
  /** How far an examination got. */
  public enum Extent {
    /** All checks were made. */
    WHOLE,
    /** Stopped after the claimed attack: the figures are there, some checks are not. */
    CLAIM_MEASURED,
    /**
     * Stopped before the claimed attack was done: {@link #claimed}, {@link #singleStep} and {@link
     * #standing} say nothing.
     */
    BEGUN
  }

  public Verdict {
    findings = List.copyOf(findings);
  }

  /**
   * Whether the claim stands: no check speaks against it, and it does not rest on a single step. A
   * claim that nothing is robust is sound whoever found it: each sample's image is the proof. What
   * was stopped is not sound.
   */
  public boolean sound() {
    return extent == Extent.WHOLE && !damned() && (kind != Claim.Kind.SINGLE_STEP || claimed == 0);
  }

  /** Whether a check speaks against the claim; that stays true whatever others would say. */
  public boolean damned() {
    return findings.stream().anyMatch(Finding::damning);
  }

  /** What speaks against the claim, one sentence each; empty where it is sound. */
  public List<String> reasons() {
    List<String> reasons = new ArrayList<>();
    for (Finding finding : findings) {
      if (finding.damning()) {
        reasons.add("check " + finding.check() + ", " + finding.title() + ": " + finding.text());
      }
    }
    if (extent != Extent.WHOLE) {
      reasons.add("stopped before all checks were made");
    } else if (reasons.isEmpty() && !sound()) {
      reasons.add("a single step is an upper bound at best; claim what the ensemble leaves");
    }
    return List.copyOf(reasons);
  }

  /** The share of samples that stood the claimed attack, with its exact 95 % interval. */
  public Interval claimedInterval() {
    return Interval.exact(claimed, n, 0.95);
  }

  /** The share of samples that stood everything, with its exact 95 % interval. */
  public Interval standingInterval() {
    return Interval.exact(standing, n, 0.95);
  }
}
