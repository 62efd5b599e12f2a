package dev.semblance.adversarial.access;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Objects;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A model that answers with nothing but the class, and counts what it is asked as {@link
 * ScoreOracle} does.
 */
public final class LabelOracle {
  private final Labels labels;
  private final Counter counter;

  /** Classes of a batch of images. */
  @FunctionalInterface
  public interface Labels {
    /**
     * Answers.
     *
     * @param images float32 or float64 [n, ...]
     * @return int64 [n], -1 where the model has no answer; in the caller's scope
     */
    Tensor of(Tensor images);
  }

  /** Classes of images in plain arrays. */
  @FunctionalInterface
  public interface RowLabels {
    /**
     * Answers.
     *
     * @param images one row each, values in row-major order
     * @return one class for each image, -1 where the model has no answer
     */
    int[] of(float[][] images);
  }

  private LabelOracle(Labels labels, int classes, Box box) {
    this.labels = Objects.requireNonNull(labels, "labels");
    this.counter = new Counter(classes, box);
  }

  /** The class of the largest score, the first of equals; -1 where a score is not finite. */
  public static LabelOracle of(ScoreOracle oracle) {
    return new LabelOracle(
        images -> {
          try (Scope scope = Scope.open()) {
            Tensor scores = oracle.scores(images);
            Tensor best = torch.argmax(scores, new LongOptional(1), false);
            Tensor finite = torch.isfinite(scores).all(1);
            return scope.keep(best.masked_fill(finite.logical_not(), Ops.scalar(-1)));
          }
        },
        oracle.classes(),
        oracle.box());
  }

  /**
   * Any function of tensors.
   *
   * @param classes it tells apart, at least 2
   * @param box of the images it takes
   */
  public static LabelOracle of(Labels labels, int classes, Box box) {
    return new LabelOracle(labels, classes, box);
  }

  /**
   * Any function of plain arrays.
   *
   * @param classes it tells apart, at least 2
   * @param box of the images it takes
   * @param shape of one image, such as 3, 32, 32; other images are refused
   */
  public static LabelOracle ofRows(RowLabels labels, int classes, Box box, long... shape) {
    Objects.requireNonNull(labels, "labels");
    return new LabelOracle(
        images -> {
          int[] answers = labels.of(PlainRows.of(images, shape));
          long[] wide = new long[answers.length];
          for (int i = 0; i < wide.length; i++) {
            wide[i] = answers[i];
          }
          return Ops.longs(wide, wide.length);
        },
        classes,
        box);
  }

  /**
   * Asks about each image.
   *
   * @param images float32 or float64 [n, ...] in {@link #box}, n >= 1
   * @return int64 [n] in the caller's scope; outside 0..classes-1 where there is no answer
   * @throws IllegalStateException if the model answers in another shape
   */
  public Tensor labels(Tensor images) {
    return counter.asked(
        labels::of,
        images,
        answer -> answer.dim() == 1 && answer.scalar_type().intern() == ScalarType.Long,
        "int64 [%d]");
  }

  /** How many images were answered so far. */
  public long queries() {
    return counter.queries();
  }

  /** How many times the model was called, failed calls included. */
  public long calls() {
    return counter.calls();
  }

  /** The number of classes, at least 2. */
  public int classes() {
    return counter.classes;
  }

  /** The range of valid images. */
  public Box box() {
    return counter.box;
  }
}
