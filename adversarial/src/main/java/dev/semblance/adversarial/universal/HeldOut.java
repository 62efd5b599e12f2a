package dev.semblance.adversarial.universal;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Images that a universal perturbation is measured on: none of them was used to find it, not even a
 * copy under another name.
 *
 * @param rows of the set, in their order
 * @param copies rows that were left out because a training image has the same pixels
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record HeldOut(long[] rows, int copies) {
  private static final int TOGETHER = 500;

  public HeldOut {
    rows = rows.clone();
  }

  @Override
  public long[] rows() {
    return rows.clone();
  }

  /**
   * Those of {@code candidates} whose pixels are no training image's.
   *
   * @param training rows of {@code source} that the perturbation is found on
   * @param candidates rows of {@code other}, which may be the same set
   */
  public static HeldOut of(ImageSet source, long[] training, ImageSet other, long[] candidates) {
    Set<ByteBuffer> known = new HashSet<>();
    for (int first = 0; first < training.length; first += TOGETHER) {
      known.addAll(Arrays.asList(pixels(source, training, first)));
    }
    long[] left = new long[candidates.length];
    int count = 0;
    for (int first = 0; first < candidates.length; first += TOGETHER) {
      ByteBuffer[] some = pixels(other, candidates, first);
      for (int i = 0; i < some.length; i++) {
        if (!known.contains(some[i])) {
          left[count++] = candidates[first + i];
        }
      }
    }
    return new HeldOut(Arrays.copyOf(left, count), candidates.length - count);
  }

  /** One buffer an image; buffers are equal where their bytes are. */
  private static ByteBuffer[] pixels(ImageSet set, long[] rows, int first) {
    long[] some = Arrays.copyOfRange(rows, first, Math.min(rows.length, first + TOGETHER));
    byte[] all;
    try (Scope scope = Scope.open()) {
      all = Ops.toBytes(set.images(some));
    }
    int each = all.length / some.length;
    ByteBuffer[] images = new ByteBuffer[some.length];
    for (int i = 0; i < some.length; i++) {
      images[i] = ByteBuffer.wrap(Arrays.copyOfRange(all, i * each, (i + 1) * each));
    }
    return images;
  }
}
