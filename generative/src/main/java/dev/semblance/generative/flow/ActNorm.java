package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * A learned scale and shift of each channel, {@code y = exp(logScale) x + shift}, that give the
 * first batch of a training mean 0 and variance 1. Before that the identity.
 *
 * @param logScale [c]
 * @param shift [c]
 * @param ready one value, not 0 once the first batch was seen
 */
@Source(key = "kingma2018glow", where = "section 3.1 and Table 1")
public record ActNorm(Tensor logScale, Tensor shift, Tensor ready) implements Bijection {
  /** Below this a channel is taken as constant and its scale stays bounded. */
  private static final double LEAST_DEVIATION = 1e-5;

  /** New weights {@code name.log_scale, name.shift} and the buffer {@code name.ready}. */
  public static ActNorm of(Weights weights, String name, int channels) {
    return new ActNorm(
        weights.constant(name + ".log_scale", 0, channels),
        weights.constant(name + ".shift", 0, channels),
        weights.buffer(name + ".ready", 0, 1));
  }

  @Override
  public Mapped forward(Tensor x, Condition condition) {
    return new Mapped(x.mul(wide(logScale.exp(), x)).add(wide(shift, x)), logDet(logScale, x));
  }

  @Override
  public Mapped inverse(Tensor z, Condition condition) {
    return new Mapped(
        z.sub(wide(shift, z)).mul(wide(logScale.neg().exp(), z)), logDet(logScale.neg(), z));
  }

  @Override
  public Tensor prepare(Tensor x, Condition condition) {
    if (ready.item_double() == 0) {
      Ops.withoutGradient(() -> take(x));
    }
    return forward(x, condition).value();
  }

  private void take(Tensor x) {
    try (Scope scope = Scope.open()) {
      Tensor rows = x.dim() == 4 ? x.permute(0, 2, 3, 1).flatten(0, 2) : x;
      Tensor mean = rows.mean(0);
      Tensor deviation =
          rows.sub(mean)
              .square()
              .mean(0)
              .sqrt()
              .clamp(new ScalarOptional(new Scalar(LEAST_DEVIATION)), new ScalarOptional());
      logScale.copy_(deviation.log().neg());
      shift.copy_(mean.div(deviation).neg());
      ready.fill_(new Scalar(1.0));
    }
  }

  private static Tensor wide(Tensor channels, Tensor x) {
    return x.dim() == 4 ? channels.unsqueeze(1).unsqueeze(2) : channels;
  }

  /** h w sum(log s), the same for every image. */
  private static Tensor logDet(Tensor logScale, Tensor x) {
    Tensor one = logScale.sum();
    if (x.dim() == 4) {
      one = one.mul(Ops.scalar(x.size(2) * x.size(3)));
    }
    return one.expand(x.size(0));
  }
}
