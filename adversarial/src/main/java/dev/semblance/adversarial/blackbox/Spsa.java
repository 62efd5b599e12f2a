package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;

/**
 * Simultaneous perturbation: {@code g = mean (L(x + c v) - L(x - c v)) / (2 c) v} over random signs
 * v, climbed by Adam, each point projected on ball and box. L is less the margin, as in the paper.
 *
 * @param ball of the perturbation, any norm
 * @param pairs of sign vectors and their opposites in each step, at least 1
 * @param reach c, how far they are probed; above 0
 * @param rate of Adam, in units of the box; above 0
 * @param steps at most, each of {@code 2 pairs + 1} queries; at least 1
 * @param seed of the signs
 */
@Source(key = "uesato2018adversarial", where = "Section 3.1.2, Algorithm 1")
public record Spsa(Ball ball, int pairs, double reach, double rate, int steps, long seed)
    implements ScoreSearch {
  // kingma2015adam's, with the smaller constant that fits gradients of this size.
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double NEVER_ZERO = 1e-9;

  public Spsa {
    Check.atLeast("pairs", pairs, 1);
    Check.positive("reach", reach);
    Check.positive("rate", rate);
    Check.atLeast("steps", steps, 1);
  }

  /** c 0.01, Adam at 0.01, 128 queries a step (section 5.1 goes up to 8,192), 100 steps. */
  public static Spsa of(Ball ball, long seed) {
    return new Spsa(ball, 64, 0.01, 0.01, 100, seed);
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
        new PairedAscent.Plan(pairs, reach, steps, seed),
        Spsa::signs,
        new Adam(subject.width(), rate));
  }

  private static void signs(Rng rng, double[] direction) {
    int bits = 0;
    for (int i = 0; i < direction.length; i++) {
      bits = i % 32 == 0 ? rng.nextInt() : bits >>> 1;
      direction[i] = (bits & 1) == 1 ? 1 : -1;
    }
  }

  /** Adam's moments of one sample. */
  private static final class Adam implements PairedAscent.Move {
    private final double[] mean;
    private final double[] square;
    private final double rate;

    Adam(int width, double rate) {
      this.mean = new double[width];
      this.square = new double[width];
      this.rate = rate;
    }

    @Override
    public double[] next(double[] point, double[] gradient, int step) {
      double first = 1 - Math.pow(BETA1, step + 1);
      double second = 1 - Math.pow(BETA2, step + 1);
      double[] next = new double[point.length];
      for (int i = 0; i < next.length; i++) {
        mean[i] = BETA1 * mean[i] + (1 - BETA1) * gradient[i];
        square[i] = BETA2 * square[i] + (1 - BETA2) * gradient[i] * gradient[i];
        next[i] =
            point[i] + rate * (mean[i] / first) / (Math.sqrt(square[i] / second) + NEVER_ZERO);
      }
      return next;
    }
  }
}
