package dev.semblance.core.train;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Adam and AdamW by libtorch's fused kernel: one call for all parameters. */
final class FusedAdam implements Optimizer.State {
  private final String operator;
  private final Averages averages;
  private final Tensor steps;
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
    this.averages = new Averages(parameters, "first", "second");
    try (Scope scope = Scope.open()) {
      this.steps = averages.own("steps", Ops.zeros(ScalarType.Float));
    }
  }

  @Override
  public void apply(double rate) {
    averages.apply(
        touched -> {
          steps.add_(Ops.scalar(1));
          new Boxed(operator)
              .tensors(touched.weights())
              .tensors(touched.gradients())
              .tensors(touched.averages().get(0))
              .tensors(touched.averages().get(1))
              .tensors(List.of())
              .tensors(Collections.nCopies(touched.weights().size(), steps))
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
        });
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
