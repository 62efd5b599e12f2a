package dev.semblance.core.train;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Stochastic gradient descent by libtorch's fused kernel. */
final class FusedSgd implements Optimizer.State {
  private final Averages averages;
  private final double momentum;
  private final boolean nesterov;
  private final double weightDecay;

  FusedSgd(Map<String, Tensor> parameters, double momentum, boolean nesterov, double weightDecay) {
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.weightDecay = weightDecay;
    // From zero velocity the first step is the plain gradient, so no first-step case is needed.
    this.averages = momentum > 0 ? new Averages(parameters, "velocity") : new Averages(parameters);
  }

  @Override
  public void apply(double rate) {
    averages.apply(
        touched ->
            new Boxed("_fused_sgd_")
                .tensors(touched.weights())
                .tensors(touched.gradients())
                .tensors(momentum > 0 ? touched.averages().getFirst() : List.of())
                .number(weightDecay)
                .number(momentum)
                .number(rate)
                .number(0)
                .flag(nesterov)
                .flag(false)
                .flag(false)
                .none()
                .none()
                .call());
  }

  @Override
  public Map<String, Tensor> tensors() {
    return averages.tensors();
  }

  @Override
  public void close() {
    averages.close();
  }
}
