package dev.semblance.adversarial.attack;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Images, their true classes and who they are.
 *
 * @param images float32 or float64 [n, ...]
 * @param labels int64 [n]
 * @param ids of the samples in their data set; randomness is keyed by them, not by the row
 */
public record Samples(Tensor images, Tensor labels, long[] ids) {
  public Samples {
    if (images.dim() < 2 || images.size(0) < 1 || !images.is_floating_point()) {
      throw new IllegalArgumentException(
          "images must be floating point [n, ...] with n >= 1, got "
              + images.scalar_type()
              + " "
              + Shapes.of(images));
    }
    Check.labels("labels", labels, images.size(0));
    if (ids.length != images.size(0)) {
      throw new IllegalArgumentException(
          "ids must have one for each of the " + images.size(0) + " images, got " + ids.length);
    }
    ids = ids.clone();
  }

  /** Samples numbered from 0. */
  public static Samples of(Tensor images, Tensor labels) {
    return new Samples(images, labels, LongStream.range(0, images.size(0)).toArray());
  }

  /** All images of a set, with values in [0, 1], under their rows in it. */
  public static Samples of(ImageSet set) {
    return of(set, LongStream.range(0, set.size()).toArray());
  }

  /**
   * Some images of a set, with values in [0, 1], under their rows in it.
   *
   * @param rows each at least 0 and below the set's size
   */
  public static Samples of(ImageSet set, long... rows) {
    try (Scope scope = Scope.open()) {
      return new Samples(
          scope.keep(set.images(rows).to(ScalarType.Float).div(Ops.scalar(255))),
          scope.keep(Ops.longs(set.labelsOf(rows), rows.length)),
          rows);
    }
  }

  /** Some of the samples, in the given order, under their ids; copies in the caller's scope. */
  public Samples select(int... rows) {
    long[] chosen = IntStream.of(rows).mapToLong(row -> ids[row]).toArray();
    try (Scope scope = Scope.open()) {
      Tensor index = Ops.longs(IntStream.of(rows).asLongStream().toArray(), rows.length);
      return new Samples(
          scope.keep(images.index_select(0, index)),
          scope.keep(labels.index_select(0, index)),
          chosen);
    }
  }

  /** The number of samples. */
  public int size() {
    return ids.length;
  }

  @Override
  public long[] ids() {
    return ids.clone();
  }
}
