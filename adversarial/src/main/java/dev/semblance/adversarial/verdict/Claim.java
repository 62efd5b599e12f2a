package dev.semblance.adversarial.verdict;

import dev.semblance.adversarial.attack.Attack;
import dev.semblance.adversarial.ball.Ball;
import org.jspecify.annotations.Nullable;

/**
 * A figure to be judged: the robust accuracy that an attack leaves within a ball.
 *
 * @param name of the attack, as it is called where the figure is published
 * @param attack that gives the figure
 * @param ball the attack stays in
 * @param kind how much the attack does
 * @param more the same attack with a larger budget, or null where there is none to be had
 */
public record Claim(String name, Attack attack, Ball ball, Kind kind, @Nullable Attack more) {
  /** How much an attack does, in the order of what its figure is worth. */
  public enum Kind {
    /** One gradient step: its figure alone is never sound, unless nothing stood. */
    SINGLE_STEP,
    /** Many steps of one attack. */
    ITERATIVE,
    /** Several attacks that fail in different ways. */
    ENSEMBLE
  }
}
