package dev.semblance.adversarial.defend;

import dev.semblance.core.Source;
import dev.semblance.core.train.Schedule;

/**
 * The learning rate rises linearly from 0 to its base and falls linearly to 0 at the last step.
 *
 * @param peak where the base rate is reached, as a share of the run, in (0, 1)
 */
@Source(key = "wong2020fast", where = "section 5 (cyclic learning rate)")
public record Cyclic(double peak) implements Schedule {
  public Cyclic {
    if (!(peak > 0 && peak < 1)) {
      throw new IllegalArgumentException("peak must be in (0, 1), got " + peak);
    }
  }

  /** The peak after two fifths of the run, as in the code of wong2020fast. */
  public static Cyclic of() {
    return new Cyclic(0.4);
  }

  @Override
  public double factor(long step, long total) {
    double done = Math.min(1, (step + 1.0) / Math.max(1, total));
    return done <= peak ? done / peak : (1 - done) / (1 - peak);
  }
}
