package dev.semblance.adversarial.goal;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The class that the model finds least likely on the clean image; fixed there, however the logits
 * change on the way. Where that is the true class already, the second least likely.
 */
@Source(key = "kurakin2017scale", where = "Section 2, step l.l.")
public record LeastLikely() implements ClassGoal {
  @Override
  public Aim resolve(Tensor cleanLogits, Tensor labels) {
    try (Scope scope = Scope.open()) {
      Tensor others =
          cleanLogits
              .detach()
              .scatter(1, labels.unsqueeze(1), Ops.scalar(Double.POSITIVE_INFINITY));
      Tensor targets = torch.argmin(others, new LongOptional(1), false);
      return new Aim(scope.keep(targets), true);
    }
  }
}
