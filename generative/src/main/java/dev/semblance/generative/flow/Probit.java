package dev.semblance.generative.flow;

import dev.semblance.core.tensor.Ops;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code z} with {@code Phi(z) = v} of v in [0, 1]: what is uniform becomes normal. Values nearer
 * to the ends than a rounding step are moved there, to stay finite.
 */
public record Probit() implements Bijection {
  private static final double LOG_ROOT = 0.5 * Math.log(2 * Math.PI);

  @Override
  public Mapped forward(Tensor x, Condition condition) {
    double edge = x.scalar_type().intern() == ScalarType.Double ? 0x1p-53 : 0x1p-24;
    Tensor share =
        x.clamp(new ScalarOptional(new Scalar(edge)), new ScalarOptional(new Scalar(1 - edge)));
    Tensor z = torch.special_ndtri(share);
    return new Mapped(z, logDet(z));
  }

  @Override
  public Mapped inverse(Tensor z, Condition condition) {
    return new Mapped(torch.special_ndtr(z), logDet(z).neg());
  }

  /** Minus the log-density of N(0, 1), summed. */
  private static Tensor logDet(Tensor z) {
    return Elementwise.total(z.square().mul(Ops.scalar(0.5)).add(Ops.scalar(LOG_ROOT)));
  }
}
