package dev.semblance.core.data.synthetic;

import org.bytedeco.pytorch.Tensor;

/** A distribution over the plane that can be drawn from. */
@FunctionalInterface
public interface PlaneDensity {
  /**
   * Independent points. Point i is a function of (seed, i) and of nothing else: fewer points are
   * the beginning of more.
   *
   * @param n at least 0
   * @return float32 [n, 2] in the current scope
   */
  Tensor sample(int n, long seed);
}
