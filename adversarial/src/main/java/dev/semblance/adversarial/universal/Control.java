package dev.semblance.adversarial.universal;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/** Perturbations of full size that know nothing of the model: what an attack has to beat. */
public final class Control {
  private Control() {}

  /**
   * Every value plus or minus the same, by the toss of a coin, as far as the ball allows.
   *
   * @param like of the perturbation's shape and type, [1, ...]
   */
  public static Tensor signs(Ball ball, Tensor like, Box box, long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.NOISE, 0, 0);
    double[] signs = new double[Math.toIntExact(like.numel())];
    for (int i = 0; i < signs.length; i++) {
      signs[i] = rng.nextInt() < 0 ? -1 : 1;
    }
    try (Scope scope = Scope.open()) {
      Tensor v = Ops.doubles(signs, like.shape());
      double size = ball.norm().of(v).item_double();
      Tensor scaled = v.mul(Ops.scalar(ball.radius() / size)).to(like.scalar_type());
      return scope.keep(Walk.inside(ball, scaled, box));
    }
  }

  /** The values of a perturbation in random order: the same norms, no shape. */
  public static Tensor shuffled(Tensor perturbation, long seed) {
    int n = Math.toIntExact(perturbation.numel());
    int[] order = Rng.of(seed, Rng.Purpose.NOISE, 1, 0).permutation(n);
    long[] index = new long[n];
    for (int i = 0; i < n; i++) {
      index[i] = order[i];
    }
    try (Scope scope = Scope.open()) {
      return scope.keep(
          perturbation.flatten().index_select(0, Ops.longs(index, n)).view(perturbation.shape()));
    }
  }
}
