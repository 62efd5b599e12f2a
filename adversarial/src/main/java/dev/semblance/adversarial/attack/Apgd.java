package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.L0;
import dev.semblance.adversarial.ball.L1;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Projected gradient steps with momentum whose length is halved, sample by sample, when it brings
 * nothing more: {@code z = P(x_i + eta dir(g)); x_{i+1} = P(x_i + a (z - x_i) + (1 - a) (x_i -
 * x_{i-1}))}. At checkpoints, if the loss rose in too few of the steps since the last one, or its
 * maximum has not grown and the step was not halved there, the step is halved and the search goes
 * on at the best point so far.
 *
 * <p>In L1 each step moves a share of the values, as many as the best point so far changes over
 * 1.5; there is no momentum, and the radius comes down to the ball's in three stages. Towards a
 * target the loss is that of the target.
 *
 * @param ball Linf, L2 or L1
 * @param steps at least 1
 * @param loss what is climbed
 * @param rho the share of steps that must bring something, in 0..1
 * @param seed of the starting points
 */
@Source(key = "croce2020reliable", where = "Algorithm 1")
@Source(key = "croce2021mind", where = "Algorithm 2 (L1)")
public record Apgd(Ball ball, int steps, Loss loss, double rho, long seed)
    implements BallAttack, Restartable {
  /** Classes that the targeted ratio is tried for: croce2020reliable, section 4. */
  public static final int TARGETS = 9;

  private static final double MOMENTUM = 0.75; // a, section 3.1
  private static final double FIRST_SHARE = 0.2; // croce2021mind, section 4.2
  private static final double[] STAGE_ENDS = {0.3, 0.6}; // croce2021mind, section 4.3
  private static final double[] STAGE_RADII = {3, 2, 1};

  public Apgd {
    if (ball.norm() instanceof L0) {
      throw new IllegalArgumentException("ball must be linf, l2 or l1, got " + ball);
    }
    Check.atLeast("steps", steps, 1);
    Objects.requireNonNull(loss, "loss");
    Check.between("rho", rho, 0, 1);
  }

  /** 100 steps, rho 0.75 (croce2020reliable, section 3.1) on the cross entropy. */
  public static Apgd of(Ball ball, long seed) {
    return new Apgd(ball, 100, new Loss.CrossEntropy(), 0.75, seed);
  }

  /** The same with another loss. */
  public Apgd withLoss(Loss other) {
    return new Apgd(ball, steps, other, rho, seed);
  }

  /** The same with another number of steps. */
  public Apgd withSteps(int other) {
    return new Apgd(ball, other, loss, rho, seed);
  }

  /** On the targeted ratio for the nine likeliest other classes in turn, 100 steps each. */
  public static ByRank targeted(Ball ball, long seed) {
    return of(ball, seed).targeted(TARGETS);
  }

  /** The same on the targeted ratio, for each of so many likeliest other classes in turn. */
  public ByRank targeted(int most) {
    return new ByRank(rank -> withLoss(new Loss.TargetedRatio(rank)), most);
  }

  @Override
  public Apgd restart(int index) {
    return new Apgd(ball, steps, loss, rho, Restartable.seed(seed, index));
  }

  @Override
  public void refuse(Classifier model) {
    if (model.classes() < loss.leastClasses()) {
      throw new IllegalArgumentException(
          "model must tell at least "
              + loss.leastClasses()
              + " classes apart for "
              + loss
              + ", got "
              + model.classes()
              + "; take the cross entropy");
    }
  }

  /** What a row carries along besides its images: one line of a float64 [m, 8]. */
  private enum Number {
    STEP,
    BEST,
    LAST,
    RISES,
    HALVED,
    BEST_AT_CHECK,
    SHARE,
    CHANGED
  }

  /** The point, the one before it, the best so far and its gradient, and the numbers. */
  @Override
  public List<Tensor> start(Rows rows) {
    try (Scope scope = Scope.open()) {
      double first = radius(0);
      Tensor point = rows.randomPoint(ball.withRadius(first), seed);
      double[] numbers = new double[rows.size() * Number.values().length];
      for (int r = 0; r < rows.size(); r++) {
        // Twice the radius; in L1 once (croce2020reliable, section 3.1; croce2021mind).
        numbers[at(r, Number.STEP)] = sparse() ? first : 2 * first;
        numbers[at(r, Number.BEST)] = Double.NEGATIVE_INFINITY;
        numbers[at(r, Number.SHARE)] = FIRST_SHARE;
        numbers[at(r, Number.CHANGED)] = point.numel() / (double) rows.size();
      }
      scope.keep(point);
      return List.of(
          point,
          point,
          point,
          scope.keep(point.mul(Ops.scalar(0))),
          scope.keep(Ops.doubles(numbers, rows.size(), Number.values().length)));
    }
  }

  @Override
  public List<Tensor> advance(Rows rows, List<Tensor> state, Evaluation at) {
    try (Scope scope = Scope.open()) {
      Evaluation.Slope slope = at.slope(logits -> loss.of(logits, rows));
      double[] values = Ops.toDoubles(slope.value());
      double[] numbers = Ops.toDoubles(state.get(4));
      int m = rows.size();
      boolean[] best = new boolean[m];
      for (int r = 0; r < m; r++) {
        best[r] = values[r] > numbers[at(r, Number.BEST)];
        note(numbers, r, values[r], rows.steps()[r]);
      }
      Tensor bestPoint = Rows.either(best, state.getFirst(), state.get(2));
      Tensor bestGradient = Rows.either(best, slope.gradient(), state.get(3));
      boolean[] back = sparse() ? null : checked(numbers, rows);
      if (back == null) {
        back = checkedSparse(numbers, rows, bestPoint);
      }
      Tensor point = Rows.either(back, bestPoint, state.getFirst());
      Tensor gradient = Rows.either(back, bestGradient, slope.gradient());
      Tensor next =
          sparse()
              ? sparseStep(rows, point, gradient, bestPoint, numbers)
              : step(rows, point, state.get(1), gradient, numbers);
      List<Tensor> after = new ArrayList<>();
      for (Tensor tensor : List.of(next, point, bestPoint, bestGradient)) {
        after.add(scope.keep(tensor));
      }
      after.add(scope.keep(Ops.doubles(numbers, m, Number.values().length)));
      return after;
    }
  }

  private static void note(double[] numbers, int r, double value, int step) {
    if (step > 0 && value > numbers[at(r, Number.LAST)]) {
      numbers[at(r, Number.RISES)]++;
    }
    numbers[at(r, Number.LAST)] = value;
    numbers[at(r, Number.BEST)] = Math.max(value, numbers[at(r, Number.BEST)]);
    if (step == 0) {
      numbers[at(r, Number.BEST_AT_CHECK)] = value;
    }
  }

  /** Halves steps where a checkpoint says so; which rows go back to their best point. */
  private boolean[] checked(double[] numbers, Rows rows) {
    boolean[] back = new boolean[rows.size()];
    int[] checkpoints = checkpoints(steps);
    for (int r = 0; r < back.length; r++) {
      for (int j = 0; j < checkpoints.length; j++) {
        if (checkpoints[j] == rows.steps()[r]) {
          int since = checkpoints[j] - (j == 0 ? 0 : checkpoints[j - 1]);
          double best = numbers[at(r, Number.BEST)];
          boolean few = numbers[at(r, Number.RISES)] < rho * since; // condition 1
          boolean stuck = // condition 2
              numbers[at(r, Number.HALVED)] == 0 && numbers[at(r, Number.BEST_AT_CHECK)] == best;
          back[r] = few || stuck;
          numbers[at(r, Number.STEP)] *= back[r] ? 0.5 : 1;
          numbers[at(r, Number.HALVED)] = back[r] ? 1 : 0;
          numbers[at(r, Number.BEST_AT_CHECK)] = best;
          numbers[at(r, Number.RISES)] = 0;
        }
      }
    }
    return back;
  }

  /** Steps after which the step size is looked at: 22, 41, 57, 70, 80, 87, 93, 99 of 100. */
  static int[] checkpoints(int steps) {
    List<Integer> points = new ArrayList<>();
    double before = 0;
    double now = 0.22;
    while (now < 1) {
      int point = (int) Math.ceil(now * steps - 1e-9);
      if (point < steps && (points.isEmpty() || point > points.getLast())) {
        points.add(point);
      }
      double next = now + Math.max(now - before - 0.03, 0.06);
      before = now;
      now = next;
    }
    return points.stream().mapToInt(Integer::intValue).toArray();
  }

  private Tensor step(Rows rows, Tensor point, Tensor previous, Tensor gradient, double[] numbers) {
    double[] inertia = new double[rows.size()];
    double[] length = new double[rows.size()];
    for (int r = 0; r < inertia.length; r++) {
      inertia[r] = rows.steps()[r] == 0 ? 0 : 1 - MOMENTUM;
      length[r] = numbers[at(r, Number.STEP)];
    }
    Tensor direction = ball.norm().ascent(gradient, point, rows.box());
    Tensor ahead = point.add(direction.mul(Rows.beside(length, point)));
    Tensor z = ball.project(ahead, rows.origin(), rows.box());
    Tensor share = Rows.beside(inertia, point);
    Tensor onward = z.sub(point).mul(share.neg().add(Ops.scalar(1)));
    Tensor moved = point.add(onward).add(point.sub(previous).mul(share));
    return ball.project(moved, rows.origin(), rows.box());
  }

  /** Adapts the share of values that move; which rows go back to their best point. */
  private boolean[] checkedSparse(double[] numbers, Rows rows, Tensor bestPoint) {
    int every = Math.max(1, (int) (0.04 * steps));
    double[] changed = changed(bestPoint, rows);
    double width = bestPoint.numel() / (double) rows.size();
    boolean[] back = new boolean[rows.size()];
    for (int r = 0; r < back.length; r++) {
      int step = rows.steps()[r];
      if (step > 0 && step % every == 0) {
        back[r] = changed[r] < 0.95 * numbers[at(r, Number.CHANGED)];
        double most = radius(step);
        double length = numbers[at(r, Number.STEP)] / 1.5;
        numbers[at(r, Number.STEP)] = back[r] ? most : Math.max(length, most / 10);
        numbers[at(r, Number.SHARE)] = Math.min(1, changed[r] / width / 1.5);
        numbers[at(r, Number.CHANGED)] = changed[r];
      }
    }
    return back;
  }

  private Tensor sparseStep(
      Rows rows, Tensor point, Tensor gradient, Tensor bestPoint, double[] numbers) {
    int m = rows.size();
    double[] changed = changed(bestPoint, rows);
    double width = point.numel() / (double) m;
    double[] shares = new double[m];
    double[] lengths = new double[m];
    double[] radii = new double[m];
    boolean[] stage = new boolean[m];
    for (int r = 0; r < m; r++) {
      int next = rows.steps()[r] + 1;
      radii[r] = radius(next);
      stage[r] = next < steps && radii[r] < radius(next - 1);
      if (stage[r]) {
        // The next stage begins at the best point of this one, whose value there is yet unknown.
        numbers[at(r, Number.STEP)] = radii[r];
        numbers[at(r, Number.SHARE)] = Math.min(1, changed[r] / width / 1.5);
        numbers[at(r, Number.CHANGED)] = changed[r];
        numbers[at(r, Number.BEST)] = Double.NEGATIVE_INFINITY;
      }
      shares[r] = numbers[at(r, Number.SHARE)];
      lengths[r] = stage[r] ? 0 : numbers[at(r, Number.STEP)];
    }
    Tensor direction = Norm.L1.ascent(gradient, point, rows.box(), Ops.doubles(shares, m));
    Tensor from = Rows.either(stage, bestPoint, point);
    Tensor moved = from.add(direction.mul(Rows.beside(lengths, point)));
    return Norm.L1.project(moved, rows.origin(), Ops.doubles(radii, m), rows.box());
  }

  /** How many values of each point are not those of the clean image. */
  private static double[] changed(Tensor point, Rows rows) {
    Tensor differs = point.ne(rows.origin()).flatten(1, -1).to(ScalarType.Double);
    return Ops.toDoubles(differs.sum(1));
  }

  /** The radius that a row's points keep to after that many steps. */
  private double radius(int step) {
    if (!sparse()) {
      return ball.radius();
    }
    int stage = 0;
    while (stage < STAGE_ENDS.length && step >= STAGE_ENDS[stage] * steps) {
      stage++;
    }
    return STAGE_RADII[stage] * ball.radius();
  }

  private boolean sparse() {
    return ball.norm() instanceof L1;
  }

  private static int at(int row, Number number) {
    return row * Number.values().length + number.ordinal();
  }
}
