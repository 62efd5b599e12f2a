package dev.semblance.core.data;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * An image set that stands in memory as one uint8 tensor [n, c, h, w]; a batch is a copy of its
 * rows.
 *
 * <p>The tensor belongs to the set, outside every {@link Scope}, until {@link #close}. Any thread
 * may read.
 */
public final class MemoryImages implements ImageSet {
  private final String name;
  private final ImageShape shape;
  private final int[] labels;
  private final List<String> classNames;
  private final IntFunction<String> id;
  private @Nullable Tensor pixels;
  // The tensor's own memory; valid as long as the tensor is.
  private @Nullable ByteBuffer memory;
  private volatile @Nullable String digest;

  private MemoryImages(
      String name,
      ImageShape shape,
      int[] labels,
      List<String> classNames,
      IntFunction<String> id,
      Tensor pixels) {
    this.name = name;
    this.shape = shape;
    this.labels = labels;
    this.classNames = classNames;
    this.id = id;
    this.pixels = pixels;
    this.memory = Ops.memory(pixels);
  }

  /**
   * A set over a copy of {@code pixels}.
   *
   * @param pixels n*c*h*w bytes in the order image, channel, row, column; 0..255 unsigned
   * @param labels n indices into {@code classNames}
   * @param id the stable name of a row
   * @throws IllegalArgumentException if lengths disagree, the set is empty or a label is out of
   *     range
   */
  public static MemoryImages of(
      String name,
      ImageShape shape,
      byte[] pixels,
      int[] labels,
      List<String> classNames,
      IntFunction<String> id) {
    int count = labels.length;
    if (count == 0) {
      throw new IllegalArgumentException(name + " must hold at least one image, got none");
    }
    long expected = (long) count * bytesOf(shape);
    if (pixels.length != expected) {
      throw new IllegalArgumentException(
          name
              + ": pixels must be "
              + count
              + "x"
              + shape
              + " = "
              + expected
              + " bytes, got "
              + pixels.length);
    }
    for (int row = 0; row < count; row++) {
      if (labels[row] < 0 || labels[row] >= classNames.size()) {
        throw new IllegalArgumentException(
            name
                + ": label of row "
                + row
                + " must be in 0.."
                + (classNames.size() - 1)
                + ", got "
                + labels[row]);
      }
    }
    Tensor tensor;
    try (Scope scope = Scope.open()) {
      tensor = Scope.own(Ops.bytes(pixels, count, shape.channels(), shape.height(), shape.width()));
    }
    return new MemoryImages(name, shape, labels.clone(), List.copyOf(classNames), id, tensor);
  }

  /** The bytes of one image of a shape. */
  static int bytesOf(ImageShape shape) {
    return Math.multiplyExact(Math.multiplyExact(shape.channels(), shape.height()), shape.width());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public ImageShape shape() {
    return shape;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int row) {
    return labels[row];
  }

  @Override
  public int[] labels() {
    return labels.clone();
  }

  @Override
  public String id(int row) {
    return id.apply(row);
  }

  @Override
  public Tensor images(long... rows) {
    ByteBuffer all = memory();
    for (long row : rows) {
      if (row < 0 || row >= labels.length) {
        throw new IllegalArgumentException(
            name + ": row must be in 0.." + (labels.length - 1) + ", got " + row);
      }
    }
    Tensor batch =
        Ops.empty(ScalarType.Byte, rows.length, shape.channels(), shape.height(), shape.width());
    if (rows.length > 0) {
      // Fifteen times cheaper than index_select, which goes through its iterator for every row:
      // 0.04 ms against 0.7 ms for 128 rows of 784 bytes.
      ByteBuffer target = Ops.memory(batch);
      int each = bytesOf(shape);
      for (int i = 0; i < rows.length; i++) {
        target.put(i * each, all, (int) rows[i] * each, each);
      }
    }
    return batch;
  }

  /** The whole set, uint8 [n, c, h, w]; borrowed, valid until {@link #close}. */
  public Tensor all() {
    return open();
  }

  @Override
  public String digest() {
    String known = digest;
    if (known == null) {
      Digest sum = Digest.of(shape, labels, classNames);
      sum.add(memory().duplicate());
      known = sum.hex();
      digest = known;
    }
    return known;
  }

  private Tensor open() {
    Tensor tensor = pixels;
    if (tensor == null) {
      throw new IllegalStateException(name + " is closed; open it again");
    }
    return tensor;
  }

  private ByteBuffer memory() {
    ByteBuffer bytes = memory;
    if (bytes == null) {
      throw new IllegalStateException(name + " is closed; open it again");
    }
    return bytes;
  }

  @Override
  public String toString() {
    return name + " (" + labels.length + " images " + shape + ")";
  }

  @Override
  public void close() {
    Tensor tensor = pixels;
    pixels = null;
    memory = null;
    if (tensor != null) {
      Scope.release(tensor);
    }
  }
}
