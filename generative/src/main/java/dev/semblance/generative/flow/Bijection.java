package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Tensor;

/**
 * An invertible, differentiable map with a known volume change.
 *
 * <p>With {@code z = f(x)}, {@code log p(x) = log p_z(f(x)) + log |det df/dx|}.
 */
@Source(key = "dinh2017density", where = "Eqs. (2) and (3)")
public interface Bijection {
  /**
   * From data towards latent values.
   *
   * @param x floating point [n, ...]
   * @param condition of each of the n
   */
  Mapped forward(Tensor x, Condition condition);

  /** From latent values towards data; the log-determinant is that of this direction. */
  Mapped inverse(Tensor z, Condition condition);

  /**
   * Sets what the map takes from the first batch of a training, and gives the value of {@link
   * #forward} after that. Most maps take nothing.
   */
  default Tensor prepare(Tensor x, Condition condition) {
    return forward(x, condition).value();
  }

  /**
   * What a bijection makes of a batch.
   *
   * @param value [n, ...]
   * @param logDet the logarithm of the absolute determinant of the Jacobian: [n], of the value's
   *     type
   */
  record Mapped(Tensor value, Tensor logDet) {}
}
