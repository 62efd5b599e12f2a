package dev.semblance.generative.eval;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The class of an image as that of the most similar among known images, by Euclidean distance of
 * pixels: a classifier that needs no training, good enough to see that a class is missing.
 *
 * <p>Owns its tensor of images until it is closed.
 */
public final class NearestClass implements AutoCloseable {
  private final Tensor known;
  private final long[] labels;

  private NearestClass(Tensor known, long[] labels) {
    this.known = known;
    this.labels = labels;
  }

  /**
   * Compares with these images.
   *
   * @param images [m, ...] of any type, copied
   * @param labels of them, m
   */
  public static NearestClass of(Tensor images, long[] labels) {
    Check.atLeast("images", images.size(0), 1);
    if (images.size(0) != labels.length) {
      throw new IllegalArgumentException(
          "images and labels must be as many, got " + images.size(0) + " and " + labels.length);
    }
    try (Scope scope = Scope.open()) {
      Tensor rows = rows(images);
      PairwiseDistances.check("images", rows, 1);
      return new NearestClass(Scope.own(rows.clone()), labels.clone());
    }
  }

  /**
   * The classes of images.
   *
   * @param images [n, ...] in the units of the known ones
   */
  public long[] labels(Tensor images) {
    try (Scope scope = Scope.open()) {
      Tensor rows = rows(images);
      PairwiseDistances.check("images", rows, 1);
      PairwiseDistances.checkWidths("images", rows, "known images", known);
      int[] nearest = PairwiseDistances.nearest(rows, known).row();
      long[] classes = new long[nearest.length];
      for (int i = 0; i < classes.length; i++) {
        classes[i] = labels[nearest[i]];
      }
      return classes;
    }
  }

  private static Tensor rows(Tensor images) {
    return images.flatten(1, -1).to(ScalarType.Double);
  }

  @Override
  public void close() {
    Scope.release(known);
  }
}
