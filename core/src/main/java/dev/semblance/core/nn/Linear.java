package dev.semblance.core.nn;

import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A linear map over [n, in].
 *
 * @param weight [out, in]
 * @param bias [out] or absent
 */
public record Linear(Tensor weight, @Nullable Tensor bias) implements Layer {
  /** New weights {@code name.weight}, {@code name.bias}: He's uniform initialisation. */
  public static Linear of(Weights weights, String name, int in, int out) {
    Tensor weight = weights.uniform(name + ".weight", Math.sqrt(6.0 / in), out, in);
    return new Linear(weight, weights.constant(name + ".bias", 0, out));
  }

  @Override
  public Tensor apply(Tensor input) {
    return torch.linear(input, weight, Ops.optional(bias));
  }
}
