package dev.semblance.generative.diffusion;

import dev.semblance.core.tensor.Check;

/**
 * How images are drawn from a diffusion model.
 *
 * @param method the solver
 * @param steps of it
 * @param grid where they lie
 * @param eta share of DDIM's noise, in [0, 1]; used by {@link Method#DDIM}
 * @param guidance towards a condition: 1 as trained, 0 none
 * @param clip whether denoised images are held in -1..1 at each step
 */
public record SamplingPlan(
    Method method, int steps, Grid grid, double eta, double guidance, boolean clip) {
  /** The solvers by name. */
  public enum Method {
    /** {@link Ddpm} with the smaller variance. */
    ANCESTRAL,
    /** {@link Ddim} with the plan's eta. */
    DDIM,
    /** {@link Euler}. */
    EULER,
    /** {@link Heun}; two calls a step. */
    HEUN,
    /** {@link DpmSolver} of order 2. */
    DPMPP_2M,
    /** {@link Plms}. */
    PLMS
  }

  /** The grids by name. */
  public enum Grid {
    /** {@link NoiseGrid#karras} with rho 7. */
    KARRAS,
    /** {@link NoiseGrid#uniformLambda}. */
    UNIFORM_LAMBDA,
    /** {@link NoiseGrid#cosine}. */
    COSINE,
    /** {@link NoiseGrid#evenTime}. */
    EVEN_TIME,
    /** The chain's, {@link NoiseGrid.Spacing#LINSPACE}. */
    LINSPACE,
    /** The chain's, {@link NoiseGrid.Spacing#LEADING}. */
    LEADING,
    /** The chain's, {@link NoiseGrid.Spacing#TRAILING}. */
    TRAILING
  }

  public SamplingPlan {
    Check.atLeast("steps", steps, 1);
    Check.between("eta", eta, 0, 1);
    Check.finite("guidance", guidance);
  }

  /** DPM-Solver++ 2M, 20 steps: lu2022dpmpp, where 15 to 20 suffice. */
  public static SamplingPlan of() {
    return new SamplingPlan(Method.DPMPP_2M, 20, Grid.KARRAS, 0, 1, false);
  }

  /** DDIM without noise over a chain's even steps: song2021denoising. */
  public static SamplingPlan ddim(int steps) {
    return new SamplingPlan(Method.DDIM, steps, Grid.TRAILING, 0, 1, false);
  }

  /** The same by another solver. */
  public SamplingPlan withMethod(Method other) {
    return new SamplingPlan(other, steps, grid, eta, guidance, clip);
  }

  /** The same in another number of steps. */
  public SamplingPlan withSteps(int number) {
    return new SamplingPlan(method, number, grid, eta, guidance, clip);
  }

  /** The same on another grid. */
  public SamplingPlan withGrid(Grid other) {
    return new SamplingPlan(method, steps, other, eta, guidance, clip);
  }

  /** The same with another guidance. */
  public SamplingPlan withGuidance(double factor) {
    return new SamplingPlan(method, steps, grid, eta, factor, clip);
  }

  /** The solver. */
  public Solver solver() {
    return switch (method) {
      case ANCESTRAL -> Ddpm.of();
      case DDIM -> new Ddim(eta);
      case EULER -> Euler.of();
      case HEUN -> Heun.of();
      case DPMPP_2M -> DpmSolver.of();
      case PLMS -> new Plms();
    };
  }

  /** The noise levels between two, or those of a chain. */
  NoiseGrid levels(NoiseSchedule schedule, double least, double most) {
    return switch (grid) {
      case KARRAS -> NoiseGrid.karras(steps, least, most, 7); // karras2022elucidating, Table 1
      case UNIFORM_LAMBDA -> NoiseGrid.uniformLambda(steps, least, most);
      case COSINE -> NoiseGrid.cosine(steps, least, most);
      case EVEN_TIME -> NoiseGrid.evenTime(steps, most);
      case LINSPACE -> NoiseGrid.of(schedule, steps, NoiseGrid.Spacing.LINSPACE);
      case LEADING -> NoiseGrid.of(schedule, steps, NoiseGrid.Spacing.LEADING);
      case TRAILING -> NoiseGrid.of(schedule, steps, NoiseGrid.Spacing.TRAILING);
    };
  }
}
