package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.L2;
import dev.semblance.adversarial.ball.Linf;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;
import org.jspecify.annotations.Nullable;

/**
 * Random search by squares: a candidate that changes one random square window is kept if it lowers
 * the margin. One query an iteration.
 *
 * <p>Windows begin large and shrink: their share of the image halves at iterations 10, 50, 200,
 * 500, 1,000, 2,000, 4,000, 6,000 and 8,000 of 10,000, rescaled to {@code iterations}. Candidates
 * lie on the edge of the ball.
 *
 * <p>Other than in the authors' code each sample has windows of its own, windows may touch the last
 * row and column, a window in the ball's corners is drawn again where it would change nothing, and
 * a target is approached by its margin.
 *
 * @param ball of the perturbation, Linf or L2
 * @param share of the image that the first windows cover, above 0 and at most 1
 * @param iterations images asked about, the first one included; at least 1
 * @param seed of the windows
 */
@Source(key = "andriushchenko2020square", where = "Algorithms 1-3")
public record Square(Ball ball, double share, int iterations, long seed) implements ScoreSearch {
  public Square {
    Check.between("share", share, 0, 1);
    Check.positive("share", share);
    Check.atLeast("iterations", iterations, 1);
    if (!(ball.norm() instanceof Linf) && !(ball.norm() instanceof L2)) {
      throw new IllegalArgumentException("ball must be linf or l2, got " + ball);
    }
  }

  /** 5,000 iterations as in croce2020reliable's ensemble. */
  public static Square of(Ball ball, long seed) {
    return of(ball, 5000, seed);
  }

  /**
   * First windows of 0.8 of the image, as in croce2020reliable's ensemble; in L2 of 0.1
   * (andriushchenko2020square, section 5).
   */
  public static Square of(Ball ball, int iterations, long seed) {
    return new Square(ball, ball.norm() instanceof L2 ? 0.1 : 0.8, iterations, seed);
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
    Windows windows =
        ball.norm() instanceof L2
            ? new EuclideanWindows(subject, ball.radius())
            : new CornerWindows(subject, ball.radius());
    return new RandomSearch(windows, subject.id());
  }

  /** The share of the image in iteration {@code t}, of which 0 is the first. */
  double shareAt(int t) {
    double of10000 = (double) t / iterations * 10_000;
    int[] ends = {10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000};
    double now = share;
    for (int end : ends) {
      now = of10000 > end ? now / 2 : now;
    }
    return now;
  }

  /** What a norm makes of windows. */
  interface Windows {
    /** Writes the first candidate. */
    void start(Rng rng, double[] into);

    /** Writes {@code best} with one window changed, about this share of the image. */
    void move(Rng rng, double share, double[] best, double[] into);
  }

  /** Keeps what lowers the margin. */
  private final class RandomSearch implements Search {
    private final Windows windows;
    private final long id;
    private double @Nullable [] best;
    private double margin = Double.POSITIVE_INFINITY;
    private int asked;

    RandomSearch(Windows windows, long id) {
      this.windows = windows;
      this.id = id;
    }

    @Override
    public int propose(long most) {
      return asked < iterations && margin >= 0 ? 1 : 0;
    }

    @Override
    public void probe(int j, double[] into) {
      Rng rng = Rng.of(seed, Rng.Purpose.ATTACK, id, asked);
      if (best == null) {
        windows.start(rng, into);
      } else {
        windows.move(rng, shareAt(asked), best, into);
      }
      asked++;
    }

    @Override
    public void absorb(int j, double[] image, double answer) {
      if (best == null) {
        best = new double[image.length];
      }
      if (answer < margin) {
        margin = answer;
        System.arraycopy(image, 0, best, 0, image.length);
      }
    }

    @Override
    public double @Nullable [] found() {
      return margin < 0 ? best : null;
    }

    @Override
    public int steps() {
      return asked;
    }

    @Override
    public @Nullable String reason() {
      return null;
    }
  }
}
