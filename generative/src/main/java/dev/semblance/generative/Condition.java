package dev.semblance.generative;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.train.Batch;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What is asked of each image of a batch. A model says which cases it takes and refuses the others
 * by name.
 */
public sealed interface Condition {
  /** The label that stands for no class: what a dropped condition becomes. */
  long NO_CLASS = -1;

  /** Nothing is asked. */
  static Condition none() {
    return new None();
  }

  /** The same class for {@code n} images. */
  static Condition label(long label, int n) {
    long[] labels = new long[n];
    Arrays.fill(labels, label);
    return new Labels(labels);
  }

  /**
   * The classes of a batch to learn from, each taken away with a probability, drawn by its row and
   * the step.
   */
  static Labels labels(Batch batch, double dropout, long seed) {
    Labels labels = new Labels(Ops.toLongs(batch.labels()));
    if (dropout == 0) {
      return labels;
    }
    long[] rows = batch.rows();
    boolean[] dropped = new boolean[rows.length];
    for (int i = 0; i < dropped.length; i++) {
      dropped[i] = Rng.of(seed, Rng.Purpose.DROP, rows[i], batch.step()).nextDouble() < dropout;
    }
    return labels.without(dropped);
  }

  /** The conditions of the images {@code from} to {@code to - 1}. */
  Condition part(int from, int to);

  /**
   * The condition with those of some images taken away, as classifier-free guidance trains.
   *
   * @param dropped for each image
   */
  Condition without(boolean[] dropped);

  /** Nothing is asked; of any number of images. */
  record None() implements Condition {
    @Override
    public None part(int from, int to) {
      return this;
    }

    @Override
    public None without(boolean[] dropped) {
      return this;
    }
  }

  /**
   * A class for each image.
   *
   * @param labels 0..classes-1, or {@link #NO_CLASS}
   */
  record Labels(long[] labels) implements Condition {
    public Labels {
      labels = labels.clone();
    }

    @Override
    public long[] labels() {
      return labels.clone();
    }

    /** The labels as a tensor: int64 [n]. */
    public Tensor tensor() {
      return Ops.longs(labels);
    }

    /**
     * The labels, if all are classes of a model or none of an image.
     *
     * @throws IllegalArgumentException naming the first that is not
     */
    public Labels within(int classes) {
      for (long label : labels) {
        if (label != NO_CLASS && (label < 0 || label >= classes)) {
          throw new IllegalArgumentException(
              "class must be 0.." + (classes - 1) + ", got " + label);
        }
      }
      return this;
    }

    @Override
    public Labels part(int from, int to) {
      return new Labels(Arrays.copyOfRange(labels, from, to));
    }

    @Override
    public Labels without(boolean[] dropped) {
      long[] left = labels.clone();
      for (int i = 0; i < left.length; i++) {
        if (dropped[i]) {
          left[i] = NO_CLASS;
        }
      }
      return new Labels(left);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Labels that && Arrays.equals(labels, that.labels);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(labels);
    }

    @Override
    public String toString() {
      return "labels " + Arrays.toString(labels);
    }
  }

  /**
   * A vector for each image; that of a dropped condition is zero.
   *
   * @param values float32 [n, d], borrowed
   */
  record Values(Tensor values) implements Condition {
    @Override
    public Values part(int from, int to) {
      return new Values(values.narrow(0, from, to - from));
    }

    @Override
    public Values without(boolean[] dropped) {
      return new Values(zeroed(values, dropped));
    }
  }

  /**
   * An image for each image; that of a dropped condition is zero.
   *
   * @param images float32 [n, c, h, w], borrowed
   */
  record Image(Tensor images) implements Condition {
    @Override
    public Image part(int from, int to) {
      return new Image(images.narrow(0, from, to - from));
    }

    @Override
    public Image without(boolean[] dropped) {
      return new Image(zeroed(images, dropped));
    }
  }

  private static Tensor zeroed(Tensor values, boolean[] dropped) {
    float[] factors = new float[dropped.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = dropped[i] ? 0 : 1;
    }
    long[] shape = new long[Math.toIntExact(values.dim())];
    Arrays.fill(shape, 1);
    shape[0] = dropped.length;
    // Not a product: what is dropped may be anything.
    return torch.where(
        Ops.floats(factors, shape).gt(Ops.scalar(0)), values, torch.zeros_like(values));
  }
}
