package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Proxy-NCA: each row is to be nearer to its class's proxy than to the others'.
 *
 * <p>{@code L = -mean_i log [ e^{-s D(x_i, p_y)} / sum_{c != y} e^{-s D(x_i, p_c)} ]}, D the
 * squared distance of unit vectors; it may be negative. Embeddings float32 or float64 [n, d]; owns
 * {@code proxies} [C, d], brought to length 1 in every pass.
 *
 * <p>Throws {@link IllegalArgumentException} for a label outside [0, C), naming its row, and for
 * another width. Every row is valid; sample ids play no part. A row of length 0 is taken at squared
 * distance 2 from every proxy, with gradient 0. An empty batch has value 0.
 *
 * <p>Near relatives: {@link CosFaceHead} at margin 0, which has the target in the denominator, and
 * {@link ProxyAnchorLoss}, where proxies are the anchors.
 */
@Source(key = "movshovitz2017no", where = "Eq. (8)")
public final class ProxyNcaLoss implements EmbeddingLoss, HasParameters {
  private final Config config;
  private final ClassVectors proxies;

  /**
   * Size and scale of the loss.
   *
   * @param classes C, at least 2
   * @param width d, the embeddings' width
   * @param scale s, above 0; 1 is the loss as first published
   */
  public record Config(int classes, int width, double scale) {
    public Config {
      Check.atLeast("classes", classes, 2);
      Check.atLeast("width", width, 1);
      Check.positive("scale", scale);
    }

    /** Scale 9, the inverse of the temperature 1/9 of teh2020proxynca. */
    public static Config of(int classes, int width) {
      return new Config(classes, width, 9);
    }
  }

  /** New proxies drawn from {@code seed}: random directions. */
  public ProxyNcaLoss(Config config, long seed) {
    this.config = config;
    proxies = ClassVectors.directions("proxies", config.classes(), config.width(), seed);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    return proxies.loss(embeddings, labels, (batch, scope) -> loss(batch, labels, scope));
  }

  private LossResult loss(Batch batch, Tensor labels, Scope scope) {
    long n = batch.size();
    ClassVectors.Cosines cosines = proxies.cosines(batch);
    Tensor target = labels.unsqueeze(1);
    // -s ||x - p||^2 = 2 s cos - 2 s; the constant cancels in the quotient.
    double twice = 2 * config.scale();
    Tensor score = cosines.values().mul_(Ops.scalar(twice));
    Tensor own = score.gather(1, target);
    score.scatter_(1, target, Ops.scalar(Double.NEGATIVE_INFINITY));
    Tensor others = score.logsumexp(new long[] {1}, true);
    double value = others.sub(own).sum(new ScalarTypeOptional(ScalarType.Double)).item_double() / n;
    Tensor slope = score.sub_(others).exp_();
    slope.scatter_(1, target, Ops.scalar(-1)).mul_(Ops.scalar(twice / n));
    Tensor gradient = cosines.back(slope);
    return batch.result(scope, value, gradient, cosines.directed().sum().item_long(), n);
  }

  /** What it was made with. */
  public Config config() {
    return config;
  }

  @Override
  public Weights weights() {
    return proxies.weights();
  }
}
