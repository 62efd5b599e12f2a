package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Several attacks in turn, each on those samples that stood all before it: the union of what they
 * break, at the price of breaking each sample once. The ledgers add up, the first image found is
 * kept, and {@link Outcome#stage} says whose it is.
 *
 * <p>A sample that one of the attacks had to give up is seen by the others as well, and counts as
 * given up only if none of them fools it. A single attack is that attack itself, bit for bit.
 *
 * @param attacks at least one
 */
@Source(key = "croce2020reliable", where = "Section 6 (worst case over an ensemble)")
public record Survivors(List<Attack> attacks) implements Attack {
  public Survivors {
    attacks = List.copyOf(attacks);
    if (attacks.isEmpty()) {
      throw new IllegalArgumentException("attacks must be at least one, got none");
    }
  }

  /** These attacks, in this order. */
  public static Survivors of(List<? extends Attack> attacks) {
    return new Survivors(List.copyOf(attacks));
  }

  /** These attacks, in this order. */
  public static Survivors of(Attack... attacks) {
    return new Survivors(List.of(attacks));
  }

  /** Progress starts again with each attack, at the samples that are through. */
  @Override
  public AttackResult perturb(Classifier model, Samples samples, Goal goal, Engine engine) {
    AttackResult first = attacks.getFirst().perturb(model, samples, goal, engine);
    if (attacks.size() == 1) {
      return first;
    }
    List<Outcome> outcomes = new ArrayList<>(first.outcomes());
    for (int stage = 1; stage < attacks.size(); stage++) {
      int[] open = IntStream.range(0, outcomes.size()).filter(i -> open(outcomes.get(i))).toArray();
      if (open.length == 0) {
        break;
      }
      try (Scope scope = Scope.open()) {
        Samples some = samples.select(open);
        int closed = outcomes.size() - open.length;
        Engine onward = engine.withProgress(done -> engine.progress().accept(closed + done));
        AttackResult next = attacks.get(stage).perturb(model, some, goal, onward);
        for (int r = 0; r < open.length; r++) {
          Outcome now = next.outcomes().get(r);
          outcomes.set(open[r], merged(outcomes.get(open[r]), now, stage));
          if (now.fooled()) {
            first.adversarial().select(0, open[r]).copy_(next.adversarial().select(0, r));
          }
        }
      }
    }
    return new AttackResult(first.adversarial(), outcomes);
  }

  /** Whether there is something left for the next attack: not where the first step was too much. */
  private static boolean open(Outcome outcome) {
    return outcome.robust() || (outcome.verdict() == Verdict.GIVEN_UP && outcome.steps() > 0);
  }

  /** The later outcome decides, unless it only failed where the earlier one had stood. */
  private static Outcome merged(Outcome before, Outcome now, int stage) {
    boolean keep =
        now.verdict() == Verdict.WITHSTOOD && before.verdict() != Verdict.WITHSTOOD
            || now.verdict() == Verdict.MISCLASSIFIED;
    Outcome last = keep ? before : now;
    return new Outcome(
        before.id(),
        last.verdict(),
        now.steps(),
        before.forwards() + now.forwards(),
        before.backwards() + now.backwards(),
        before.zeroGradients() + now.zeroGradients(),
        before.queries() + now.queries(),
        last.distance(),
        last.eightBit(),
        last.reason(),
        keep ? before.stage() : stage);
  }
}
