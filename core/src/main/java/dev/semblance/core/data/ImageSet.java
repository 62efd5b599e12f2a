package dev.semblance.core.data;

import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/**
 * A labelled set of images of one shape, addressed by row 0..size-1.
 *
 * <p>Sets that fit are one uint8 tensor; larger ones decode on demand and prefetch. Either way
 * {@link #images} gathers.
 */
public interface ImageSet extends AutoCloseable {
  /** A short name for people, for instance {@code fashion-mnist test}. */
  String name();

  /** The number of images, at least 1. */
  int size();

  /** The shape of every image. */
  ImageShape shape();

  /** The names of the classes; a label is an index into it. */
  List<String> classNames();

  /** The label of a row, 0..classNames().size()-1. */
  int label(int row);

  /** A stable name of a row: its path inside the set, or {@code test/00042}. */
  String id(int row);

  /**
   * The images of some rows.
   *
   * @return uint8 [rows.length, channels, height, width], values 0..255, in the current scope
   * @throws java.io.UncheckedIOException naming the file, if the set decodes on demand and cannot
   */
  Tensor images(long... rows);

  /**
   * A hint that these rows are wanted soon. Sets that decode on demand begin to; others need not.
   * Never fails and never waits.
   */
  default void prefetch(long... rows) {}

  /** The SHA-256, in hexadecimal, of the decoded content: shape, pixels and labels. */
  String digest();

  /** All labels, one per row. */
  default int[] labels() {
    int[] labels = new int[size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = label(i);
    }
    return labels;
  }

  /** The labels of some rows. */
  default long[] labelsOf(long... rows) {
    return LongStream.of(rows).map(row -> label(Math.toIntExact(row))).toArray();
  }

  @Override
  void close();
}
