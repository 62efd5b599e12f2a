package dev.semblance.core.train;

import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Stochastic gradient descent by libtorch's fused kernel. */
final class FusedSgd implements Optimizer.State {
  private final List<Tensor> parameters;
  private final List<Tensor> velocities = new ArrayList<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final double momentum;
  private final boolean nesterov;
  private final double weightDecay;

  FusedSgd(Map<String, Tensor> parameters, double momentum, boolean nesterov, double weightDecay) {
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.weightDecay = weightDecay;
    this.parameters = List.copyOf(parameters.values());
    if (momentum > 0) {
      try (Scope scope = Scope.open();
          NoGradGuard guard = new NoGradGuard()) {
        // From zero velocity the first step is the plain gradient, so no first-step case is needed.
        parameters.forEach(
            (name, parameter) -> {
              Tensor velocity = Scope.own(torch.zeros_like(parameter));
              velocities.add(velocity);
              tensors.put("velocity." + name, velocity);
            });
      }
    }
  }

  @Override
  public void apply(double rate) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      List<Tensor> weights = new ArrayList<>();
      List<Tensor> gradients = new ArrayList<>();
      List<Tensor> moving = new ArrayList<>();
      for (int i = 0; i < parameters.size(); i++) {
        Tensor gradient = parameters.get(i).mutable_grad();
        if (gradient.defined()) {
          weights.add(parameters.get(i));
          gradients.add(gradient);
          if (momentum > 0) {
            moving.add(velocities.get(i));
          }
        }
      }
      new Boxed("_fused_sgd_")
          .tensors(weights)
          .tensors(gradients)
          .tensors(moving)
          .number(weightDecay)
          .number(momentum)
          .number(rate)
          .number(0)
          .flag(nesterov)
          .flag(false)
          .flag(false)
          .none()
          .none()
          .call();
      gradients.forEach(Tensor::reset);
    }
  }

  @Override
  public Map<String, Tensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  public void close() {
    tensors.values().forEach(Scope::release);
    tensors.clear();
  }
}
