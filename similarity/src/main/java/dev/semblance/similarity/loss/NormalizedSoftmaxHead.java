package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * Softmax without bias over class weights of length 1: only the angle decides between classes.
 *
 * <p>{@code L = -mean_i log softmax_j(||z_i|| cos theta_ij)_{y_i}}; the boundary between two
 * classes is the bisector of their weights' angle. Embeddings float32 or float64 [n, d]; owns
 * {@code weight} [C, d], brought to length 1 in every pass.
 *
 * <p>Throws {@link IllegalArgumentException} for a label outside [0, C), naming its row, and for
 * another width. An empty batch has value 0.
 *
 * <p>The embeddings keep their length, which acts as a scale. With unit embeddings too (NormFace)
 * this is {@link CosFaceHead} at margin 0, which has a scale for that reason.
 */
@Source(key = "liu2017sphereface", where = "Section 3.1, modified softmax")
@Source(key = "wang2017normface", where = "Section 3.2")
public final class NormalizedSoftmaxHead implements Head {
  private final ClassVectors weight;

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

  /** New weights drawn from {@code seed}: random directions. */
  public NormalizedSoftmaxHead(Config config, long seed) {
    weight = ClassVectors.directions("weight", config.classes(), config.width(), seed);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    return weight.loss(
        embeddings,
        labels,
        (batch, scope) -> {
          UnitRows centres = UnitRows.of(batch.inType(weight.vectors()));
          Tensor logits = batch.x().mm(centres.unit().t());
          CrossEntropy entropy = CrossEntropy.of(logits, labels.unsqueeze(1));
          Tensor byCentres = entropy.slope().t().mm(batch.x());
          Batch.accumulate(weight.vectors(), centres.back(byCentres));
          return entropy.result(batch, scope, centres.unit());
        });
  }

  @Override
  public Tensor logits(Tensor embeddings) {
    try (Scope scope = Scope.open()) {
      weight.checkWidth(embeddings);
      return scope.keep(embeddings.matmul(CosineClassifier.directions(weight.vectors()).t()));
    }
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
