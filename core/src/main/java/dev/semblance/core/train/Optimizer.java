package dev.semblance.core.train;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.semblance.core.tensor.Check;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A rule that turns gradients into changes of weights: the configuration that {@link #over} makes a
 * state of.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Optimizer.Adam.class, name = "adam"),
  @JsonSubTypes.Type(value = Optimizer.AdamW.class, name = "adamw"),
  @JsonSubTypes.Type(value = Optimizer.Sgd.class, name = "sgd")
})
public sealed interface Optimizer {
  /** The base learning rate. */
  double rate();

  /** The same with {@code factor} times the base rate. */
  Optimizer faster(double factor);

  /** A fresh state for some parameters; it borrows them. */
  State over(Map<String, Tensor> parameters);

  /** Running averages and the update itself. */
  interface State extends AutoCloseable {
    /**
     * Changes every parameter that has a gradient and forgets the gradients.
     *
     * @param rate the learning rate of this step
     */
    void apply(double rate);

    /** The live state tensors by name. */
    Map<String, Tensor> tensors();

    @Override
    void close();
  }

  /**
   * Adam; weight decay, if any, is added to the gradient. Source: kingma2015adam, Algorithm 1.
   *
   * @param rate step size
   * @param beta1 decay of the first moment, in [0, 1)
   * @param beta2 decay of the second moment, in [0, 1)
   * @param epsilon added to the root of the second moment
   * @param weightDecay L2 penalty
   */
  record Adam(double rate, double beta1, double beta2, double epsilon, double weightDecay)
      implements Optimizer {
    public Adam {
      checkMoments(rate, beta1, beta2, epsilon, weightDecay);
    }

    /** The paper's defaults, at the given rate. */
    public static Adam of(double rate) {
      return new Adam(rate, 0.9, 0.999, 1e-8, 0);
    }

    @Override
    public Adam faster(double factor) {
      return new Adam(rate * factor, beta1, beta2, epsilon, weightDecay);
    }

    @Override
    public State over(Map<String, Tensor> parameters) {
      return new FusedAdam(parameters, "_fused_adam_", beta1, beta2, epsilon, weightDecay);
    }
  }

  /**
   * Adam with decoupled weight decay. Source: loshchilov2019decoupled, Algorithm 2; components as
   * in {@link Adam}.
   */
  record AdamW(double rate, double beta1, double beta2, double epsilon, double weightDecay)
      implements Optimizer {
    public AdamW {
      checkMoments(rate, beta1, beta2, epsilon, weightDecay);
    }

    /** Weight decay 0.01, the rest as in Adam. */
    public static AdamW of(double rate) {
      return new AdamW(rate, 0.9, 0.999, 1e-8, 0.01);
    }

    @Override
    public AdamW faster(double factor) {
      return new AdamW(rate * factor, beta1, beta2, epsilon, weightDecay);
    }

    @Override
    public State over(Map<String, Tensor> parameters) {
      return new FusedAdam(parameters, "_fused_adamw_", beta1, beta2, epsilon, weightDecay);
    }
  }

  /**
   * Stochastic gradient descent with momentum. Source: sutskever2013importance, Eqs. (1)-(4).
   *
   * @param rate step size
   * @param momentum in [0, 1)
   * @param nesterov looks ahead; needs momentum > 0
   * @param weightDecay L2 penalty
   */
  record Sgd(double rate, double momentum, boolean nesterov, double weightDecay)
      implements Optimizer {
    public Sgd {
      Check.positive("rate", rate);
      Check.between("momentum", momentum, 0, Math.nextDown(1.0));
      Check.notNegative("weightDecay", weightDecay);
      if (nesterov && momentum == 0) {
        throw new IllegalArgumentException("nesterov needs momentum > 0, got momentum 0.0");
      }
    }

    /** Momentum 0.9 with look-ahead, weight decay 5e-4. */
    public static Sgd of(double rate) {
      return new Sgd(rate, 0.9, true, 5e-4);
    }

    @Override
    public Sgd faster(double factor) {
      return new Sgd(rate * factor, momentum, nesterov, weightDecay);
    }

    @Override
    public State over(Map<String, Tensor> parameters) {
      return new FusedSgd(parameters, momentum, nesterov, weightDecay);
    }
  }

  private static void checkMoments(
      double rate, double beta1, double beta2, double epsilon, double weightDecay) {
    Check.positive("rate", rate);
    Check.between("beta1", beta1, 0, Math.nextDown(1.0));
    Check.between("beta2", beta2, 0, Math.nextDown(1.0));
    Check.positive("epsilon", epsilon);
    Check.notNegative("weightDecay", weightDecay);
  }
}
