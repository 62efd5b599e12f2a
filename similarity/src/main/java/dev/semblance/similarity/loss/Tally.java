package dev.semblance.similarity.loss;

import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.PairTiles;
import org.bytedeco.pytorch.Tensor;

/** Running sums of a loss: float64 for values, int64 for counts. */
final class Tally {
  /** The sum of the items' losses. */
  double value;

  /** Items with a loss above 0. */
  long active;

  /** Items there could be. */
  long valid;

  /** Items the selection took. */
  long selected;

  /** Anchors with a selected item. */
  long anchors;

  void add(Tally other) {
    value += other.value;
    active += other.active;
    valid += other.valid;
    selected += other.selected;
    anchors += other.anchors;
  }

  /** The reduced result; its gradient is kept in the scope around {@code scope}. */
  LossResult result(PairTiles tiles, double[] summed, Reduction reduction, Scope scope) {
    double divisor = divisor(reduction);
    if (!(divisor > 0)) {
      return new LossResult(0, scope.keep(tiles.noGradient()), active, valid);
    }
    Tensor gradient = scope.keep(tiles.gradient(summed, 1 / divisor));
    return new LossResult(value / divisor, gradient, active, valid);
  }

  /** What value and gradient are divided by; 0 without items. */
  double divisor(Reduction reduction) {
    return switch (reduction) {
      case MEAN -> selected;
      case MEAN_ACTIVE -> active;
      case PER_ANCHOR -> anchors;
      case SUM -> selected > 0 ? 1 : 0;
    };
  }
}
