package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.NoGradGuard;
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
  private final Weights weights;
  private final Tensor weight;
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
    weights = new Weights(seed);
    weight =
        weights.uniform("weight", 1 / Math.sqrt(config.width()), config.classes(), config.width());
    bias = weights.constant("bias", 0, config.classes());
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Batch batch = Batch.of(embeddings, labels, classes(), (int) weight.size(1));
      if (batch.size() == 0) {
        return batch.nothing(scope);
      }
      Tensor w = batch.inType(weight);
      Tensor logits = batch.inType(bias).addmm(batch.x(), w.t());
      CrossEntropy entropy = CrossEntropy.of(logits, labels.unsqueeze(1));
      Tensor slope = entropy.slope();
      Batch.accumulate(weight, slope.t().mm(batch.x()));
      Batch.accumulate(bias, slope.sum(0));
      long active = entropy.uncertain().sum().item_long();
      return batch.result(scope, entropy.value(), slope.mm(w), active, batch.size());
    }
  }

  @Override
  public Tensor logits(Tensor embeddings) {
    Batch.width(Check.matrix("embeddings", embeddings), (int) weight.size(1));
    return torch.linear(embeddings, weight, Ops.optional(bias));
  }

  @Override
  public int classes() {
    return (int) weight.size(0);
  }

  @Override
  public Weights weights() {
    return weights;
  }
}
