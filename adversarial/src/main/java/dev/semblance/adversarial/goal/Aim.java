package dev.semblance.adversarial.goal;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * A resolved goal: towards a class, or away from one.
 *
 * @param classes int64 [n]: the target, or the true class
 * @param towards whether {@code classes} is where to go
 */
public record Aim(Tensor classes, boolean towards) {
  /**
   * Which rows have reached the aim. A tie has not.
   *
   * @param logits [n, k]
   * @return bool [n] in the caller's scope
   */
  public Tensor reached(Tensor logits) {
    try (Scope scope = Scope.open()) {
      Tensor margin = margin(logits);
      return scope.keep(margin.lt(Ops.scalar(0)));
    }
  }

  /**
   * The margin that stands in the way, below 0 once the aim is reached: {@code z_y - max_{k != y}
   * z_k} away from y, {@code max_{k != t} z_k - z_t} towards t.
   *
   * @return [n], differentiable
   */
  public Tensor margin(Tensor logits) {
    try (Scope scope = Scope.open()) {
      Tensor column = classes.unsqueeze(1);
      Tensor own = logits.gather(1, column).squeeze(1);
      // Masked by -infinity: a zero would win as soon as all other logits are negative.
      Tensor others =
          logits
              .scatter(1, column, Ops.scalar(Double.NEGATIVE_INFINITY))
              .amax(new long[] {1}, false);
      return scope.keep(towards ? others.sub(own) : own.sub(others));
    }
  }

  /** The aim of some rows, in the caller's scope. */
  public Aim rows(Tensor index) {
    return new Aim(classes.index_select(0, index), towards);
  }
}
