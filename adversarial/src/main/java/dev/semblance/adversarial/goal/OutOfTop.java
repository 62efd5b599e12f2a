package dev.semblance.adversarial.goal;

import dev.semblance.core.tensor.Check;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The true class is no longer among the {@code k} likeliest. With {@code k = 1} the same as {@link
 * Misclassify}.
 *
 * @param k at least 1, below the number of classes
 */
public record OutOfTop(int k) implements Goal {
  public OutOfTop {
    Check.atLeast("k", k, 1);
  }

  @Override
  public Aim resolve(Tensor cleanLogits, Tensor labels) {
    if (k >= cleanLogits.size(1)) {
      throw new IllegalArgumentException(
          "k must be below the number of classes, " + cleanLogits.size(1) + ", got " + k);
    }
    return new Aim(List.of(labels), new Criterion.OutOfFirst(0, k));
  }
}
