package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.L2;
import dev.semblance.adversarial.ball.Linf;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Steps to the nearest class boundary as if the model were linear, until one is crossed: {@code r
 * <- r + |f_l| / |w_l|_q * direction(w_l)} with {@code f_k = z_k - z_y}, {@code w_k} its gradient,
 * {@code l} the class with the least {@code |f_k| / |w_k|_q}; the image tried is {@code x + (1 +
 * overshoot) r}. Exact for a linear model, small but not smallest for others.
 *
 * <p>All classes of all rows share one forward pass, and each class takes one backward pass for all
 * rows. Differences to the paper: values stay in the box, and where it holds them fast they do not
 * count as a way to the boundary; a step is never less than a thousandth of the change; towards a
 * target, or for a combined goal, there is one boundary, that of the margin.
 *
 * @param norm {@link L2} or {@link Linf}
 * @param classes how many of the clean image's likeliest other classes are looked at, at least 1
 * @param overshoot at least 0
 * @param steps at least 1
 */
@Source(key = "moosavi2016deepfool", where = "Algorithm 2, Eq. (9)-(11)")
public record DeepFool(Norm norm, int classes, double overshoot, int steps) implements RowAttack {
  private static final double LEAST_SHARE = 1e-3; // of the change so far
  private static final double LEAST_STEP = 1e-3;

  public DeepFool {
    if (!(norm instanceof L2 || norm instanceof Linf)) {
      throw new IllegalArgumentException("norm must be l2 or linf, got " + norm);
    }
    Check.atLeast("classes", classes, 1);
    Check.notNegative("overshoot", overshoot);
    Check.atLeast("steps", steps, 1);
  }

  /** Ten classes, overshoot 0.02, 50 steps: the authors' code. */
  public static DeepFool of(Norm norm) {
    return new DeepFool(norm, 10, 0.02, 50);
  }

  @Override
  public boolean fromOrigin() {
    return true;
  }

  /** The image to try and the sum of the steps. */
  @Override
  public List<Tensor> start(Rows rows) {
    try (Scope scope = Scope.open()) {
      return List.of(rows.origin(), scope.keep(torch.zeros_like(rows.origin())));
    }
  }

  @Override
  public List<Tensor> advance(Rows rows, List<Tensor> state, Evaluation at) {
    try (Scope scope = Scope.open()) {
      Tensor point = state.getFirst();
      boolean[] every = new boolean[rows.size()];
      Arrays.fill(every, true);
      Boundaries all = Boundaries.of(rows, at, 1, classes, every).within(rows.box(), point);
      Tensor dual = norm.dual(all.normals().flatten(0, 1)).view(all.values().shape());
      Tensor distances = all.values().abs().div(dual); // infinite where there is no gradient
      Tensor nearest = torch.argmin(distances, new LongOptional(1), false);
      Tensor distance = distances.gather(1, nearest.unsqueeze(1));
      distance = distance.where(torch.isfinite(distance), torch.zeros_like(distance));
      // On the boundary itself, to rounding, the distance is 0 and nothing has fooled yet.
      double least = LEAST_STEP * rows.box().width();
      Tensor size = norm.of(state.get(1)).clamp_min(Ops.scalar(least)).unsqueeze(1);
      distance = distance.maximum(size.mul(Ops.scalar(LEAST_SHARE)));
      Tensor normal = all.chosen(nearest).normals().squeeze(1);
      Tensor direction = norm.ascent(normal, point, rows.box()); // Eq. (9), (11)
      Tensor sum = state.get(1).add(direction.mul(Rows.beside(distance, direction)));
      Tensor inside = rows.box().clamp(rows.origin().add(sum)).sub(rows.origin());
      Tensor tried = rows.origin().add(inside.mul(Ops.scalar(1 + overshoot)));
      return List.of(scope.keep(rows.box().clamp(tried)), scope.keep(inside));
    }
  }
}
