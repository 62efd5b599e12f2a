package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Projected gradient steps: {@code x <- P(x + stepSize * direction(gradient))}, P the projection on
 * ball and box around the clean image. One step of the ball's radius from the clean image is the
 * fast gradient method; from the clean image with small steps it is the basic iterative method.
 *
 * @param ball of the perturbation
 * @param stepSize in the ball's norm, above 0
 * @param steps at least 1
 * @param randomStart from a uniformly drawn point of the ball instead of the clean image
 * @param objective what is climbed
 * @param seed of the starts
 */
@Source(key = "madry2018towards", where = "Section 2.1")
public record Pgd(
    Ball ball, double stepSize, int steps, boolean randomStart, Objective objective, long seed)
    implements BallAttack, Restartable {
  public Pgd {
    Check.positive("stepSize", stepSize);
    Check.atLeast("steps", steps, 1);
  }

  /** Climbs the cross entropy. */
  public Pgd(Ball ball, double stepSize, int steps, boolean randomStart, long seed) {
    this(ball, stepSize, steps, randomStart, Objective::crossEntropy, seed);
  }

  /** 40 steps of 2.5 radius / 40, random start: enough to cross the ball and come back. */
  public static Pgd of(Ball ball, long seed) {
    return of(ball, 40, seed);
  }

  /** Steps of {@code 2.5 radius / steps}, random start. */
  public static Pgd of(Ball ball, int steps, long seed) {
    return new Pgd(ball, 2.5 * ball.radius() / Check.atLeast("steps", steps, 1), steps, true, seed);
  }

  /**
   * The fast gradient method (goodfellow2015explaining, Section 4): one step to the ball's edge.
   */
  public static Pgd fast(Ball ball) {
    return new Pgd(ball, ball.radius(), 1, false, 0);
  }

  /**
   * The basic iterative method (kurakin2017physical, Section 2.2): steps of one grey level, {@code
   * min(E + 4, 1.25 E)} of them where {@code E = 255 radius}.
   */
  public static Pgd basic(Ball ball) {
    double levels = 255 * ball.radius();
    int steps = (int) Math.max(1, Math.round(Math.min(levels + 4, 1.25 * levels)));
    return new Pgd(ball, Math.min(1.0 / 255, ball.radius()), steps, false, 0);
  }

  /** The same, climbing {@code other}. */
  public Pgd withObjective(Objective other) {
    return new Pgd(ball, stepSize, steps, randomStart, other, seed);
  }

  @Override
  public Pgd restart(int index) {
    return new Pgd(ball, stepSize, steps, randomStart, objective, Restartable.seed(seed, index));
  }

  @Override
  public List<Tensor> start(Rows rows) {
    return List.of(randomStart ? rows.randomPoint(ball, seed) : rows.origin());
  }

  @Override
  public List<Tensor> advance(Rows rows, List<Tensor> state, Evaluation at) {
    try (Scope scope = Scope.open()) {
      Tensor point = state.getFirst();
      Tensor gradient = at.slope(logits -> objective.of(logits, rows.aim())).gradient();
      Tensor direction = ball.norm().ascent(gradient, point, rows.box());
      Tensor moved = torch.add(point, direction, Ops.scalar(stepSize));
      return List.of(scope.keep(ball.project(moved, rows.origin(), rows.box())));
    }
  }
}
