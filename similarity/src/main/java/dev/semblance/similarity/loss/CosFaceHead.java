package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;

/**
 * Large-margin cosine loss: the target's cosine must beat every other by a margin.
 *
 * <p>{@code L = -mean_i log [ e^{s(cos_y - m)} / (e^{s(cos_y - m)} + sum_{j != y} e^{s cos_j}) ]},
 * cosines between unit embeddings and unit class weights. Embeddings float32 or float64 [n, d];
 * owns {@code weight} [C, d], brought to length 1 in every pass.
 *
 * <p>Throws {@link IllegalArgumentException} for a label outside [0, C), naming its row, and for
 * another width. A row of length 0 has cosine 0 with everything and gradient 0; it is valid but not
 * active. An empty batch has value 0.
 *
 * <p>The margin stands inside the product with the scale. Written {@code s cos_y - m} instead, the
 * loss is this one at margin m/s plus a constant: hardly any margin at all. At margin 0 it is the
 * NormFace head. Near relative: {@link ArcFaceHead} (margin on the angle).
 */
@Source(key = "wang2018cosface", where = "Eq. (4)")
public final class CosFaceHead implements Head {
  private final Config config;
  private final CosineClassifier classifier;

  /**
   * Size and margin of the head.
   *
   * @param classes C, at least 2
   * @param width d, the embeddings' width
   * @param scale s, above 0; {@link HeadBounds#smallestScale} tells the least that can work
   * @param marginCosine m, from 0 to {@link HeadBounds#largestMarginCosine}
   */
  public record Config(int classes, int width, double scale, double marginCosine) {
    public Config {
      Check.atLeast("classes", classes, 2);
      Check.atLeast("width", width, 1);
      Check.positive("scale", scale);
      Check.notNegative("marginCosine", marginCosine);
      HeadBounds.checkMargin(
          "marginCosine",
          marginCosine,
          HeadBounds.largestMarginCosine(classes, width),
          classes,
          width,
          "");
    }

    /** Scale 64 and margin 0.35 (wang2018cosface, Section 4.1). */
    public static Config of(int classes, int width) {
      return new Config(classes, width, 64, 0.35);
    }

    /** The same with another scale s. */
    public Config withScale(double scale) {
      return new Config(classes, width, scale, marginCosine);
    }

    /** The same with another margin m. */
    public Config withMarginCosine(double marginCosine) {
      return new Config(classes, width, scale, marginCosine);
    }
  }

  /** New weights drawn from {@code seed}: random directions. */
  public CosFaceHead(Config config, long seed) {
    this.config = config;
    classifier = new CosineClassifier(config.classes(), config.width(), config.scale(), seed);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    return classifier.loss(embeddings, labels, this::margin);
  }

  private CosineClassifier.Target margin(Tensor cosine) {
    Tensor moved = cosine.sub(Ops.scalar(config.marginCosine())); // Eq. (4)
    return new CosineClassifier.Target(moved, null);
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
