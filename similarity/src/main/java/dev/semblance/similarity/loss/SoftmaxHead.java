package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The ordinary classification head: cross-entropy of a linear map.
 *
 * <p>{@code L = -mean_i log softmax(W z_i + b)_{y_i}}. Embeddings float32 or float64 [n, d]; owns
 * {@code weight} [C, d] (the transpose of the formula's [d, c] in the source) and {@code bias} [C].
 *
 * <p>Throws {@link IllegalArgumentException} for a label outside [0, C), naming its row, and for
 * another width. An empty batch has value 0.
 *
 * <p>Nothing in it compares two embeddings: what is near is a by-product. Near relatives: {@link
 * NormalizedSoftmaxHead} (angles decide), {@link CosFaceHead} (angles with a margin).
 */
@Source(key = "wang2018cosface", where = "Eq. (1)")
public final class SoftmaxHead implements Head {
  private final ClassVectors weight;
  private final Tensor bias;

  /**
   * The size of the head.
   *
   * @param classes C, at least 2
   * @param width d, the embeddings' width
   */
  public record Config(int classes, int width) {
    public Config {
      Check.atLeast("classes", classes, 2);
      Check.atLeast("width", width, 1);
    }

    /** C classes over embeddings of width d; nothing else to choose. */
    public static Config of(int classes, int width) {
      return new Config(classes, width);
    }
  }

  /** New weights drawn from {@code seed}, uniform in +-1/sqrt(d); bias 0. */
  public SoftmaxHead(Config config, long seed) {
    Weights weights = new Weights(seed);
    double bound = 1 / Math.sqrt(config.width());
    weight =
        new ClassVectors(
            weights, weights.uniform("weight", bound, config.classes(), config.width()));
    bias = weights.constant("bias", 0, config.classes());
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    return weight.loss(
        embeddings,
        labels,
        (batch, scope) -> {
          Tensor w = batch.inType(weight.vectors());
          Tensor logits = batch.inType(bias).addmm(batch.x(), w.t());
          CrossEntropy entropy = CrossEntropy.of(logits, labels.unsqueeze(1));
          Batch.accumulate(weight.vectors(), entropy.slope().t().mm(batch.x()));
          Batch.accumulate(bias, entropy.slope().sum(0));
          return entropy.result(batch, scope, w);
        });
  }

  @Override
  public Tensor logits(Tensor embeddings) {
    weight.checkWidth(embeddings);
    return torch.linear(embeddings, weight.vectors(), Ops.optional(bias));
  }

  @Override
  public int classes() {
    return weight.classes();
  }

  @Override
  public Weights weights() {
    return weight.weights();
  }
}
