package dev.semblance.generative.flow;

import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Tensor;

/** A net that looks at one part of an item and says how the other is mapped. */
@FunctionalInterface
public interface Conditioner {
  /**
   * The parameters of an elementwise map.
   *
   * @param seen the elements that are kept: [n, k] or [n, k, h, w]
   * @return for changed elements [n, d] or [n, c, h, w]: [n, d, p] or [n, c, h, w, p]
   */
  Tensor parameters(Tensor seen, Condition condition);
}
