package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.L0;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Fast minimum norm: gradient steps on the margin inside a ball whose radius follows the boundary.
 * While nothing has been found the radius is the distance at which a linear model would be fooled,
 * {@code |delta|_p + |margin| / |gradient|_q}; from then on it shrinks by a share while the point
 * fools and grows while it does not. The point is projected on the ball, then kept in the box.
 *
 * <p>Step length and share fall along a cosine. In L0 the radius is a whole number of pixels and
 * moves by at least one.
 *
 * @param norm L0, L1, L2 or Linf
 * @param steps at least 1
 * @param stepSize the first length of a step in L2, above 0; the last is a hundredth of it
 * @param shrink the first share by which the radius moves, in 0..1; the last is a fiftieth of it
 */
@Source(key = "pintor2021fmn", where = "Algorithm 1")
public record Fmn(Norm norm, int steps, double stepSize, double shrink) implements RowAttack {
  public Fmn {
    Objects.requireNonNull(norm, "norm");
    Check.atLeast("steps", steps, 1);
    Check.positive("stepSize", stepSize);
    Check.between("shrink", shrink, 0, 1);
  }

  /** 1,000 steps of length 1 falling to 0.01, shares 0.05 falling to 0.001: section 3.1. */
  public static Fmn of(Norm norm) {
    return new Fmn(norm, 1000, 1, 0.05);
  }

  /** The same with another number of steps. */
  public Fmn withSteps(int other) {
    return new Fmn(norm, other, stepSize, shrink);
  }

  @Override
  public boolean nearest() {
    return true;
  }

  @Override
  public boolean fromOrigin() {
    return true;
  }

  /** The point, and of each row the radius and the least distance found. */
  @Override
  public List<Tensor> start(Rows rows) {
    try (Scope scope = Scope.open()) {
      double[] numbers = new double[2 * rows.size()];
      Arrays.fill(numbers, Double.POSITIVE_INFINITY);
      return List.of(rows.origin(), scope.keep(Ops.doubles(numbers, rows.size(), 2)));
    }
  }

  @Override
  public List<Tensor> advance(Rows rows, List<Tensor> state, Evaluation at) {
    try (Scope scope = Scope.open()) {
      Tensor point = state.getFirst();
      Evaluation.Slope slope = at.slope(logits -> rows.aim().margin(logits).neg());
      double[] margins = Ops.toDoubles(slope.value());
      double[] duals = Ops.toDoubles(norm.dual(slope.gradient()));
      double[] distances = Ops.toDoubles(norm.of(point.sub(rows.origin())));
      double[] most = Ops.toDoubles(farthest(rows));
      double[] numbers = Ops.toDoubles(state.get(1));
      double[] radii = new double[rows.size()];
      double[] lengths = new double[rows.size()];
      boolean[] reached = at.reached();
      for (int r = 0; r < radii.length; r++) {
        int step = rows.steps()[r];
        lengths[r] = Cosine.from(stepSize, stepSize / 100, step, steps);
        double share = Cosine.from(shrink, shrink / 50, step, steps);
        double best = numbers[2 * r + 1];
        best = reached[r] ? Math.min(best, distances[r]) : best;
        double before = Double.isInfinite(numbers[2 * r]) ? distances[r] : numbers[2 * r];
        double radius;
        if (reached[r]) {
          radius = Math.min(moved(before, -share), best);
        } else if (Double.isFinite(best)) {
          radius = moved(before, share);
        } else {
          double reach = duals[r] > 0 ? Math.abs(margins[r]) / duals[r] : 0;
          // On the plane itself nothing has fooled yet, and the reach is 0: grow all the same.
          radius = Math.max(distances[r] + reach, moved(distances[r], share));
        }
        radii[r] = Math.min(norm instanceof L0 ? Math.max(1, Math.floor(radius)) : radius, most[r]);
        numbers[2 * r] = radii[r];
        numbers[2 * r + 1] = best;
      }
      Tensor direction = Norm.L2.ascent(slope.gradient(), point, rows.box());
      Tensor moved = point.add(direction.mul(Rows.beside(lengths, point)));
      Tensor all = Ops.doubles(radii, radii.length);
      return List.of(
          scope.keep(norm.project(moved, rows.origin(), all, rows.box())),
          scope.keep(Ops.doubles(numbers, radii.length, 2)));
    }
  }

  /** A radius a share larger or, below 0, smaller; in L0 by a pixel at least. */
  private double moved(double radius, double share) {
    double by = radius * share;
    if (norm instanceof L0) {
      return Math.floor(radius + (share < 0 ? Math.min(by, -1) : Math.max(by, 1)));
    }
    return radius + by;
  }

  /** The distance to the farthest corner of the box: no radius need be larger. */
  private Tensor farthest(Rows rows) {
    Tensor origin = rows.origin().to(ScalarType.Double);
    Tensor up = origin.neg().add(Ops.scalar(rows.box().high()));
    Tensor down = origin.sub(Ops.scalar(rows.box().low()));
    return norm.of(torch.maximum(up, down));
  }
}
