package dev.semblance.adversarial.defend;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Moves the weights uphill before the gradient is taken: every matrix and kernel w by {@code gamma
 * ||w|| g / ||g||}. The gradient found there is applied to the weights as they were.
 *
 * <p>Vectors (biases, normalisation) stay, as in the paper's code. Differs from it by no detour
 * over the step of an optimizer, whose rate cancels.
 *
 * @param gamma relative size of the move, at least 0
 */
@Source(key = "wu2020awp", where = "Eqs. (8)-(11)")
public record WeightAdversary(double gamma) {
  public WeightAdversary {
    Check.notNegative("gamma", gamma);
  }

  /** 0.01, as for adversarial training in wu2020awp, section 4.2; 0.005 with TRADES. */
  public static WeightAdversary of() {
    return new WeightAdversary(0.01);
  }

  /** Weights that stand elsewhere until this is closed. */
  public static final class Moved implements AutoCloseable {
    private final List<Tensor> weights = new ArrayList<>();
    private final List<Tensor> before = new ArrayList<>();

    private Moved() {}

    private void remember(Tensor weight) {
      weights.add(weight);
      before.add(weight.detach().clone());
    }

    private void putBack() {
      for (int i = 0; i < weights.size(); i++) {
        weights.get(i).copy_(before.get(i));
      }
    }

    @Override
    public void close() {
      Ops.withoutGradient(this::putBack);
    }
  }

  /**
   * Takes one step up {@code loss}. Gradients of the parameters are left alone, and buffers are put
   * back to what they were before {@code loss} ran.
   *
   * @param loss of the weights as they are, differentiable
   */
  public Moved climb(Weights weights, Supplier<Tensor> loss) {
    List<Tensor> matrices =
        weights.parameters().values().stream().filter(weight -> weight.dim() > 1).toList();
    Moved buffers = new Moved();
    Moved moved = new Moved();
    for (Map.Entry<String, Tensor> buffer : weights.buffers().entrySet()) {
      buffers.remember(buffer.getValue());
    }
    matrices.forEach(moved::remember);
    try (Scope scope = Scope.open()) {
      TensorVector gradients =
          torch.grad(
              new TensorVector(loss.get()), new TensorVector(matrices.toArray(Tensor[]::new)));
      buffers.close();
      Ops.withoutGradient(
          () -> {
            for (int i = 0; i < matrices.size(); i++) {
              move(matrices.get(i), gradients.get(i));
            }
          });
    }
    return moved;
  }

  private void move(Tensor weight, Tensor gradient) {
    double length = gradient.norm().item_double();
    if (length > 0) {
      weight.add_(gradient, Ops.scalar(gamma * weight.norm().item_double() / length)); // Eq. (10)
    }
  }
}
