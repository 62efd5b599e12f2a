package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * One attack for each of the classes that were likeliest on the clean image, in turn, each on those
 * samples that stood the ones before: where the way to one class is barred, that to another may be
 * open.
 *
 * @param attack towards the class of a rank, from 1
 * @param most ranks; no more than there are other classes
 */
@Source(key = "croce2020reliable", where = "Section 4 (APGD on the targeted loss, 9 targets)")
public record ByRank(IntFunction<? extends Attack> attack, int most) implements Attack {
  public ByRank {
    Objects.requireNonNull(attack, "attack");
    Check.atLeast("most", most, 1);
  }

  @Override
  public AttackResult perturb(Classifier model, Samples samples, Goal goal, Engine engine) {
    int ranks = Math.min(most, model.classes() - 1);
    return Survivors.of(IntStream.rangeClosed(1, ranks).mapToObj(attack).toList())
        .perturb(model, samples, goal, engine);
  }

  /** By the attack on the first rank: a function's name differs from process to process. */
  @Override
  public String toString() {
    return "ByRank[most=" + most + ", first=" + attack.apply(1) + "]";
  }
}
