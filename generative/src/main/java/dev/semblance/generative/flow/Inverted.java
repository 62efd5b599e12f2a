package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Tensor;

/**
 * A map the other way round. Of a masked autoregressive flow it makes an inverse autoregressive
 * one: fast to draw from, slow in density.
 */
@Source(key = "kingma2016improving", where = "section 3.1")
public record Inverted(Bijection map) implements Bijection {
  @Override
  public Mapped forward(Tensor x, Condition condition) {
    return map.inverse(x, condition);
  }

  @Override
  public Mapped inverse(Tensor z, Condition condition) {
    return map.forward(z, condition);
  }
}
