package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Additive angular margin loss: the target's angle, enlarged by a margin, must still be the
 * smallest.
 *
 * <p>As {@link CosFaceHead} with the target's {@code cos(theta + m) = cos m cos theta - sin m sin
 * theta}. Embeddings float32 or float64 [n, d]; owns {@code weight} [C, d], brought to length 1 in
 * every pass.
 *
 * <p>Throws {@link IllegalArgumentException} for a label outside [0, C), naming its row, and for
 * another width. A row of length 0 has cosine 0 with everything and gradient 0; it is valid but not
 * active. An empty batch has value 0.
 *
 * <p>Differs from the paper beyond {@code theta = pi - m}, where {@code cos(theta + m)} would rise
 * again: there the target is {@code -2 - cos(theta + m)}, which goes on falling without a jump (the
 * customary {@code cos theta - m sin m} jumps). The gradient is that of this loss, margin included.
 */
@Source(key = "deng2019arcface", where = "Eq. (3)")
public final class ArcFaceHead implements Head {
  /** Below this, 1 - cos^2 is rounding: the sine is held here, with derivative 0. */
  private static final double SMALLEST_SQUARED_SINE = 1e-12;

  private final Config config;
  private final CosineClassifier classifier;

  /**
   * Size and margin of the head.
   *
   * @param classes C, at least 2
   * @param width d, the embeddings' width
   * @param scale s, above 0
   * @param marginRadians m, from 0 to {@link HeadBounds#widestAngle}
   */
  public record Config(int classes, int width, double scale, double marginRadians) {
    public Config {
      Check.atLeast("classes", classes, 2);
      Check.atLeast("width", width, 1);
      Check.positive("scale", scale);
      Check.notNegative("marginRadians", marginRadians);
      HeadBounds.checkMargin(
          "marginRadians",
          marginRadians,
          HeadBounds.widestAngle(classes, width),
          classes,
          width,
          " rad");
    }

    /** Scale 64 and margin 0.5 rad (deng2019arcface, Section 3.1). */
    public static Config of(int classes, int width) {
      return new Config(classes, width, 64, 0.5);
    }

    /** The same with another scale s. */
    public Config withScale(double scale) {
      return new Config(classes, width, scale, marginRadians);
    }

    /** The same with another margin m. */
    public Config withMarginRadians(double marginRadians) {
      return new Config(classes, width, scale, marginRadians);
    }
  }

  /** New weights drawn from {@code seed}: random directions. */
  public ArcFaceHead(Config config, long seed) {
    this.config = config;
    classifier = new CosineClassifier(config.classes(), config.width(), config.scale(), seed);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    return classifier.loss(embeddings, labels, this::margin);
  }

  private CosineClassifier.Target margin(Tensor cosine) {
    double cosM = Math.cos(config.marginRadians());
    double sinM = Math.sin(config.marginRadians());
    Tensor squaredSine = cosine.square().neg_().add_(Ops.scalar(1));
    Tensor rounding = squaredSine.lt(Ops.scalar(SMALLEST_SQUARED_SINE));
    Tensor sine = squaredSine.clamp_min(Ops.scalar(SMALLEST_SQUARED_SINE)).sqrt_();
    // Eq. (3): cos(theta + m), and its derivative by cos theta: cos m + sin m cot theta
    Tensor moved = cosine.mul(Ops.scalar(cosM)).sub_(sine, Ops.scalar(sinM));
    Tensor cotangent = cosine.div(sine).masked_fill_(rounding, Ops.scalar(0));
    Tensor slope = cotangent.mul_(Ops.scalar(sinM)).add_(Ops.scalar(cosM));
    Tensor beyond = cosine.lt(Ops.scalar(-cosM)); // theta > pi - m
    return new CosineClassifier.Target(
        torch.where(beyond, moved.add(Ops.scalar(2)).neg_(), moved),
        torch.where(beyond, slope.neg(), slope));
  }

  @Override
  public Tensor logits(Tensor embeddings) {
    return classifier.logits(embeddings);
  }

  @Override
  public int classes() {
    return config.classes();
  }

  /** What it was made with. */
  public Config config() {
    return config;
  }

  @Override
  public Weights weights() {
    return classifier.weights();
  }
}
