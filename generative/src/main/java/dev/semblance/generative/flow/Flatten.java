package dev.semblance.generative.flow;

import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Tensor;

/** [n, channels, height, width] to [n, d], and back. */
public record Flatten(int channels, int height, int width) implements Bijection {
  @Override
  public Mapped forward(Tensor x, Condition condition) {
    return new Mapped(x.flatten(1, -1), x.new_zeros(x.size(0)));
  }

  @Override
  public Mapped inverse(Tensor z, Condition condition) {
    return new Mapped(z.unflatten(1, channels, height, width), z.new_zeros(z.size(0)));
  }
}
