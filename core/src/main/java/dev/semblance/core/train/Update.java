package dev.semblance.core.train;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * From gradients to weights: clip, schedule, optimize. A learner with two players has two of these.
 *
 * <p>Borrows the parameters, owns the optimizer's state.
 */
public final class Update implements AutoCloseable {
  private final Map<String, Tensor> parameters;
  private final Config config;
  private final long totalSteps;
  private final Optimizer.State optimizer;

  /**
   * How to update.
   *
   * @param optimizer with its base rate
   * @param schedule over the whole run
   * @param clipNorm largest Euclidean norm of all gradients together; infinite: no clipping
   */
  public record Config(Optimizer optimizer, Schedule schedule, double clipNorm) {
    public Config {
      if (!(clipNorm > 0)) {
        throw new IllegalArgumentException("clipNorm must be > 0 (infinite: off), got " + clipNorm);
      }
    }

    /** The same with {@code factor} times the learning rate. */
    public Config faster(double factor) {
      return new Config(optimizer.faster(factor), schedule, clipNorm);
    }
  }

  /** An update of {@code parameters} over {@code totalSteps} steps. */
  public Update(Map<String, Tensor> parameters, Config config, long totalSteps) {
    this.parameters = parameters;
    this.config = config;
    this.totalSteps = Check.atLeast("totalSteps", totalSteps, 1);
    this.optimizer = config.optimizer.over(parameters);
  }

  /** The learning rate of a step. */
  public double rate(long step) {
    return config.optimizer.rate() * config.schedule.factor(step, totalSteps);
  }

  /** Applies the gradients that backward left in the parameters, and forgets them. */
  public void apply(long step) {
    if (config.clipNorm < Double.POSITIVE_INFINITY) {
      clip();
    }
    optimizer.apply(rate(step));
  }

  private void clip() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      double squares = 0;
      for (Tensor parameter : parameters.values()) {
        Tensor gradient = parameter.mutable_grad();
        if (gradient.defined()) {
          double norm = gradient.norm().item_double();
          squares += norm * norm;
        }
      }
      double norm = Math.sqrt(squares);
      if (norm > config.clipNorm) {
        for (Tensor parameter : parameters.values()) {
          Tensor gradient = parameter.mutable_grad();
          if (gradient.defined()) {
            gradient.mul_(Ops.scalar(config.clipNorm / norm));
          }
        }
      }
    }
  }

  /** The optimizer's live state tensors by name. */
  public Map<String, Tensor> state() {
    return optimizer.tensors();
  }

  @Override
  public void close() {
    optimizer.close();
  }
}
