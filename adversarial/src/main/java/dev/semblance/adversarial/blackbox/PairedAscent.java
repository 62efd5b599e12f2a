package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Climbs by a gradient that is estimated from pairs of images on both sides of the point: the mean
 * of {@code (L(x + width u) - L(x - width u)) / (2 width) u}, where L is less the margin.
 *
 * <p>Images are clamped to the box; of a direction that was cut short, what is left of it counts.
 * Each new point is asked about by itself, before its pairs.
 */
final class PairedAscent implements Search {
  /** What each round asks and how many there are. */
  record Plan(int pairs, double width, int steps, long seed) {}

  /** Fills a direction. */
  @FunctionalInterface
  interface Draw {
    void fill(Rng rng, double[] direction);
  }

  /** Where the gradient leads; to be projected. */
  @FunctionalInterface
  interface Move {
    double[] next(double[] point, double[] gradient, int step);
  }

  private final Subject subject;
  private final Ball ball;
  private final Plan plan;
  private final Draw draw;
  private final Move move;
  private final double[] direction;
  private final double[] up;
  private final double[] gradient;
  private double[] point;
  private double rise;
  private int step;
  private int pairs;
  private boolean checking;
  private boolean reached;
  private Rng rng;

  PairedAscent(Subject subject, Ball ball, Plan plan, Draw draw, Move move) {
    this.subject = subject;
    this.ball = ball;
    this.plan = plan;
    this.draw = draw;
    this.move = move;
    this.point = subject.image();
    this.direction = new double[point.length];
    this.up = new double[point.length];
    this.gradient = new double[point.length];
    this.rng = rng();
  }

  private Rng rng() {
    return Rng.of(plan.seed, Rng.Purpose.ATTACK, subject.id(), step);
  }

  @Override
  public int propose(long most) {
    if (reached) {
      return 0;
    }
    if (pairs > 0) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] /= pairs;
      }
      point = projected(move.next(point, gradient, step));
      step++;
      pairs = 0;
      checking = true;
      return 1;
    }
    checking = false;
    // One query is kept for the point that the pairs lead to.
    pairs = step < plan.steps ? (int) Math.min(plan.pairs, (most - 1) / 2) : 0;
    rng = rng();
    Arrays.fill(gradient, 0);
    return 2 * pairs;
  }

  private double[] projected(double[] candidate) {
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor origin = subject.tensor(subject.image());
            return Ops.toDoubles(ball.project(subject.tensor(candidate), origin, subject.box()));
          }
        });
  }

  @Override
  public void probe(int j, double[] into) {
    if (checking) {
      System.arraycopy(point, 0, into, 0, into.length);
      return;
    }
    if (j % 2 == 0) {
      draw.fill(rng, direction);
    }
    double reach = j % 2 == 0 ? plan.width : -plan.width;
    for (int i = 0; i < into.length; i++) {
      into[i] = subject.stored(point[i] + reach * direction[i]);
    }
  }

  @Override
  public void absorb(int j, double[] image, double margin) {
    if (checking) {
      reached = margin < 0;
    } else if (j % 2 == 0) {
      System.arraycopy(image, 0, up, 0, image.length);
      rise = -margin;
    } else {
      double slope = (rise + margin) / (2 * plan.width);
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] += slope * (up[i] - image[i]) / (2 * plan.width);
      }
    }
  }

  @Override
  public double @Nullable [] found() {
    return reached ? point : null;
  }

  @Override
  public int steps() {
    return step;
  }

  @Override
  public @Nullable String reason() {
    return null;
  }
}
