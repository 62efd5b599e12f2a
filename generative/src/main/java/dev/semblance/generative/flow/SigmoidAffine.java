package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** {@code y = (x + t) sigmoid(raw + 2)}: contracts only, and begins near 1. */
@Source(key = "kingma2018glow", where = "section 3.3 and its code")
public record SigmoidAffine() implements Elementwise {
  private static final double START = 2;

  @Override
  public int parameters() {
    return 2;
  }

  @Override
  public Bijection.Mapped forward(Tensor x, Tensor parameters) {
    Tensor s = logScale(parameters);
    return new Bijection.Mapped(x.add(parameters.select(-1, 1)).mul(s.exp()), Elementwise.total(s));
  }

  @Override
  public Bijection.Mapped inverse(Tensor z, Tensor parameters) {
    Tensor s = logScale(parameters).neg();
    return new Bijection.Mapped(z.mul(s.exp()).sub(parameters.select(-1, 1)), Elementwise.total(s));
  }

  private static Tensor logScale(Tensor parameters) {
    return torch.log_sigmoid(parameters.select(-1, 0).add(Ops.scalar(START)));
  }
}
