package dev.semblance.similarity.learn;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Runs a network over a whole set. */
public final class Embeddings {
  private Embeddings() {}

  /**
   * The output of a network for every image, in the order of the rows.
   *
   * @param net from uint8 images [n, c, h, w] to float32 [n, d]
   * @param batch images at a time; the result depends on it by rounding only
   * @param progress told how many images are done
   * @return float32 [set.size(), d], in the current scope
   * @throws IllegalStateException for an embedding that is not finite, naming the image
   */
  public static Tensor of(
      UnaryOperator<Tensor> net, ImageSet set, int batch, IntConsumer progress) {
    Check.atLeast("batch", batch, 1);
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor all = null;
      for (int from = 0; from < set.size(); from += batch) {
        int to = Math.min(set.size(), from + batch);
        try (Scope step = Scope.open()) {
          Tensor part = forward(net, set, from, to);
          if (all == null) {
            all = step.keep(Ops.empty(ScalarType.Float, set.size(), part.size(1)));
          }
          all.narrow(0, from, to - from).copy_(part);
        }
        progress.accept(to);
      }
      return scope.keep(Objects.requireNonNull(all));
    }
  }

  private static Tensor forward(UnaryOperator<Tensor> net, ImageSet set, int from, int to) {
    long[] rows = new long[to - from];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = from + i;
    }
    Tensor part = net.apply(set.images(rows));
    if (!part.isfinite().all().item_bool()) {
      long[] good = Ops.toLongs(part.isfinite().all(1));
      for (int i = 0; i < good.length; i++) {
        if (good[i] == 0) {
          throw new IllegalStateException(
              "embedding of "
                  + set.id(from + i)
                  + " is not finite; the weights are damaged or diverged");
        }
      }
    }
    return part;
  }
}
