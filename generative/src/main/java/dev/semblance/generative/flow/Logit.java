package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code y = logit(lambda + (1 - 2 lambda) v)} of v in [0, 1]: to the whole line.
 *
 * @param lambda in (0, 0.5); keeps the ends finite
 */
@Source(key = "papamakarios2017masked", where = "section 4.3 and appendix D")
public record Logit(double lambda) implements Bijection {
  public Logit {
    if (!(lambda > 0 && lambda < 0.5)) {
      throw new IllegalArgumentException("lambda must be in (0, 0.5), got " + lambda);
    }
  }

  @Override
  public Mapped forward(Tensor x, Condition condition) {
    // Both logarithms from the number that is small, else float32 loses the ends.
    Tensor low = shrunk(x).log();
    Tensor high = shrunk(x.neg().add(Ops.scalar(1))).log();
    return new Mapped(low.sub(high), logDet(low, high));
  }

  @Override
  public Mapped inverse(Tensor z, Condition condition) {
    Tensor low = org.bytedeco.pytorch.global.torch.log_sigmoid(z);
    Tensor high = org.bytedeco.pytorch.global.torch.log_sigmoid(z.neg());
    Tensor v = low.exp().sub(Ops.scalar(lambda)).div(Ops.scalar(1 - 2 * lambda));
    return new Mapped(v, logDet(low, high).neg());
  }

  private Tensor shrunk(Tensor v) {
    return v.mul(Ops.scalar(1 - 2 * lambda)).add(Ops.scalar(lambda));
  }

  /** Sum of {@code log (1 - 2 lambda) - log sig(y) - log (1 - sig(y))}. */
  private Tensor logDet(Tensor low, Tensor high) {
    return Elementwise.total(low.add(high).neg().add(Ops.scalar(Math.log1p(-2 * lambda))));
  }
}
