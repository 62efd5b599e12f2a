package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Projected steps along a running sum of gradients, each in units of its own L1 norm: {@code G <-
 * decay G + g / |g|_1; x <- P(x + stepSize * direction(G))}. What it finds carries over to other
 * models better than what plain steps find. With decay 0 it is the basic iterative method.
 *
 * @param ball of the perturbation
 * @param stepSize in the ball's norm, above 0
 * @param steps at least 1
 * @param decay of the sum, at least 0
 * @param objective what is climbed
 */
@Source(key = "dong2018boosting", where = "Algorithm 1, Eq. (6)-(7)")
public record Momentum(Ball ball, double stepSize, int steps, double decay, Objective objective)
    implements BallAttack {
  public Momentum {
    Check.positive("stepSize", stepSize);
    Check.atLeast("steps", steps, 1);
    Check.notNegative("decay", decay);
    Objects.requireNonNull(objective, "objective");
  }

  /** Ten steps of a tenth of the radius, decay 1: section 4.1. */
  public static Momentum of(Ball ball) {
    return new Momentum(ball, ball.radius() / 10, 10, 1, Objective::crossEntropy);
  }

  @Override
  public boolean fromOrigin() {
    return true;
  }

  /** The point and the sum of gradients. */
  @Override
  public List<Tensor> start(Rows rows) {
    try (Scope scope = Scope.open()) {
      return List.of(rows.origin(), scope.keep(torch.zeros_like(rows.origin())));
    }
  }

  @Override
  public List<Tensor> advance(Rows rows, List<Tensor> state, Evaluation at) {
    try (Scope scope = Scope.open()) {
      Tensor point = state.getFirst();
      Tensor gradient = at.slope(logits -> objective.of(logits, rows.aim())).gradient();
      // Scaled by its largest value first: the sum of tiny gradients would round to zero.
      Tensor most = gradient.abs().flatten(1, -1).amax(new long[] {1}, false);
      Tensor scaled = gradient.div(Rows.beside(most.add(most.eq(Ops.scalar(0))), gradient));
      Tensor size = scaled.abs().flatten(1, -1).sum(1);
      Tensor unit = scaled.div(Rows.beside(size.add(size.eq(Ops.scalar(0))), gradient));
      Tensor sum = state.get(1).mul(Ops.scalar(decay)).add(unit); // Eq. (6)
      Tensor direction = ball.norm().ascent(sum, point, rows.box());
      Tensor moved = torch.add(point, direction, Ops.scalar(stepSize)); // Eq. (7)
      return List.of(scope.keep(ball.project(moved, rows.origin(), rows.box())), scope.keep(sum));
    }
  }
}
