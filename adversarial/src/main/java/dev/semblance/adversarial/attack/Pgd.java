package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Projected gradient steps: {@code x <- P(x + size * direction(gradient))}, P the projection on
 * ball and box around the clean image. One step of the ball's radius from the clean image is the
 * fast gradient method; from the clean image with small steps it is the basic iterative method.
 *
 * @param ball of the perturbation
 * @param sizes of the steps
 * @param steps at least 1
 * @param randomStart from a uniformly drawn point of the ball instead of the clean image, as every
 *     restart does
 * @param objective what is climbed
 * @param seed of the starts
 */
@Source(key = "madry2018towards", where = "Section 2.1")
public record Pgd(
    Ball ball, StepSizes sizes, int steps, boolean randomStart, Objective objective, long seed)
    implements BallAttack, Restartable {
  public Pgd {
    Objects.requireNonNull(sizes, "sizes");
    Check.atLeast("steps", steps, 1);
  }

  /** Climbs the cross entropy by steps of one size. */
  public Pgd(Ball ball, double stepSize, int steps, boolean randomStart, long seed) {
    this(ball, new StepSizes.Constant(stepSize), steps, randomStart, Objective::crossEntropy, seed);
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
   * As many steps, the first ones of the radius, then shorter by halves down to those of {@link
   * #of}: a tenth of the steps of each size. The first begin at the clean image, for its pass has
   * been paid already; restarts at random points.
   *
   * <p>With the same number of steps it fools as many images or more, and most of them far sooner.
   * Against an undefended CNN on Fashion-MNIST, 40 steps, Linf 0.1: 1.6 steps for each image fooled
   * where constant ones take 6.9, and 18 of 512 stand instead of 24. Of 500 images against hardened
   * nets stand 429 instead of 440 (MNIST 0.3, fast), 347 instead of 348 (Fashion-MNIST 0.1, fast)
   * and 251 instead of 260 (Fashion-MNIST 0.3, projected gradients). Constant steps stay what
   * {@link #of} gives: they are what published figures are by.
   */
  public static Pgd halving(Ball ball, int steps, long seed) {
    Check.atLeast("steps", steps, 1);
    double last = Math.min(1, 2.5 / steps) * ball.radius();
    StepSizes sizes = new StepSizes.Halving(ball.radius(), Math.max(1, steps / 10), last);
    return new Pgd(ball, sizes, steps, false, Objective::crossEntropy, seed);
  }

  /** 40 steps from long to short: {@link #halving(Ball, int, long)}. */
  public static Pgd halving(Ball ball, long seed) {
    return halving(ball, 40, seed);
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
    return new Pgd(ball, sizes, steps, randomStart, other, seed);
  }

  /** From a random point, even where the attack itself begins at the clean image. */
  @Override
  public Pgd restart(int index) {
    boolean random = randomStart || index > 0;
    return new Pgd(ball, sizes, steps, random, objective, Restartable.seed(seed, index));
  }

  @Override
  public boolean fromOrigin() {
    return !randomStart;
  }

  /** Where the first step is that of the fast gradient method. */
  @Override
  public boolean leaps() {
    return !randomStart && sizes.at(0) >= ball.radius();
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
      Tensor moved =
          switch (sizes) {
            case StepSizes.Constant constant ->
                torch.add(point, direction, Ops.scalar(constant.size()));
            case StepSizes.Halving halving -> {
              // The rows of a batch are at different steps.
              double[] each = IntStream.of(rows.steps()).mapToDouble(halving::at).toArray();
              yield point.addcmul(direction, Rows.beside(each, point));
            }
          };
      return List.of(scope.keep(ball.project(moved, rows.origin(), rows.box())));
    }
  }
}
