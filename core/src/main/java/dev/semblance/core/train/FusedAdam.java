package dev.semblance.core.train;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Adam and AdamW by libtorch's fused kernel: one call for all parameters. */
final class FusedAdam implements Optimizer.State {
  private final String operator;
  private final List<Tensor> parameters;
  private final List<Tensor> first = new ArrayList<>();
  private final List<Tensor> second = new ArrayList<>();
  private final Tensor steps;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final double weightDecay;

  FusedAdam(
      Map<String, Tensor> parameters,
      String operator,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay) {
    this.operator = operator;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.weightDecay = weightDecay;
    this.parameters = List.copyOf(parameters.values());
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      parameters.forEach(
          (name, parameter) -> {
            first.add(own("first." + name, torch.zeros_like(parameter)));
            second.add(own("second." + name, torch.zeros_like(parameter)));
          });
      this.steps = own("steps", Ops.zeros(ScalarType.Float));
    }
  }

  private Tensor own(String name, Tensor tensor) {
    tensors.put(name, Scope.own(tensor));
    return tensor;
  }

  @Override
  public void apply(double rate) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      List<Tensor> weights = new ArrayList<>();
      List<Tensor> gradients = new ArrayList<>();
      List<Tensor> firsts = new ArrayList<>();
      List<Tensor> seconds = new ArrayList<>();
      for (int i = 0; i < parameters.size(); i++) {
        Tensor gradient = parameters.get(i).mutable_grad();
        if (gradient.defined()) {
          weights.add(parameters.get(i));
          gradients.add(gradient);
          firsts.add(first.get(i));
          seconds.add(second.get(i));
        }
      }
      steps.add_(Ops.scalar(1));
      new Boxed(operator)
          .tensors(weights)
          .tensors(gradients)
          .tensors(firsts)
          .tensors(seconds)
          .tensors(List.of())
          .tensors(Collections.nCopies(weights.size(), steps))
          .number(rate)
          .number(beta1)
          .number(beta2)
          .number(weightDecay)
          .number(epsilon)
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
