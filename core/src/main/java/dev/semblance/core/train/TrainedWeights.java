package dev.semblance.core.train;

import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Scope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Weights in training: their update and their averages, which most learners have one of.
 *
 * <p>Borrows the weights; owns the state of update and averages until it is closed.
 */
public final class TrainedWeights implements AutoCloseable {
  private final Weights weights;
  private final Update update;
  private final @Nullable Ema ema;

  /**
   * All parameters of {@code weights} are trained.
   *
   * @param emaDecay of the averages, in [0, 1); 0: none are kept
   * @param updates in the whole run
   */
  public TrainedWeights(Weights weights, Update.Config update, double emaDecay, long updates) {
    this.weights = weights;
    this.update = new Update(weights.parameters(), update, updates);
    this.ema = emaDecay > 0 ? new Ema(emaDecay, weights) : null;
  }

  /** Applies the gradients that backward left in the parameters. */
  public void update(long number) {
    update.apply(number);
    if (ema != null) {
      ema.update(number);
    }
  }

  /** The learning rate of an update. */
  public double rate(long number) {
    return update.rate(number);
  }

  /** Lets the averages begin at the present weights: for what is set by data before the first. */
  public void averageFromHere() {
    if (ema != null) {
      Map<String, Tensor> present = weights.all();
      try (Scope scope = Scope.open();
          NoGradGuard guard = new NoGradGuard()) {
        ema.averages()
            .forEach((name, average) -> average.copy_(Objects.requireNonNull(present.get(name))));
      }
    }
  }

  /**
   * The weights to be used: the averages where they are kept, else those in training. Live tensors,
   * by the names of the weights.
   */
  public Map<String, Tensor> used() {
    return ema == null ? weights.all() : ema.averages();
  }

  /** Every tensor that the next update depends on, by name. */
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    weights.all().forEach((name, tensor) -> state.put("net." + name, tensor));
    update.state().forEach((name, tensor) -> state.put("update." + name, tensor));
    if (ema != null) {
      ema.averages().forEach((name, tensor) -> state.put("ema." + name, tensor));
    }
    return state;
  }

  @Override
  public void close() {
    update.close();
    if (ema != null) {
      ema.close();
    }
  }
}
