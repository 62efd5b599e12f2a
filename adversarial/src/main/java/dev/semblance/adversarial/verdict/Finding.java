package dev.semblance.adversarial.verdict;

import java.util.List;

/**
 * What one check came to.
 *
 * @param check its number, 1 to 15; the order of carlini2019evaluating's list is not kept
 * @param title what was checked, in a few words
 * @param grade what that means for the claim
 * @param value the figure that was found; NaN where nothing was measured
 * @param threshold what it may be at most (or at least, where the text says so)
 * @param text one sentence
 * @param samples ids of samples that show it, at most {@link #SHOWN} of them
 */
public record Finding(
    int check,
    String title,
    Grade grade,
    double value,
    double threshold,
    String text,
    List<Long> samples) {
  /** As many ids as help to look. */
  static final int SHOWN = 10;

  /** What a finding means for the claim. */
  public enum Grade {
    /** Nothing speaks against the claim. */
    PASSED,
    /** Worth knowing; not enough to doubt. */
    NOTED,
    /** The claimed number is not to be believed. */
    SUSPECT,
    /** The model cannot be judged as it is. */
    REFUSED,
    /** Not measured, the text says why. */
    SKIPPED
  }

  public Finding {
    samples = List.copyOf(samples.size() > SHOWN ? samples.subList(0, SHOWN) : samples);
  }

  /** Passed unless {@code value} is above {@code threshold}; NaN is not passed. */
  static Finding atMost(
      int check, String title, double value, double threshold, String text, List<Long> samples) {
    Grade grade = value <= threshold ? Grade.PASSED : Grade.SUSPECT;
    return new Finding(check, title, grade, value, threshold, text, samples);
  }

  static Finding skipped(int check, String title, String why) {
    return new Finding(check, title, Grade.SKIPPED, Double.NaN, Double.NaN, why, List.of());
  }

  /** Whether the claim falls with it. */
  public boolean damning() {
    return grade == Grade.SUSPECT || grade == Grade.REFUSED;
  }
}
