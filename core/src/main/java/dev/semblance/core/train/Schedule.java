package dev.semblance.core.train;

import dev.semblance.core.tensor.Check;
import java.util.List;

/** The learning rate over time, as a factor of the base rate. */
@FunctionalInterface
public interface Schedule {
  /**
   * The factor for a step.
   *
   * @param step from 0
   * @param total number of steps, at least 1
   */
  double factor(long step, long total);

  /** Always 1. */
  record Constant() implements Schedule {
    @Override
    public double factor(long step, long total) {
      return 1;
    }
  }

  /**
   * Half a cosine from 1 to {@code floor}.
   *
   * @param floor in [0, 1]
   */
  record Cosine(double floor) implements Schedule {
    public Cosine {
      Check.between("floor", floor, 0, 1);
    }

    /** Down to 0, as in loshchilov2017sgdr without restarts. */
    public static Cosine of() {
      return new Cosine(0);
    }

    @Override
    public double factor(long step, long total) {
      double done = Math.min(1, (double) step / Math.max(1, total));
      // Loshchilov and Hutter 2017, Eq. (5)
      return floor + (1 - floor) * 0.5 * (1 + StrictMath.cos(Math.PI * done));
    }
  }

  /**
   * Multiplied by {@code gamma} whenever a milestone is passed.
   *
   * @param milestones ascending fractions of the run, each in (0, 1)
   * @param gamma in (0, 1]
   */
  record Steps(List<Double> milestones, double gamma) implements Schedule {
    public Steps {
      milestones.forEach(m -> Check.between("milestone", m, 0, 1));
      Check.between("gamma", gamma, Double.MIN_NORMAL, 1);
      milestones = List.copyOf(milestones);
    }

    /** Divided by ten at a half and at three quarters, as in he2016deep for CIFAR-10. */
    public static Steps of() {
      return new Steps(List.of(0.5, 0.75), 0.1);
    }

    @Override
    public double factor(long step, long total) {
      double factor = 1;
      for (double milestone : milestones) {
        if (step >= milestone * total) {
          factor *= gamma;
        }
      }
      return factor;
    }
  }

  /**
   * A linear rise over the first steps, then {@code after} over the remaining ones.
   *
   * @param steps of the rise, at least 1
   */
  record WarmUp(long steps, Schedule after) implements Schedule {
    public WarmUp {
      Check.atLeast("warm-up steps", steps, 1);
    }

    @Override
    public double factor(long step, long total) {
      if (step < steps) {
        return (step + 1.0) / (steps + 1.0);
      }
      return after.factor(step - steps, Math.max(1, total - steps));
    }
  }
}
