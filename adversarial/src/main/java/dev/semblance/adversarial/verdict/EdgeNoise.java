package dev.semblance.adversarial.verdict;

import dev.semblance.adversarial.attack.Evaluation;
import dev.semblance.adversarial.attack.RowAttack;
import dev.semblance.adversarial.attack.Rows;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One random point on the ball's edge, where the steepest step of a random gradient ends: what an
 * attack has to be better than.
 *
 * @param ball of the perturbation
 * @param seed of the draws
 */
record EdgeNoise(Ball ball, long seed) implements RowAttack {
  private static final int DRAW = 9;

  @Override
  public Norm norm() {
    return ball.norm();
  }

  @Override
  public double radius() {
    return ball.radius();
  }

  @Override
  public int steps() {
    return 0;
  }

  @Override
  public List<Tensor> start(Rows rows) {
    try (Scope scope = Scope.open()) {
      Tensor origin = rows.origin();
      int width = Math.toIntExact(origin.numel() / rows.size());
      double[] values = new double[rows.size() * width];
      for (int r = 0; r < rows.size(); r++) {
        Rng rng = Rng.of(seed, Rng.Purpose.START, rows.ids()[r], DRAW);
        for (int j = 0; j < width; j++) {
          values[r * width + j] = rng.gaussian();
        }
      }
      Tensor gradient = Ops.doubles(values, origin.shape()).to(origin.scalar_type());
      Tensor direction = ball.norm().ascent(gradient, origin, rows.box());
      Tensor moved = torch.add(origin, direction, Ops.scalar(ball.radius()));
      return List.of(scope.keep(ball.project(moved, origin, rows.box())));
    }
  }

  @Override
  public List<Tensor> advance(Rows rows, List<Tensor> state, Evaluation at) {
    throw new IllegalStateException("noise has no second step");
  }
}
