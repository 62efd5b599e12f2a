package dev.semblance.core.nn;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An embedding network: the features of a backbone, projected to {@code dimension} values and, if
 * asked, to unit length. With dimension 0 there is no projection and the features themselves are
 * the embedding.
 *
 * <p>The backbone's own head stays in the file and is not trained: nothing flows through it.
 */
public final class Embedder implements Net {
  private final Config config;
  private final Net backbone;
  private final Weights weights;
  private final @Nullable Linear projection;

  /**
   * The parts.
   *
   * @param backbone gives the features
   * @param dimension of the embedding; 0: the features as they are
   * @param normalize to unit Euclidean length
   */
  public record Config(Architecture backbone, int dimension, boolean normalize)
      implements Architecture {
    public Config {
      Check.atLeast("dimension", dimension, 0);
    }

    @Override
    public Embedder build(long seed) {
      return new Embedder(this, backbone.build(seed), seed);
    }
  }

  private Embedder(Config config, Net backbone, long seed) {
    this.config = config;
    this.backbone = backbone;
    this.weights = new Weights(seed);
    weights.adopt("backbone.", backbone.weights());
    this.projection =
        config.dimension == 0
            ? null
            : Linear.of(weights, "projection", backbone.featureWidth(), config.dimension);
  }

  /** Takes over {@code backbone}, pretrained or not: it is closed with the embedder. */
  public static Embedder over(Net backbone, int dimension, boolean normalize, long seed) {
    return new Embedder(new Config(backbone.architecture(), dimension, normalize), backbone, seed);
  }

  @Override
  public Config architecture() {
    return config;
  }

  @Override
  public Weights weights() {
    return weights;
  }

  /** The length of an embedding. */
  public int width() {
    return config.dimension == 0 ? backbone.featureWidth() : config.dimension;
  }

  @Override
  public int featureWidth() {
    return backbone.featureWidth();
  }

  @Override
  public Tensor features(Tensor input, Mode mode) {
    return backbone.features(input, mode);
  }

  @Override
  public Tensor forward(Tensor input, Mode mode) {
    Tensor h = features(input, mode);
    if (projection != null) {
      h = projection.apply(h);
    }
    return config.normalize ? unit(h) : h;
  }

  /** Rows to unit length; a zero row stays zero. */
  private static Tensor unit(Tensor rows) {
    // Under the root, so that the gradient of a zero row is bounded: 1e6 at most, not 1e12.
    Tensor squared = rows.mul(rows).sum(new long[] {1}, true, Ops.sameType());
    return rows.mul(squared.add(Ops.scalar(1e-12)).rsqrt());
  }
}
