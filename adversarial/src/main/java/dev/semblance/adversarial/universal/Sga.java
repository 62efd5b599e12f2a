package dev.semblance.adversarial.universal;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Stochastic gradient aggregation: for each large batch a copy of v walks over random small batches
 * and their gradients are summed; v itself then makes one step along the sum. The small batches
 * give noisy gradients that find general directions, the sum keeps the sign from rounding the noise
 * up to full steps.
 *
 * <p>L and the bound on it are those of {@link Spgd}; the climb is the mean of the bounded loss
 * over the inner steps of each pass.
 *
 * @param ball of the perturbation
 * @param stepSize of inner and outer steps, in the ball's norm
 * @param passes over the images, at least 1
 * @param batch images of a large batch
 * @param inner images of a small batch, drawn from the large one; all of it where it has no more
 * @param sweeps how often the small batches go round: {@code ceil(sweeps * large / inner)} steps
 * @param most bounds the loss of one image
 * @param seed of the order and the draws
 */
@Source(key = "liu2023sga", where = "Algorithm 1")
public record Sga(
    Ball ball,
    double stepSize,
    int passes,
    int batch,
    int inner,
    int sweeps,
    double most,
    long seed)
    implements UniversalAttack {
  public Sga {
    Check.positive("stepSize", stepSize);
    Check.atLeast("passes", passes, 1);
    Check.atLeast("batch", batch, 1);
    Check.atLeast("inner", inner, 1);
    Check.atLeast("sweeps", sweeps, 1);
    Check.positive("most", most);
  }

  /**
   * Steps of a tenth of the radius, 20 passes, batches of 250 and 10, 4 sweeps, bound 9 (Sec. 4.1
   * and the authors' code).
   */
  public static Sga of(Ball ball, long seed) {
    return new Sga(ball, ball.radius() / 10, 20, 250, 10, 4, 9, seed);
  }

  @Override
  public UniversalPerturbation find(Classifier model, Tensor images) {
    try (Scope scope = Scope.open()) {
      Panel panel = Panel.of(model, images);
      Tensor v = panel.still();
      List<Double> climb = new ArrayList<>();
      for (int pass = 0; pass < passes; pass++) {
        int[] order = Rng.of(seed, Rng.Purpose.ORDER, 0, pass).permutation(panel.size());
        double sum = 0;
        long seen = 0;
        for (int first = 0; first < order.length; first += batch) {
          int[] large = Arrays.copyOfRange(order, first, Math.min(order.length, first + batch));
          try (Scope step = Scope.open()) {
            int small = Math.min(inner, large.length);
            int steps = (sweeps * large.length + small - 1) / small;
            Tensor copy = v.clone();
            Tensor gathered = torch.zeros_like(v);
            Rng draws = Rng.of(seed, Rng.Purpose.SELECT, first, pass);
            for (int k = 0; k < steps; k++) {
              try (Scope innerStep = Scope.open()) {
                Panel.Slope slope = panel.slope(copy, most, some(draws, large, small));
                gathered.add_(slope.gradient());
                copy.copy_(Walk.step(ball, copy, slope.gradient(), stepSize, panel.box()));
                sum += slope.value();
              }
            }
            seen += (long) steps * small;
            v.copy_(Walk.step(ball, v, gathered, stepSize, panel.box()));
          }
        }
        climb.add(sum / seen);
      }
      return new UniversalPerturbation(scope.keep(v), climb, panel.forwards(), panel.backwards());
    }
  }

  /** {@code small} different images of the large batch, which is reordered. */
  private static int[] some(Rng draws, int[] large, int small) {
    for (int i = 0; i < small; i++) {
      int j = i + draws.below(large.length - i);
      int swap = large[i];
      large[i] = large[j];
      large[j] = swap;
    }
    return Arrays.copyOf(large, small);
  }
}
