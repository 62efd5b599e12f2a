package dev.semblance.core.data.synthetic;

import org.bytedeco.pytorch.Tensor;

/** A distribution over the plane whose density has a closed form. */
public interface ExactDensity extends PlaneDensity {
  /**
   * The logarithm of the density, in nats; minus infinity where there is none. Differentiable.
   *
   * @param points floating point [n, 2]
   * @return [n], of the type of {@code points}, in the current scope
   */
  Tensor logDensity(Tensor points);
}
