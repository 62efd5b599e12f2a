package dev.semblance.similarity.loss;

import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Unit embeddings against unit class weights at a scale, with a margin on the target's cosine: what
 * CosFace and ArcFace have in common.
 */
final class CosineClassifier {
  private final ClassVectors centres;
  private final double scale;

  /** A margin: what becomes of the target's cosine. */
  @FunctionalInterface
  interface Margin {
    /** Both [n, 1] for cosines [n, 1]. */
    Target of(Tensor cosine);
  }

  /**
   * @param cosine the target's cosine after the margin, [n, 1]
   * @param slope its derivative by the cosine before, [n, 1]; absent where it is 1
   */
  record Target(Tensor cosine, @Nullable Tensor slope) {}

  CosineClassifier(int classes, int width, double scale, long seed) {
    this.centres = ClassVectors.directions("weight", classes, width, seed);
    this.scale = scale;
  }

  LossResult loss(Tensor embeddings, Tensor labels, Margin margin) {
    return centres.loss(
        embeddings,
        labels,
        (batch, scope) -> {
          ClassVectors.Cosines cosines = centres.cosines(batch);
          Tensor target = labels.unsqueeze(1);
          Scalar s = Ops.scalar(scale);
          Tensor logits = cosines.values();
          Target moved = margin.of(logits.gather(1, target));
          logits.scatter_(1, target, moved.cosine()).mul_(s);
          CrossEntropy entropy = CrossEntropy.of(logits, target);
          Tensor slope = entropy.slope().mul_(s);
          if (moved.slope() != null) {
            slope.scatter_(1, target, slope.gather(1, target).mul_(moved.slope()));
          }
          Tensor gradient = cosines.back(slope);
          Tensor active = entropy.uncertain().logical_and_(cosines.directed());
          long count = active.sum().item_long();
          return batch.result(scope, entropy.value(), gradient, count, batch.size());
        });
  }

  /** {@code scale * cos}, on the graph where one is recorded. */
  Tensor logits(Tensor embeddings) {
    try (Scope scope = Scope.open()) {
      centres.checkWidth(embeddings);
      Tensor cosine = directions(embeddings).matmul(directions(centres.vectors()).t());
      return scope.keep(cosine.mul(Ops.scalar(scale)));
    }
  }

  Weights weights() {
    return centres.weights();
  }

  /** Rows of length 1; rows of length 0 stay 0. On the graph where one is recorded. */
  static Tensor directions(Tensor x) {
    Tensor length =
        torch.linalg_vector_norm(x, Ops.scalar(2), new long[] {1}, true, Ops.sameType());
    return x.div(length.masked_fill(length.eq(Ops.scalar(0)), Ops.scalar(1)));
  }
}
