package dev.semblance.similarity.eval;

import dev.semblance.core.tensor.Check;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings with the class of each row and, for re-identification, the camera that saw it.
 *
 * <p>Label -1 marks a distractor: never a query, removed from every gallery (zheng2015scalable).
 * The tensor is borrowed.
 */
public final class LabelledEmbeddings {
  private final Tensor embeddings;
  private final int[] labels;
  private final int @Nullable [] cameras;

  private LabelledEmbeddings(Tensor embeddings, int[] labels, int @Nullable [] cameras) {
    this.embeddings = embeddings;
    this.labels = labels;
    this.cameras = cameras;
  }

  /**
   * Rows with classes.
   *
   * @param embeddings floating point [n, d], n >= 1, finite
   * @param labels one per row, at least -1
   * @throws IllegalArgumentException naming what does not fit
   */
  public static LabelledEmbeddings of(Tensor embeddings, int... labels) {
    Check.matrix("embeddings", embeddings);
    long rows = embeddings.size(0);
    Check.atLeast("rows of embeddings", rows, 1);
    Check.atLeast("columns of embeddings", embeddings.size(1), 1);
    if (labels.length != rows) {
      throw new IllegalArgumentException(
          "labels must have " + rows + " values, one per row of embeddings, got " + labels.length);
    }
    for (int label : labels) {
      Check.atLeast("label", label, -1);
    }
    return new LabelledEmbeddings(embeddings, labels.clone(), null);
  }

  /** The same rows, seen by cameras: one number per row. */
  public LabelledEmbeddings withCameras(int... cameras) {
    if (cameras.length != labels.length) {
      throw new IllegalArgumentException(
          "cameras must have " + labels.length + " values, one per row, got " + cameras.length);
    }
    return new LabelledEmbeddings(embeddings, labels, cameras.clone());
  }

  /** Floating point [n, d]. */
  public Tensor embeddings() {
    return embeddings;
  }

  /** The number of rows. */
  public int size() {
    return labels.length;
  }

  /** The class of a row. */
  public int label(int row) {
    return labels[row];
  }

  /** A copy of all labels. */
  public int[] labels() {
    return labels.clone();
  }

  /** True if cameras are known. */
  public boolean hasCameras() {
    return cameras != null;
  }

  /** The camera of a row; 0 where none is known. */
  int camera(int row) {
    return cameras == null ? 0 : cameras[row];
  }

  /** The number of classes, distractors not counted. */
  int classes() {
    return (int) Arrays.stream(labels).filter(label -> label >= 0).distinct().count();
  }
}
