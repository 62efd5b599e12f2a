package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * Projected gradient steps along a gradient estimated by natural evolution strategies: {@code g =
 * 1/(n sigma) sum_j L(x + sigma u_j) u_j} over n/2 normal directions and their opposites, then
 * {@code x <- P(x + stepSize direction(g))}.
 *
 * <p>L is less the margin, not the cross entropy of the paper: it does not saturate, and labels and
 * probabilities serve as well as logits.
 *
 * @param ball of the perturbation, any norm
 * @param pairs of directions and their opposites in each step, at least 1
 * @param sigma how far the directions are probed, above 0
 * @param stepSize in the ball's norm, above 0
 * @param steps at most, each of {@code 2 pairs + 1} queries; at least 1
 * @param seed of the directions
 */
@Source(key = "ilyas2018blackbox", where = "Section 2.2, Algorithm 1")
public record Nes(Ball ball, int pairs, double sigma, double stepSize, int steps, long seed)
    implements ScoreSearch {
  public Nes {
    Check.atLeast("pairs", pairs, 1);
    Check.positive("sigma", sigma);
    Check.positive("stepSize", stepSize);
    Check.atLeast("steps", steps, 1);
  }

  /**
   * 25 pairs, sigma 0.001, steps of a fifth of the radius (Table 3: learning rate 0.01 at radius
   * 0.05), as many as 10,000 queries allow.
   */
  public static Nes of(Ball ball, long seed) {
    return new Nes(ball, 25, 0.001, ball.radius() / 5, 196, seed);
  }

  @Override
  public Norm norm() {
    return ball.norm();
  }

  @Override
  public double radius() {
    return ball.radius();
  }

  @Override
  public Search search(Subject subject) {
    return new PairedAscent(
        subject,
        ball,
        new PairedAscent.Plan(pairs, sigma, steps, seed),
        Nes::normal,
        (point, gradient, step) -> stepped(subject, point, gradient));
  }

  private static void normal(Rng rng, double[] direction) {
    for (int i = 0; i < direction.length; i++) {
      direction[i] = rng.gaussian();
    }
  }

  private double[] stepped(Subject subject, double[] point, double[] gradient) {
    double[] next = point.clone();
    double[] direction =
        Ops.withoutGradient(
            () -> {
              try (Scope scope = Scope.open()) {
                Tensor slope = Ops.doubles(gradient, subject.batchShape());
                Tensor at = Ops.doubles(point, subject.batchShape());
                return Ops.toDoubles(ball.norm().ascent(slope, at, subject.box()));
              }
            });
    for (int i = 0; i < next.length; i++) {
      next[i] += stepSize * direction[i];
    }
    return next;
  }
}
