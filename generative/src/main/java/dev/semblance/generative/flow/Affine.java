package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code y = x exp(s) + t} with {@code s = c tanh(raw)}: the bound keeps a net's wild first steps
 * from overflowing.
 *
 * @param limit the learned bound c of the log-scale: one value
 */
@Source(key = "dinh2017density", where = "Eqs. (7) and (8), section 4.1")
public record Affine(Tensor limit) implements Elementwise {
  @Override
  public int parameters() {
    return 2;
  }

  @Override
  public Bijection.Mapped forward(Tensor x, Tensor parameters) {
    Tensor s = logScale(parameters);
    // Eq. (7)
    return new Bijection.Mapped(x.mul(s.exp()).add(parameters.select(-1, 1)), Elementwise.total(s));
  }

  @Override
  public Bijection.Mapped inverse(Tensor z, Tensor parameters) {
    Tensor s = logScale(parameters).neg();
    // Eq. (8)
    return new Bijection.Mapped(z.sub(parameters.select(-1, 1)).mul(s.exp()), Elementwise.total(s));
  }

  private Tensor logScale(Tensor parameters) {
    return parameters.select(-1, 0).tanh().mul(limit);
  }
}
