package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.L0;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The fast adaptive boundary attack: steps onto the nearest class boundary as if the model were
 * linear, drawn towards the clean image, and a step back whenever the boundary was crossed. With d
 * the way from the point to that plane inside the box, and d_0 the way from the clean image x,
 * {@code b = min(|d| / (|d| + |d_0|), pull); point <- (1 - b) (point + overshoot d) + b (x +
 * overshoot d_0)}; a point that fools is tried, then shortened to {@code x + keep (point - x)}.
 *
 * <p>With a finite radius a sample leaves as soon as something is found within. Differences to the
 * paper: a point that does not fool gives its gradient by the same forward pass; classes are those
 * likeliest on the clean image, not all; there is no bisection at the end.
 *
 * @param norm Linf, L2 or L1
 * @param radius within which to stop, above 0; infinite to look for the nearest
 * @param iterations steps onto the boundary, at least 1; those back are not counted
 * @param overshoot at least 1
 * @param pull towards the clean image at most, in 0..1
 * @param keep of the change when stepping back, in 0..1
 * @param firstRank the likeliest class on the clean image to be looked at, from 1
 * @param lastRank the least likely one
 */
@Source(key = "croce2020fab", where = "Algorithm 1")
public record Fab(
    Norm norm,
    double radius,
    int iterations,
    double overshoot,
    double pull,
    double keep,
    int firstRank,
    int lastRank)
    implements RowAttack {
  public Fab {
    if (norm instanceof L0) {
      throw new IllegalArgumentException("norm must be linf, l2 or l1, got " + norm);
    }
    if (!(radius > 0)) {
      throw new IllegalArgumentException("radius must be > 0, got " + radius);
    }
    Check.atLeast("iterations", iterations, 1);
    if (!(overshoot >= 1 && overshoot < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("overshoot must be >= 1 and finite, got " + overshoot);
    }
    Check.between("pull", pull, 0, 1);
    Check.between("keep", keep, 0, 1);
    Check.atLeast("firstRank", firstRank, 1);
    Check.atLeast("lastRank", lastRank, firstRank);
  }

  /** The nearest image: 100 iterations, 1.05, 0.1, 0.9 (section 4); the nine likeliest classes. */
  public static Fab of(Norm norm) {
    return new Fab(norm, Double.POSITIVE_INFINITY, 100, 1.05, 0.1, 0.9, 1, 9);
  }

  /** The same, satisfied with anything in a ball. */
  public static Fab of(Ball ball) {
    return of(ball.norm()).withRadius(ball.radius());
  }

  /** Towards each of the nine likeliest classes in turn, one backward pass a step. */
  public static ByRank targeted(Ball ball) {
    return new ByRank(rank -> of(ball).withRanks(rank, rank), 9);
  }

  /** The same with another radius. */
  public Fab withRadius(double other) {
    return new Fab(norm, other, iterations, overshoot, pull, keep, firstRank, lastRank);
  }

  /** The same with other classes. */
  public Fab withRanks(int first, int last) {
    return new Fab(norm, radius, iterations, overshoot, pull, keep, first, last);
  }

  /** The same with another number of iterations. */
  public Fab withIterations(int other) {
    return new Fab(norm, radius, other, overshoot, pull, keep, firstRank, lastRank);
  }

  @Override
  public boolean nearest() {
    return Double.isInfinite(radius);
  }

  /** As many as there can be: a step back for each one onto the boundary, and the last look. */
  @Override
  public int steps() {
    return 2 * iterations + 1;
  }

  @Override
  public void refuse(Classifier model) {
    if (model.classes() <= firstRank) {
      throw new IllegalArgumentException(
          "firstRank must be below the number of classes, "
              + model.classes()
              + ", got "
              + firstRank);
    }
  }

  @Override
  public boolean fromOrigin() {
    return true;
  }

  /** The point, and of each row whether it has just stepped back and how many iterations it had. */
  @Override
  public List<Tensor> start(Rows rows) {
    try (Scope scope = Scope.open()) {
      return List.of(rows.origin(), scope.keep(Ops.zeros(ScalarType.Double, rows.size(), 2)));
    }
  }

  @Override
  public List<Tensor> advance(Rows rows, List<Tensor> state, Evaluation at) {
    try (Scope scope = Scope.open()) {
      Tensor point = state.getFirst();
      double[] numbers = Ops.toDoubles(state.get(1));
      boolean[] reached = at.reached();
      boolean[] back = new boolean[rows.size()];
      boolean[] onward = new boolean[rows.size()];
      for (int r = 0; r < back.length; r++) {
        back[r] = reached[r] && numbers[2 * r] == 0;
        onward[r] = !back[r] && numbers[2 * r + 1] < iterations;
        numbers[2 * r] = back[r] ? 1 : 0;
        numbers[2 * r + 1] += back[r] ? 0 : 1;
      }
      Tensor shorter = point.sub(rows.origin()).mul(Ops.scalar(keep)).add(rows.origin());
      Tensor next = Rows.either(back, rows.box().clamp(shorter), onto(rows, point, at, onward));
      return List.of(scope.keep(next), scope.keep(Ops.doubles(numbers, rows.size(), 2)));
    }
  }

  @Override
  public boolean[] finished(Rows rows, List<Tensor> state) {
    double[] numbers = Ops.toDoubles(state.get(1));
    boolean[] finished = new boolean[rows.size()];
    for (int r = 0; r < finished.length; r++) {
      finished[r] = numbers[2 * r + 1] > iterations;
    }
    return finished;
  }

  /** The step onto the nearest boundary; {@code wanted} says which rows are to pay for it. */
  private Tensor onto(Rows rows, Tensor point, Evaluation at, boolean[] wanted) {
    Boundaries all = Boundaries.of(rows, at, firstRank, lastRank, wanted);
    Tensor dual = norm.dual(all.normals().flatten(0, 1)).view(all.values().shape());
    Tensor distances = all.values().abs().div(dual.add(Ops.scalar(1e-12)));
    Boundaries plane = all.chosen(torch.argmin(distances, new LongOptional(1), false));
    Tensor normal = plane.normals().squeeze(1);
    Tensor value = plane.values().squeeze(1).to(ScalarType.Double);
    Tensor change = point.sub(rows.origin()).to(ScalarType.Double).mul(normal);
    Tensor atOrigin = value.sub(change.flatten(1, -1).sum(1));
    Tensor fromPoint = Plane.way(norm, point, normal, value, rows.box());
    Tensor fromOrigin = Plane.way(norm, rows.origin(), normal, atOrigin, rows.box());
    Tensor near = norm.of(fromPoint).clamp_min(Ops.scalar(1e-8));
    Tensor far = norm.of(fromOrigin).clamp_min(Ops.scalar(1e-8));
    Tensor bias = near.div(near.add(far)).clamp_max(Ops.scalar(pull)).unsqueeze(1);
    Tensor x = rows.origin().to(ScalarType.Double).flatten(1, -1);
    Tensor from = point.to(ScalarType.Double).flatten(1, -1);
    Tensor step = from.add(fromPoint.mul(Ops.scalar(overshoot)));
    Tensor pulled = x.add(fromOrigin.mul(Ops.scalar(overshoot)));
    Tensor next = step.mul(bias.neg().add(Ops.scalar(1))).add(pulled.mul(bias));
    return rows.box().clamp(next.view(point.shape()).to(point.scalar_type().intern()));
  }
}
