package dev.semblance.adversarial.blackbox;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Shapes;
import org.bytedeco.pytorch.Tensor;

/** Where a search by labels begins: images that may have reached the goal already. */
public interface Start {
  /** How many images there are to try, at least 1. */
  int count();

  /**
   * The k-th image to try.
   *
   * @param seed of the attack
   * @param k from 0, below {@link #count}
   */
  double[] image(Subject subject, long seed, int k);

  /**
   * Uniform noise over the box.
   *
   * @param draws to try, at least 1
   */
  record Noise(int draws) implements Start {
    public Noise {
      Check.atLeast("draws", draws, 1);
    }

    /** 10,000 draws, as chen2020hopskipjump's code. */
    public static Noise of() {
      return new Noise(10_000);
    }

    @Override
    public int count() {
      return draws;
    }

    @Override
    public double[] image(Subject subject, long seed, int k) {
      Rng rng = Rng.of(seed, Rng.Purpose.START, subject.id(), k);
      double[] image = new double[subject.width()];
      for (int i = 0; i < image.length; i++) {
        image[i] = subject.stored(rng.uniform(subject.box().low(), subject.box().high()));
      }
      return image;
    }
  }

  /** Given images, such as those of a target class; each sample tries them in its own order. */
  final class Images implements Start {
    private final double[] values;
    private final int count;
    private final int width;

    private Images(double[] values, int count) {
      this.values = values;
      this.count = count;
      this.width = values.length / count;
    }

    /**
     * Copies images.
     *
     * @param images floating point [n, ...] in the model's box
     */
    public static Images of(Tensor images) {
      if (images.dim() < 2 || images.size(0) < 1 || !images.is_floating_point()) {
        throw new IllegalArgumentException(
            "images must be floating point [n, ...] with n >= 1, got "
                + images.scalar_type()
                + " "
                + Shapes.of(images));
      }
      return new Images(Ops.toDoubles(images), (int) images.size(0));
    }

    @Override
    public int count() {
      return count;
    }

    @Override
    public double[] image(Subject subject, long seed, int k) {
      if (width != subject.width()) {
        throw new IllegalArgumentException(
            "images to start from must have "
                + subject.width()
                + " values as the samples, got "
                + width);
      }
      int row = Rng.of(seed, Rng.Purpose.START, subject.id(), 0).permutation(count)[k];
      double[] image = new double[width];
      for (int i = 0; i < width; i++) {
        image[i] = subject.stored(values[row * width + i]);
      }
      return image;
    }
  }
}
