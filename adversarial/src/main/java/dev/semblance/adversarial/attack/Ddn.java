package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Decoupled direction and norm: gradient steps for the direction, while the perturbation's L2 norm
 * is set by itself: a little smaller while it fools, a little larger while it does not.
 *
 * @param steps at least 1
 * @param shrink by how much of itself the norm changes at a step, in 0..1
 * @param firstNorm of the perturbation, above 0
 */
@Source(key = "rony2019ddn", where = "Algorithm 1")
public record Ddn(int steps, double shrink, double firstNorm) implements RowAttack {
  private static final double LAST_STEP = 0.01; // rony2019ddn, section 4: cosine from 1 to 0.01

  public Ddn {
    Check.atLeast("steps", steps, 1);
    Check.between("shrink", shrink, 0, 1);
    Check.positive("firstNorm", firstNorm);
  }

  /** 100 steps, 0.05, norm 1: section 4. */
  public static Ddn of() {
    return new Ddn(100, 0.05, 1);
  }

  @Override
  public Norm norm() {
    return Norm.L2;
  }

  @Override
  public boolean nearest() {
    return true;
  }

  @Override
  public boolean fromOrigin() {
    return true;
  }

  /** The point, and the norm its change is given. */
  @Override
  public List<Tensor> start(Rows rows) {
    try (Scope scope = Scope.open()) {
      double[] norms = new double[rows.size()];
      Arrays.fill(norms, firstNorm);
      return List.of(rows.origin(), scope.keep(Ops.doubles(norms, norms.length)));
    }
  }

  @Override
  public List<Tensor> advance(Rows rows, List<Tensor> state, Evaluation at) {
    try (Scope scope = Scope.open()) {
      Tensor point = state.getFirst();
      Tensor gradient = at.slope(logits -> Objective.crossEntropy(logits, rows.aim())).gradient();
      Tensor direction = Norm.L2.ascent(gradient, point, rows.box());
      double[] lengths = new double[rows.size()];
      double[] norms = Ops.toDoubles(state.get(1));
      boolean[] reached = at.reached();
      for (int r = 0; r < lengths.length; r++) {
        lengths[r] = Cosine.from(1, LAST_STEP, rows.steps()[r], steps);
        norms[r] *= reached[r] ? 1 - shrink : 1 + shrink;
      }
      Tensor change = point.sub(rows.origin()).add(direction.mul(Rows.beside(lengths, point)));
      Tensor size = Norm.L2.of(change);
      double[] scale = Ops.toDoubles(size);
      for (int r = 0; r < scale.length; r++) {
        scale[r] = scale[r] > 0 ? norms[r] / scale[r] : 0;
      }
      Tensor next = rows.origin().add(change.mul(Rows.beside(scale, point)));
      return List.of(
          scope.keep(rows.box().clamp(next)), scope.keep(Ops.doubles(norms, norms.length)));
    }
  }
}
