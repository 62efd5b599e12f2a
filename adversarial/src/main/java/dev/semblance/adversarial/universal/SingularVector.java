package dev.semblance.adversarial.universal;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.L2;
import dev.semblance.adversarial.ball.Linf;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The direction that a stage of the model magnifies most over all images: maximises {@code sum_x
 * |J(x) v|_q^q} over {@code |v|_p = radius}, J the Jacobian of the stage, by the power method
 * {@code v <- radius psi_p'(J^T psi_q(J v))}, {@code psi_r(s) = sign(s) |s|^(r-1)}, 1/p + 1/p' = 1.
 *
 * <p>The climb is that sum after each iteration; it never falls, since a convex function is
 * replaced by its tangent. Each iteration costs an image one forward and three backward rows: J v
 * by differentiating J^T u, which is linear in u, and J^T of what comes of it. Forward stops at the
 * stage; rows of it are booked as rows.
 *
 * <p>v and -v have the same value but fool differently: the better one on the given images is
 * taken, which is not in the paper. p = q = 2 gives the first right singular vector of all
 * Jacobians stacked.
 *
 * @param stage whose values are pushed; an early one
 * @param ball Linf or L2: its norm is p, and v fills it
 * @param q above 1
 * @param iterations at least 1
 * @param seed of the first v
 */
@Source(key = "khrulkov2018art", where = "Algorithm 1")
public record SingularVector(Stage stage, Ball ball, double q, int iterations, long seed)
    implements UniversalAttack {
  public SingularVector {
    if (!(ball.norm() instanceof Linf) && !(ball.norm() instanceof L2)) {
      throw new IllegalArgumentException("ball must be linf or l2, got " + ball);
    }
    if (!(q > 1) || Double.isInfinite(q)) {
      throw new IllegalArgumentException("q must be > 1 and finite, got " + q);
    }
    Check.atLeast("iterations", iterations, 1);
  }

  /** q 5, 30 iterations; the paper's best with p infinite and 64 images of ImageNet. */
  public static SingularVector of(Stage stage, Ball ball, long seed) {
    return new SingularVector(stage, ball, 5, 30, seed);
  }

  @Override
  public UniversalPerturbation find(Classifier model, Tensor images) {
    try (Scope scope = Scope.open()) {
      Panel panel = Panel.of(model, images, 64);
      Tensor v = start(panel);
      List<Double> climb = new ArrayList<>();
      for (int k = 0; k < iterations; k++) {
        try (Scope step = Scope.open()) {
          Push push = push(panel, v, true);
          if (k > 0) {
            climb.add(push.value);
          }
          v.copy_(filling(push.back));
        }
      }
      try (Scope step = Scope.open()) {
        climb.add(push(panel, v, false).value);
      }
      Tensor inside = Walk.inside(ball, v, panel.box());
      Tensor opposite = inside.neg();
      boolean turn = panel.rate(opposite, ball).fooled() > panel.rate(inside, ball).fooled();
      return new UniversalPerturbation(
          scope.keep(turn ? opposite : inside), climb, panel.forwards(), panel.backwards());
    }
  }

  private Tensor start(Panel panel) {
    try (Scope scope = Scope.open()) {
      Tensor like = panel.still();
      double[] values = new double[Math.toIntExact(like.numel())];
      Rng rng = Rng.of(seed, Rng.Purpose.START);
      for (int i = 0; i < values.length; i++) {
        values[i] = rng.gaussian();
      }
      return scope.keep(filling(Ops.doubles(values, like.shape()).to(like.scalar_type())));
    }
  }

  /** {@code radius psi_p'(direction)}, of norm {@code radius}: what a ball's ascent step is. */
  private Tensor filling(Tensor direction) {
    try (Scope scope = Scope.open()) {
      Tensor unit = ball.norm().ascent(direction, direction, Box.UNIT);
      return scope.keep(unit.mul(Ops.scalar(ball.radius())));
    }
  }

  /**
   * One step of the power method.
   *
   * @param value {@code sum |J v|^q}
   * @param back {@code J^T psi_q(J v)}, summed over the images, up to a factor, [1, ...]
   */
  private record Push(double value, Tensor back) {}

  private Push push(Panel panel, Tensor v, boolean withBack) {
    double value = 0;
    double largest = 0;
    Tensor back = torch.zeros_like(v);
    for (int[] chunk : panel.chunks()) {
      try (Scope scope = Scope.open()) {
        Tensor x = panel.select(chunk).detach().requires_grad_(true);
        Tensor out = stage.of(x);
        panel.book(chunk.length, (withBack ? 3L : 2L) * chunk.length);
        Tensor u = torch.zeros_like(out).requires_grad_(true);
        Tensor pulled = gradient(out, x, u, true);
        Tensor sum = pulled.mul(v).sum();
        Tensor jv = gradient(sum, u, torch.ones_like(sum), false);
        Tensor size = jv.abs().to(ScalarType.Double);
        value += size.pow(Ops.scalar(q)).sum().item_double();
        if (withBack) {
          // Relative to the largest value so far: the powers neither vanish nor overflow in
          // float32.
          double most = Math.max(largest, size.max().item_double());
          if (most > 0) {
            back.mul_(Ops.scalar(Math.pow(largest / most, q - 1)));
            Tensor power = size.div(Ops.scalar(most)).pow(Ops.scalar(q - 1));
            Tensor psi = jv.sign().mul(power.to(jv.scalar_type()));
            Tensor each = gradient(out, x, psi, false);
            back.add_(each.sum(new long[] {0}, true, Ops.sameType()));
            largest = most;
          }
        }
      }
    }
    return new Push(value, back);
  }

  /** {@code weight^T d of / d by}; the graph stays for the next call. */
  private static Tensor gradient(Tensor of, Tensor by, Tensor weight, boolean record) {
    return torch
        .grad(
            new TensorVector(of),
            new TensorVector(by),
            new TensorVector(weight),
            new BoolOptional(true),
            record,
            false)
        .get(0);
  }
}
