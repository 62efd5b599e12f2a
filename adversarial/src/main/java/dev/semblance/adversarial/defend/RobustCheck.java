package dev.semblance.adversarial.defend;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Objective;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What is watched in an adversarial training, on images that are not trained on: accuracy on clean
 * images, under one full step and under many, and how far the gradients of a neighbourhood agree.
 *
 * <p>A net that has learnt to bend its loss so that one step misses (catastrophic overfitting)
 * shows it in both: its gradients turn within the ball, and its accuracy under many steps falls
 * while that under one step stays.
 *
 * @param ball of the training
 * @param steps of the many-step attack
 * @param seed of its start
 */
@Source(key = "wong2020fast", where = "section 5.4 (catastrophic overfitting)")
@Source(key = "andriushchenko2020gradalign", where = "Eq. (5) (gradient alignment)")
@Source(key = "rice2020overfitting", where = "section 3 (robust accuracy on held-out images)")
public record RobustCheck(Ball ball, int steps, long seed) {
  private static final int CHUNK = 250;

  public RobustCheck {
    Check.atLeast("steps", steps, 1);
  }

  /** Ten steps, enough to see a collapse. */
  public static RobustCheck of(Ball ball, long seed) {
    return new RobustCheck(ball, 10, seed);
  }

  /**
   * What was seen; accuracies are shares of all samples.
   *
   * @param clean accuracy without attack
   * @param oneStep accuracy under one step of the ball's radius from the clean image
   * @param robust accuracy under the many steps from a random start
   * @param gradientCosine mean over the samples of {@code cos(grad L(x), grad L(x + delta))}, delta
   *     uniform in the ball; NaN where no sample has both gradients
   */
  public record Reading(double clean, double oneStep, double robust, double gradientCosine) {
    /**
     * Whether the net stands one step only: at least half of all samples stand it, and fewer than
     * half as many stand the others.
     */
    public boolean collapsed() {
      return oneStep >= 0.5 && robust < oneStep / 2;
    }
  }

  /** Measures a model. */
  public Reading measure(Classifier model, Samples samples) {
    try (Scope scope = Scope.open()) {
      AttackResult one = Pgd.fast(ball).perturb(model, samples, new Misclassify());
      AttackResult many = Pgd.of(ball, steps, seed).perturb(model, samples, new Misclassify());
      return new Reading(
          (double) one.correct() / samples.size(),
          one.robustAccuracy(),
          many.robustAccuracy(),
          gradientCosine(model, samples));
    }
  }

  private double gradientCosine(Classifier model, Samples samples) {
    double sum = 0;
    int count = 0;
    for (int from = 0; from < samples.size(); from += CHUNK) {
      int n = Math.min(CHUNK, samples.size() - from);
      try (Scope scope = Scope.open()) {
        Tensor images = samples.images().narrow(0, from, n);
        Tensor labels = samples.labels().narrow(0, from, n);
        long[] ids = Arrays.copyOfRange(samples.ids(), from, from + n);
        Tensor near = ball.norm().random(images, ball.radii(n), model.box(), seed, ids, 1);
        Tensor here = unitGradient(model, images, labels);
        Tensor there = unitGradient(model, near, labels);
        for (double cosine : Ops.toDoubles(here.mul(there).sum(1))) {
          if (!Double.isNaN(cosine)) {
            sum += cosine;
            count++;
          }
        }
      }
    }
    return count == 0 ? Double.NaN : sum / count;
  }

  /** Float64 [n, d] of unit length; NaN in rows without gradient. */
  private static Tensor unitGradient(Classifier model, Tensor images, Tensor labels) {
    Tensor at = images.detach().requires_grad_(true);
    Tensor loss = Objective.crossEntropy(model.logits(at), new Aim(labels, false)).sum();
    Tensor gradient = torch.grad(new TensorVector(loss), new TensorVector(at)).get(0);
    Tensor rows = gradient.to(ScalarType.Double).flatten(1, -1);
    // Scaled first: the squares of a sure answer's gradient would vanish even in float64.
    Tensor scaled = rows.div(rows.abs().amax(new long[] {1}, true));
    return scaled.div(scaled.square().sum(new long[] {1}, true, Ops.sameType()).sqrt());
  }
}
