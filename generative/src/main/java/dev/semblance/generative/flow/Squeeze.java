package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** [n, c, h, w] with even sides to [n, 4c, h/2, w/2]: each 2x2 square becomes channels. */
@Source(key = "dinh2017density", where = "section 3.4")
public record Squeeze() implements Bijection {
  @Override
  public Mapped forward(Tensor x, Condition condition) {
    return new Mapped(torch.pixel_unshuffle(x, 2), x.new_zeros(x.size(0)));
  }

  @Override
  public Mapped inverse(Tensor z, Condition condition) {
    return new Mapped(torch.pixel_shuffle(z, 2), z.new_zeros(z.size(0)));
  }
}
