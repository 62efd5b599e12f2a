package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The last channels leave as latent values, the others go on: {@code z = [rest(kept), left]}.
 *
 * @param kept channels that go on
 * @param left channels that leave
 * @param height of the input
 * @param width of the input
 * @param rest from [n, kept, height, width] to a vector of as many values
 */
@Source(key = "dinh2017density", where = "section 3.6, Eqs. (14)-(16)")
public record Split(int kept, int left, int height, int width, Bijection rest)
    implements Bijection {
  public Split {
    Check.atLeast("kept", kept, 1);
    Check.atLeast("left", left, 1);
  }

  @Override
  public Mapped forward(Tensor x, Condition condition) {
    Mapped inner = rest.forward(x.narrow(1, 0, kept), condition);
    return new Mapped(join(inner.value(), x), inner.logDet());
  }

  @Override
  public Tensor prepare(Tensor x, Condition condition) {
    return join(rest.prepare(x.narrow(1, 0, kept), condition), x);
  }

  private Tensor join(Tensor inner, Tensor x) {
    return torch.cat(new TensorVector(inner, x.narrow(1, kept, left).flatten(1, -1)), 1);
  }

  @Override
  public Mapped inverse(Tensor z, Condition condition) {
    long goneOn = (long) kept * height * width;
    Mapped inner = rest.inverse(z.narrow(1, 0, goneOn), condition);
    Tensor leaving =
        z.narrow(1, goneOn, (long) left * height * width).unflatten(1, left, height, width);
    return new Mapped(torch.cat(new TensorVector(inner.value(), leaving), 1), inner.logDet());
  }
}
