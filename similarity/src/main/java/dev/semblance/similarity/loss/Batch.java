package dev.semblance.similarity.loss;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A checked batch, off the graph.
 *
 * @param x [n, d], float64 as it came, everything narrower as float32
 * @param labels int64 [n]
 * @param type the embeddings' own type, which the gradient gets
 */
record Batch(Tensor x, Tensor labels, ScalarType type) {
  static Batch of(Tensor embeddings, Tensor labels) {
    Check.matrix("embeddings", embeddings);
    Check.labels("labels", labels, embeddings.size(0));
    ScalarType type = embeddings.scalar_type().intern();
    Tensor x = embeddings.detach();
    boolean wide = type == ScalarType.Float || type == ScalarType.Double;
    return new Batch(wide ? x : x.to(ScalarType.Float), labels, type);
  }

  /** As {@link #of(Tensor, Tensor)}, for proxies or class weights [classes, width]. */
  static Batch of(Tensor embeddings, Tensor labels, int classes, int width) {
    Batch batch = of(embeddings, labels);
    width(embeddings, width);
    long[] values = Ops.toLongs(labels);
    for (int row = 0; row < values.length; row++) {
      if (values[row] < 0 || values[row] >= classes) {
        throw new IllegalArgumentException(
            "labels must be in [0, "
                + classes
                + "), got "
                + values[row]
                + " in row "
                + row
                + "; number the classes from 0 or configure more classes");
      }
    }
    return batch;
  }

  /** Refuses embeddings that are not [n, width]. */
  static void width(Tensor embeddings, int width) {
    if (embeddings.size(1) != width) {
      throw new IllegalArgumentException(
          "embeddings must be [n, "
              + width
              + "], got "
              + Shapes.of(embeddings)
              + "; configure the loss with width "
              + embeddings.size(1));
    }
  }

  long size() {
    return x.size(0);
  }

  /** {@code weight} in the type of the computation; to be called without gradient recording. */
  Tensor inType(Tensor weight) {
    return weight.to(x.scalar_type());
  }

  /** The loss of a batch without a valid item: 0 with gradient 0, never 0/0. */
  LossResult nothing(Scope scope) {
    return new LossResult(0, scope.keep(Ops.zeros(type, x.size(0), x.size(1))), 0, 0);
  }

  LossResult result(Scope scope, double value, Tensor gradient, long active, long valid) {
    return new LossResult(value, scope.keep(gradient.to(type)), active, valid);
  }

  /** Adds {@code gradient} to {@code parameter.grad()}. */
  static void accumulate(Tensor parameter, Tensor gradient) {
    Tensor present = parameter.mutable_grad();
    Tensor own = gradient.to(parameter.scalar_type());
    if (present.defined()) {
      present.add_(own);
    } else {
      present.put(own);
    }
  }
}
