package dev.semblance.adversarial.universal;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Moves of a perturbation that stay in its ball. */
final class Walk {
  private Walk() {}

  /** One step uphill, of {@code size} in the ball's norm, and back into the ball around 0. */
  static Tensor step(Ball ball, Tensor v, Tensor gradient, double size, Box box) {
    try (Scope scope = Scope.open()) {
      Box wide = differences(box);
      Tensor direction = ball.norm().ascent(gradient, v, wide);
      return scope.keep(inside(ball, torch.add(v, direction, Ops.scalar(size)), box));
    }
  }

  /** The nearest perturbation in the ball around 0, rounded inwards. */
  static Tensor inside(Ball ball, Tensor v, Box box) {
    try (Scope scope = Scope.open()) {
      return scope.keep(ball.project(v, torch.zeros_like(v), differences(box)));
    }
  }

  /** What two images in the box can differ by. */
  private static Box differences(Box box) {
    return new Box(-box.width(), box.width());
  }
}
