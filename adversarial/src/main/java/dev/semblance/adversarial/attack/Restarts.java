package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import java.util.stream.IntStream;

/**
 * The same attack several times with other random draws, each time on those samples that stood all
 * runs before. One run is the attack itself, bit for bit.
 *
 * @param attack to be repeated
 * @param times at least 1
 */
@Source(key = "madry2018towards", where = "Section 5.1 (restarts)")
public record Restarts(Restartable attack, int times) implements Attack {
  public Restarts {
    Check.atLeast("times", times, 1);
  }

  /** That many runs of that attack. */
  public static Restarts of(Restartable attack, int times) {
    return new Restarts(attack, times);
  }

  @Override
  public AttackResult perturb(Classifier model, Samples samples, Goal goal, Engine engine) {
    return new Survivors(IntStream.range(0, times).mapToObj(attack::restart).toList())
        .perturb(model, samples, goal, engine);
  }
}
