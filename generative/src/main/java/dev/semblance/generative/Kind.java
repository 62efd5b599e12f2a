package dev.semblance.generative;

import dev.semblance.core.tensor.Check;

/** What a log-density is: the value itself, a bound on it, or an estimate. */
public sealed interface Kind {
  /** The model's log-density, to rounding. */
  record Exact() implements Kind {
    @Override
    public String toString() {
      return "exact";
    }
  }

  /**
   * In expectation not above the model's log-density.
   *
   * @param samples drawn for each image
   */
  record LowerBound(int samples) implements Kind {
    public LowerBound {
      Check.atLeast("samples", samples, 1);
    }

    @Override
    public String toString() {
      return "lower bound, " + samples + (samples == 1 ? " sample" : " samples");
    }
  }

  /**
   * Neither: of unknown sign.
   *
   * @param method that made it
   * @param steps of the solver
   * @param probes of the trace estimator; 0: exact trace
   */
  record Estimate(String method, int steps, int probes) implements Kind {
    public Estimate {
      Check.atLeast("steps", steps, 1);
      Check.atLeast("probes", probes, 0);
    }

    @Override
    public String toString() {
      return "estimate, " + method + ", " + steps + " steps, " + probes + " probes";
    }
  }
}
