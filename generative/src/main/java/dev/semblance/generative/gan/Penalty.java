package dev.semblance.generative.gan;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.generative.Noise;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * What is added to the discriminator's loss to keep its gradient by the images in check. It needs
 * the gradient of a gradient, and a discriminator that judges each image by itself: no batch
 * normalisation.
 */
public sealed interface Penalty {
  /** The raw output d [n, 1] of images; differentiable twice. */
  @FunctionalInterface
  interface Critic {
    Tensor of(Tensor images);
  }

  /** Whether the penalty is added in this update of the discriminator. */
  boolean isDue(long step);

  /**
   * The term.
   *
   * @param real float [n, c, h, w]
   * @param fake of the same shape
   * @param noise keys of what is drawn for each image
   * @param step the update's number
   * @return a scalar, differentiable by the weights, in the current scope
   */
  Tensor of(Critic critic, Tensor real, Tensor fake, Noise noise, long step);

  /** Nothing. */
  record None() implements Penalty {
    @Override
    public boolean isDue(long step) {
      return false;
    }

    @Override
    public Tensor of(Critic critic, Tensor real, Tensor fake, Noise noise, long step) {
      return torch.zeros(new long[0], real.options());
    }
  }

  /**
   * {@code weight E (|grad d(y)| - 1)^2}, y uniform on the segment from a made image to one of the
   * data; a draw for each image.
   *
   * @param weight lambda
   */
  @Source(key = "gulrajani2017improved", where = "Eq. (3) and Algorithm 1")
  record Gradient(double weight) implements Penalty {
    public Gradient {
      Check.positive("weight", weight);
    }

    /** Weight 10. */
    public static Gradient of() {
      return new Gradient(10); // Gulrajani et al. 2017, section 4.
    }

    @Override
    public boolean isDue(long step) {
      return true;
    }

    @Override
    public Tensor of(Critic critic, Tensor real, Tensor fake, Noise noise, long step) {
      Tensor share = noise.uniform(Rng.Purpose.PROBE, step, 1, 1, 1).to(real.scalar_type());
      Tensor between = fake.detach().add(real.detach().sub(fake.detach()).mul(share));
      // Under the root, so that a zero gradient has a derivative.
      Tensor norms = squares(critic, between).add(Ops.scalar(1e-12)).sqrt();
      return norms.sub(Ops.scalar(1)).square().mean().mul(Ops.scalar(weight));
    }
  }

  /**
   * {@code weight / 2 E |grad d(x)|^2} over images of the data, every so many updates and then so
   * many times as large. It is a part of that update's loss and not an update of its own, so the
   * optimizer's constants need no correction as in the paper on lazy regularisation.
   *
   * @param weight gamma
   * @param every updates
   */
  @Source(key = "mescheder2018which", where = "Eq. (9)")
  @Source(key = "karras2020analyzing", where = "section 3.1, lazy regularisation")
  record R1(double weight, int every) implements Penalty {
    public R1 {
      Check.positive("weight", weight);
      Check.atLeast("every", every, 1);
    }

    /** Weight 10, every 16. */
    public static R1 of() {
      return new R1(10, 16); // Mescheder et al. 2018, section 5; Karras et al. 2020, section 3.1.
    }

    @Override
    public boolean isDue(long step) {
      return step % every == 0;
    }

    @Override
    public Tensor of(Critic critic, Tensor real, Tensor fake, Noise noise, long step) {
      return squares(critic, real.detach()).mean().mul(Ops.scalar(weight / 2 * every));
    }
  }

  /** The squared norm of each image's own gradient: [n], differentiable by the weights. */
  private static Tensor squares(Critic critic, Tensor images) {
    Tensor input = images.detach().requires_grad_(true);
    Tensor d = critic.of(input);
    Tensor gradient =
        torch
            .grad(
                new TensorVector(d.sum()),
                new TensorVector(input),
                new TensorVector(),
                new BoolOptional(true),
                true,
                false)
            .get(0);
    return gradient.flatten(1, -1).square().sum(new long[] {1}, false, Ops.sameType());
  }
}
