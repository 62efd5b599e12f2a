package dev.semblance.similarity.loss;

import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * One trained vector a class: the class weights of a head, the proxies of a loss.
 *
 * @param weights owns the vectors, and what is trained beside them
 * @param vectors [C, d]
 */
record ClassVectors(Weights weights, Tensor vectors) {
  /** The loss of a checked batch that has rows; runs without gradient recording. */
  @FunctionalInterface
  interface Term {
    LossResult of(Batch batch, Scope scope);
  }

  /** Random directions drawn from {@code seed}. */
  static ClassVectors directions(String name, int classes, int width, long seed) {
    Weights weights = new Weights(seed);
    return new ClassVectors(weights, weights.normal(name, 1 / Math.sqrt(width), classes, width));
  }

  int classes() {
    return (int) vectors.size(0);
  }

  private int width() {
    return (int) vectors.size(1);
  }

  /** Checks the batch against C and d; one without rows has value 0. */
  LossResult loss(Tensor embeddings, Tensor labels, Term term) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Batch batch = Batch.of(embeddings, labels, classes(), width());
      return batch.size() == 0 ? batch.nothing(scope) : term.of(batch, scope);
    }
  }

  /** Refuses embeddings that are not [n, d]. */
  void checkWidth(Tensor embeddings) {
    Batch.width(Check.matrix("embeddings", embeddings), width());
  }

  /** The cosines of a batch's rows to all vectors. */
  Cosines cosines(Batch batch) {
    return new Cosines(UnitRows.of(batch.x()), UnitRows.of(batch.inType(vectors)), vectors);
  }

  /** Rows and vectors at length 1, and the way back from their cosines. */
  record Cosines(UnitRows rows, UnitRows centres, Tensor vectors) {
    /** [n, C]. */
    Tensor values() {
      return rows.unit().mm(centres.unit().t());
    }

    /**
     * The gradient by the rows; that by the vectors is added to theirs.
     *
     * @param slope [n, C], the derivative by the cosines
     */
    Tensor back(Tensor slope) {
      Tensor gradient = rows.back(slope.mm(centres.unit()));
      Batch.accumulate(vectors, centres.back(slope.t().mm(rows.unit())));
      return gradient;
    }

    /** bool [n]: the rows that have a direction. */
    Tensor directed() {
      return rows.directed();
    }
  }
}
