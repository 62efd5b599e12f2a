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

/**
 * Stochastic projected gradient steps on one perturbation: {@code v <- P(v + stepSize *
 * direction(grad_v sum_i min(L(x_i + v), most)))}, batch after batch, from 0. One forward and one
 * backward a batch.
 *
 * <p>L is the cross entropy with the model's own clean answer, P the projection on the ball, the
 * direction that of the ball's norm. The climb is the mean of the bounded loss in each pass. The
 * paper steps along the plain gradient or by Adam; the step of fixed size is that of the PGD it is
 * compared to since.
 *
 * @param ball of the perturbation
 * @param stepSize in the ball's norm
 * @param passes over the images, at least 1
 * @param batch images a step
 * @param most bounds the loss of one image, so that no image outweighs the others
 * @param seed of the order of images
 */
@Source(key = "shafahi2020universal", where = "Algorithm 2, Eq. (2)")
public record Spgd(Ball ball, double stepSize, int passes, int batch, double most, long seed)
    implements UniversalAttack {
  public Spgd {
    Check.positive("stepSize", stepSize);
    Check.atLeast("passes", passes, 1);
    Check.atLeast("batch", batch, 1);
    Check.positive("most", most);
  }

  /** Steps of a tenth of the radius, 20 passes, batches of 250, bound 9 (liu2023sga, Sec. 4.1). */
  public static Spgd of(Ball ball, long seed) {
    return new Spgd(ball, ball.radius() / 10, 20, 250, 9, seed);
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
        for (int first = 0; first < order.length; first += batch) {
          int end = Math.min(order.length, first + batch);
          try (Scope step = Scope.open()) {
            Panel.Slope slope = panel.slope(v, most, Arrays.copyOfRange(order, first, end));
            sum += slope.value();
            v.copy_(Walk.step(ball, v, slope.gradient(), stepSize, panel.box()));
          }
        }
        climb.add(sum / order.length);
      }
      return new UniversalPerturbation(scope.keep(v), climb, panel.forwards(), panel.backwards());
    }
  }
}
