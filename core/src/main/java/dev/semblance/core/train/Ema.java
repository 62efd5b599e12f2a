package dev.semblance.core.train;

import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * An exponential moving average of weights: {@code average += (1 - d) (weight - average)} after
 * every update. Update n = 0, 1, ... has {@code d = min(decay, (1 + n) / (10 + n))}: the average is
 * over about the last tenth of a short training, and forgets the weights it started at. Buffers are
 * copied, not averaged. Source: polyak1992acceleration in the exponential form; the warm-up is that
 * of TensorFlow's moving averages.
 */
public final class Ema implements AutoCloseable {
  private final double decay;
  private final Weights weights;
  private final Map<String, Tensor> averages = new LinkedHashMap<>();

  /** Starts at the weights' present values; borrows {@code weights}. */
  public Ema(double decay, Weights weights) {
    this.decay = Check.between("decay", decay, 0, 1);
    this.weights = weights;
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      weights
          .all()
          .forEach((name, tensor) -> averages.put(name, Scope.own(tensor.detach().clone())));
    }
  }

  /**
   * Moves the averages towards the weights.
   *
   * @param number of updates before this one
   */
  public void update(long number) {
    double share = 1 - Math.min(decay, (1.0 + number) / (10.0 + number));
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      weights
          .parameters()
          .forEach((name, tensor) -> average(name).lerp_(tensor, Ops.scalar(share)));
      weights.buffers().forEach((name, tensor) -> average(name).copy_(tensor));
    }
  }

  private Tensor average(String name) {
    return Objects.requireNonNull(averages.get(name));
  }

  /** The averages by the weights' names: live tensors. */
  public Map<String, Tensor> averages() {
    return Collections.unmodifiableMap(averages);
  }

  @Override
  public void close() {
    averages.values().forEach(Scope::release);
    averages.clear();
  }
}
