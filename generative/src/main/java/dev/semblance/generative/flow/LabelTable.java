package dev.semblance.generative.flow;

import dev.semblance.core.nn.Weights;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A learned row for each class and one for no class, added to a net's first hidden layer.
 *
 * @param rows [classes + 1, width], or none for a model without classes
 */
record LabelTable(@Nullable Tensor rows) {
  /** New weights {@code name.labels}, if there are classes; they begin at 0. */
  static LabelTable of(Weights weights, String name, int classes, int width) {
    return new LabelTable(
        classes == 0 ? null : weights.constant(name + ".labels", 0, classes + 1, width));
  }

  /**
   * Adds the rows of the condition to [n, width] or [n, width, h, w].
   *
   * @throws IllegalArgumentException naming what is taken, for another condition
   */
  Tensor add(Tensor hidden, Condition condition) {
    if (rows == null) {
      return hidden;
    }
    long n = hidden.size(0);
    int classes = Math.toIntExact(rows.size(0) - 1);
    Condition.Labels labels =
        condition instanceof Condition.Labels given
            ? given
            : (Condition.Labels) Condition.label(Condition.NO_CLASS, Math.toIntExact(n));
    Tensor index = labels.tensor();
    // No class is the last row.
    Tensor row =
        rows.index_select(0, index.remainder(new org.bytedeco.pytorch.Scalar(classes + 1L)));
    return hidden.add(hidden.dim() == 4 ? row.unsqueeze(2).unsqueeze(3) : row);
  }
}
