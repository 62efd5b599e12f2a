package dev.semblance.generative.diffusion;

/** What a net is asked to tell. */
public enum Parameterisation {
  /** The noise. */
  EPSILON,
  /** The image. */
  X0,
  /** {@code alpha noise - alpha sigma x0}. */
  V,
  /** Image less noise, on straight paths: flow matching. */
  VELOCITY,
  /** What keeps the answer's variance at 1. */
  EDM;

  // karras2022elucidating, Table 1: enough for data of deviation near 1.
  private static final double LEAST = 0.002;
  private static final double MOST = 80;

  /** Times are brought to about 0..1000, which the sines of the embedding are made for. */
  private static final double LONGEST = 1000;

  /** EDM's time is a quarter of log sigma; a step of 0.01 in log sigma becomes about 1. */
  private static final double LOG_TIMES = 400;

  /**
   * The terms of a net.
   *
   * @param schedule of a chain; unused by {@link #VELOCITY} and {@link #EDM}
   * @param sigmaData the deviation of the data; used by {@link #EDM}
   */
  Preconditioning terms(NoiseSchedule schedule, double sigmaData) {
    return switch (this) {
      case EPSILON -> Preconditioning.epsilon(schedule);
      case X0 -> Preconditioning.x0(schedule);
      case V -> Preconditioning.v(schedule);
      case VELOCITY -> Preconditioning.velocity();
      case EDM -> Preconditioning.edm(sigmaData);
    };
  }

  /** What times are multiplied by before they become sines. */
  double timeFactor(NoiseSchedule schedule) {
    return switch (this) {
      case EPSILON, X0, V -> LONGEST / schedule.steps();
      case VELOCITY -> LONGEST;
      case EDM -> LOG_TIMES;
    };
  }

  /** The least noise level that is sampled from. */
  double leastSigma(NoiseSchedule schedule) {
    return isChain() ? schedule.leastSigma() : LEAST;
  }

  /** The highest. */
  double mostSigma(NoiseSchedule schedule) {
    return isChain() ? schedule.mostSigma() : MOST;
  }

  /** Whether its noise levels are those of a chain. */
  boolean isChain() {
    return this == EPSILON || this == X0 || this == V;
  }
}
