package dev.semblance.adversarial.defend;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Linf;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The attack inside a training step: projected gradient steps on a whole batch, {@code x <- P(x +
 * stepSize * direction(gradient))}.
 *
 * <p>Unlike the attacks that measure, it goes all its steps on every row: what it climbs is the
 * loss, and a row that is fooled can be fooled worse. The draws of its start are a function of
 * (seed, sample, step).
 *
 * @param ball of the perturbation
 * @param stepSize in the ball's norm, above 0
 * @param steps at least 1
 * @param start where it begins
 * @param climb what it raises
 */
@Source(key = "madry2018towards", where = "Section 2.1")
public record InnerAttack(Ball ball, double stepSize, int steps, Start start, Climb climb) {
  /** Deviation of the noise that {@link Start#NEARBY} adds: the code of zhang2019trades. */
  private static final double NOISE = 1e-3;

  private static final Box ANYWHERE = new Box(-1e6, 1e6);

  public InnerAttack {
    Objects.requireNonNull(ball, "ball");
    Check.positive("stepSize", stepSize);
    Check.atLeast("steps", steps, 1);
    Objects.requireNonNull(start, "start");
    Objects.requireNonNull(climb, "climb");
    if (start == Start.CLEAN && climb == Climb.DIVERGENCE) {
      throw new IllegalArgumentException(
          "start must be NEARBY or UNIFORM for DIVERGENCE, got CLEAN; its gradient there is 0");
    }
  }

  /** The same in a smaller ball, by steps that are smaller as well; {@code share} in (0, 1]. */
  public InnerAttack shrunk(double share) {
    return share == 1
        ? this
        : new InnerAttack(
            new Ball(ball.norm(), share * ball.radius()), share * stepSize, steps, start, climb);
  }

  /** Where the first gradient is taken. */
  public enum Start {
    /** At the image itself. */
    CLEAN,
    /**
     * At a uniformly drawn point of the ball, perhaps outside the box: cut to the box, half of all
     * black pixels would start where they are, and one step would end in corners only.
     */
    UNIFORM,
    /** At the image plus normal noise of deviation 0.001, perhaps outside the box. */
    NEARBY
  }

  /** What the attack raises, of every row by itself. */
  public enum Climb {
    /** The cross entropy with the label. */
    CROSS_ENTROPY,
    /** {@code KL(p(x) || p(x'))}, how far the prediction moves from that on the clean image. */
    DIVERGENCE
  }

  /**
   * The perturbed images. Gradients are taken by the images only.
   *
   * @param model in inference mode, its weights recording no gradient
   * @param images floating point [n, ...] in the model's box
   * @param labels int64 [n]; not looked at by {@link Climb#DIVERGENCE}
   * @param samples [n], the keys of the draws
   * @return of the images' shape and type, in ball and box
   */
  public Tensor perturb(
      Classifier model, Tensor images, Tensor labels, long[] samples, long seed, long step) {
    try (Scope scope = Scope.open()) {
      UnaryOperator<Tensor> objective = objective(model, images, labels);
      UnaryOperator<Tensor> projection = projection(model, images);
      Tensor point = started(images, samples, seed, step);
      for (int i = 0; i < steps; i++) {
        try (Scope pass = Scope.open()) {
          Tensor at = point.detach().requires_grad_(true);
          Tensor value = objective.apply(model.logits(at));
          Tensor gradient = torch.grad(new TensorVector(value), new TensorVector(at)).get(0);
          Tensor direction = ball.norm().ascent(gradient, point, model.box());
          Tensor moved = torch.add(point, direction, Ops.scalar(stepSize));
          point = pass.keep(projection.apply(moved));
        }
      }
      return scope.keep(point);
    }
  }

  /** Summed over the rows: a mean would scale every row's gradient by the size of the batch. */
  private UnaryOperator<Tensor> objective(Classifier model, Tensor images, Tensor labels) {
    return switch (climb) {
      case CROSS_ENTROPY -> {
        Tensor column = labels.unsqueeze(1);
        yield logits -> logits.log_softmax(1).gather(1, column).sum().neg();
      }
      case DIVERGENCE -> {
        // Once for all steps. The entropy of p(x) is left out: it does not depend on x'.
        Tensor clean = Ops.withoutGradient(() -> model.logits(images).softmax(1));
        yield logits -> logits.log_softmax(1).mul(clean).sum().neg();
      }
    };
  }

  private UnaryOperator<Tensor> projection(Classifier model, Tensor images) {
    Tensor radii = ball.radii(images.size(0));
    if (ball.norm() instanceof Linf linf) {
      Linf.Bounds bounds = linf.bounds(images, radii, model.box());
      return bounds::clamp;
    }
    return candidate -> ball.norm().project(candidate, images, radii, model.box());
  }

  private Tensor started(Tensor images, long[] samples, long seed, long step) {
    return switch (start) {
      case CLEAN -> images.detach();
      case UNIFORM ->
          ball.norm().random(images, ball.radii(images.size(0)), ANYWHERE, seed, samples, step);
      case NEARBY -> images.detach().add(noise(images, samples, seed, step));
    };
  }

  private static Tensor noise(Tensor images, long[] samples, long seed, long step) {
    int width = Math.toIntExact(images.numel() / Math.max(1, samples.length));
    double[] values = new double[samples.length * width];
    for (int row = 0; row < samples.length; row++) {
      Rng rng = Rng.of(seed, Rng.Purpose.START, samples[row], step);
      for (int i = 0; i < width; i++) {
        values[row * width + i] = NOISE * rng.gaussian();
      }
    }
    return Ops.doubles(values, images.shape()).to(images.scalar_type());
  }
}
