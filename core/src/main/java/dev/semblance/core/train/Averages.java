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

/** The tensors of an optimizer's state: some running averages of each parameter, from 0. */
final class Averages implements AutoCloseable {
  private final List<Tensor> parameters;
  private final List<List<Tensor>> averages = new ArrayList<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /**
   * What has a gradient in this step, in lists as the fused kernels take them.
   *
   * @param averages by kind, each as long as the others
   */
  record Touched(List<Tensor> weights, List<Tensor> gradients, List<List<Tensor>> averages) {}

  /** One call for all parameters. */
  @FunctionalInterface
  interface Kernel {
    void call(Touched touched);
  }

  /** Averages named {@code kind.parameter}. */
  Averages(Map<String, Tensor> parameters, String... kinds) {
    this.parameters = List.copyOf(parameters.values());
    for (int k = 0; k < kinds.length; k++) {
      averages.add(new ArrayList<>());
    }
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      parameters.forEach(
          (name, parameter) -> {
            for (int k = 0; k < kinds.length; k++) {
              averages.get(k).add(own(kinds[k] + "." + name, torch.zeros_like(parameter)));
            }
          });
    }
  }

  /** Takes one more tensor of the state. */
  Tensor own(String name, Tensor tensor) {
    tensors.put(name, Scope.own(tensor));
    return tensor;
  }

  /** Calls {@code kernel} and forgets the gradients. */
  void apply(Kernel kernel) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Touched touched = new Touched(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      averages.forEach(kind -> touched.averages.add(new ArrayList<>()));
      for (int i = 0; i < parameters.size(); i++) {
        Tensor gradient = parameters.get(i).mutable_grad();
        if (gradient.defined()) {
          touched.weights.add(parameters.get(i));
          touched.gradients.add(gradient);
          for (int k = 0; k < averages.size(); k++) {
            touched.averages.get(k).add(averages.get(k).get(i));
          }
        }
      }
      kernel.call(touched);
      touched.gradients.forEach(Tensor::reset);
    }
  }

  /** All of it by name. */
  Map<String, Tensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  public void close() {
    tensors.values().forEach(Scope::release);
    tensors.clear();
  }
}
