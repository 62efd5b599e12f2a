package dev.semblance.adversarial.access;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;

/**
 * A model that answers with the scores of all classes, and counts what it is asked.
 *
 * <p>Scores are logits, probabilities or anything else of which the largest wins; logits are
 * better, because probabilities run out of digits where a model is sure. The count goes up by one
 * for each image that was answered; a call that throws is not counted, for nothing was learnt from
 * it. Any thread may ask if the model allows it.
 */
public final class ScoreOracle {
  private final Scores scores;
  private final Counter counter;

  /** Scores of a batch of images. */
  @FunctionalInterface
  public interface Scores {
    /**
     * Answers.
     *
     * @param images float32 or float64 [n, ...]
     * @return floating point [n, classes] in the caller's scope
     */
    Tensor of(Tensor images);
  }

  /** Scores of images in plain arrays, for models that know nothing of tensors. */
  @FunctionalInterface
  public interface RowScores {
    /**
     * Answers.
     *
     * @param images one row each, values in row-major order
     * @return one row of scores for each image
     */
    float[][] of(float[][] images);
  }

  private ScoreOracle(Scores scores, int classes, Box box) {
    this.scores = Objects.requireNonNull(scores, "scores");
    this.counter = new Counter(classes, box);
  }

  /** A model's logits without its gradients. */
  public static ScoreOracle of(Classifier model) {
    return of(
        images -> Ops.withoutGradient(() -> model.logits(images)), model.classes(), model.box());
  }

  /**
   * Any function of tensors.
   *
   * @param classes it tells apart, at least 2
   * @param box of the images it takes
   */
  public static ScoreOracle of(Scores scores, int classes, Box box) {
    return new ScoreOracle(scores, classes, box);
  }

  /**
   * Any function of plain arrays.
   *
   * @param classes it tells apart, at least 2
   * @param box of the images it takes
   * @param shape of one image, such as 3, 32, 32; other images are refused
   */
  public static ScoreOracle ofRows(RowScores scores, int classes, Box box, long... shape) {
    Objects.requireNonNull(scores, "scores");
    return new ScoreOracle(
        images -> {
          float[][] answers = scores.of(PlainRows.of(images, shape));
          return PlainRows.tensor(answers, images.size(0), classes);
        },
        classes,
        box);
  }

  /**
   * Asks about each image.
   *
   * @param images float32 or float64 [n, ...] in {@link #box}, n >= 1
   * @return floating point [n, {@link #classes}], perhaps with values that are not finite; in the
   *     caller's scope
   * @throws IllegalStateException if the model answers in another shape
   */
  public Tensor scores(Tensor images) {
    return counter.asked(
        scores::of,
        images,
        answer ->
            answer.dim() == 2 && answer.size(1) == counter.classes && answer.is_floating_point(),
        "floating point [%d, " + counter.classes + "]");
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
