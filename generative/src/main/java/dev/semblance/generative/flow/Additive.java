package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import org.bytedeco.pytorch.Tensor;

/** {@code y = x + t}; keeps volumes. */
@Source(key = "dinh2015nice", where = "section 3.2")
public record Additive() implements Elementwise {
  @Override
  public int parameters() {
    return 1;
  }

  @Override
  public Bijection.Mapped forward(Tensor x, Tensor parameters) {
    return new Bijection.Mapped(x.add(parameters.squeeze(-1)), none(x));
  }

  @Override
  public Bijection.Mapped inverse(Tensor z, Tensor parameters) {
    return new Bijection.Mapped(z.sub(parameters.squeeze(-1)), none(z));
  }

  private static Tensor none(Tensor x) {
    return x.new_zeros(x.size(0));
  }
}
