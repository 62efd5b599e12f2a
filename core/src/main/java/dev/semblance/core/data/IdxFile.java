package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Reads IDX files of unsigned bytes, plain or gzip: the format of MNIST.
 *
 * <p>A file is a magic number {@code 00 00 08 D}, D lengths as big-endian int32, then the elements,
 * last index fastest. The header is checked against the size of the file, for gzip against its
 * length field and deflate's greatest ratio, before anything is allocated.
 *
 * @param shape the D lengths, each at least 1
 * @param elements the elements in row-major order, unsigned
 */
record IdxFile(int[] shape, byte[] elements) {
  private static final int UNSIGNED_BYTE = 0x08;
  // Deflate codes at most 258 bytes in 2 bits.
  private static final long GREATEST_RATIO = 1032;
  private static final int AT_ONCE = 64 << 20;
  private static final String AGAIN = "get the file again";

  /** Reads a file of {@code dimensions} dimensions. */
  static IdxFile read(Path file, int dimensions) throws IOException {
    long fileSize;
    boolean zipped;
    try {
      if (Files.isDirectory(file)) {
        throw FileProblem.of(file, "is a folder, not an IDX file", "name the file in it");
      }
      fileSize = Files.size(file);
      zipped = isGzip(file);
    } catch (java.nio.file.FileSystemException e) {
      throw FileProblem.reading(file, e);
    }
    if (fileSize == 0) {
      throw FileProblem.of(file, "is empty", AGAIN);
    }
    try (InputStream in = open(file, zipped)) {
      return read(in, file, dimensions, zipped, zipped ? unzippedSize(file, fileSize) : fileSize);
    } catch (ZipException e) {
      throw FileProblem.of(file, "damaged gzip (" + FileProblem.reason(e) + ")", AGAIN, e);
    } catch (java.io.EOFException e) {
      throw FileProblem.of(file, "ends before its gzip stream does", AGAIN, e);
    }
  }

  private static InputStream open(Path file, boolean zipped) throws IOException {
    InputStream raw = Files.newInputStream(file);
    if (!zipped) {
      return new BufferedInputStream(raw, 1 << 16);
    }
    try {
      return new GZIPInputStream(raw, 1 << 16);
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  private static boolean isGzip(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.read() == 0x1f && in.read() == 0x8b;
    }
  }

  /** What the gzip file says it holds: its last four bytes, size modulo 2^32. */
  private static long unzippedSize(Path file, long fileSize) throws IOException {
    if (fileSize < 18) {
      throw FileProblem.of(
          file, "is cut short: a gzip file has at least 18 bytes, got " + fileSize, AGAIN);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer last = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      channel.read(last, fileSize - 4);
      return last.flip().getInt() & 0xFFFFFFFFL;
    }
  }

  private static IdxFile read(
      InputStream in, Path file, int dimensions, boolean zipped, long unzipped) throws IOException {
    byte[] head = in.readNBytes(4 + 4 * dimensions);
    if (head.length >= 4 && (head[0] != 0 || head[1] != 0)) {
      throw FileProblem.of(
          file,
          String.format(
              "is not an IDX file: it starts with %02x%02x%02x%02x, expected 000008%02x",
              head[0], head[1], head[2], head[3], dimensions),
          "check the path");
    }
    if (head.length >= 4 && head[2] != UNSIGNED_BYTE) {
      throw FileProblem.of(
          file,
          String.format("holds elements of type 0x%02x, expected unsigned bytes (0x08)", head[2]),
          "convert it to unsigned bytes");
    }
    if (head.length >= 4 && head[3] != dimensions) {
      throw FileProblem.of(
          file,
          "has "
              + (head[3] & 0xff)
              + " dimensions, expected "
              + dimensions
              + (dimensions == 3 ? " (images)" : " (labels)"),
          "are the images and labels files swapped? check the path");
    }
    if (head.length < 4 + 4 * dimensions) {
      throw FileProblem.of(
          file,
          "is cut short: the header has " + (4 + 4 * dimensions) + " bytes, got " + head.length,
          AGAIN);
    }
    int[] shape = new int[dimensions];
    ByteBuffer.wrap(head, 4, 4 * dimensions).asIntBuffer().get(shape);
    long count = count(file, shape);
    long expected = head.length + count;
    if (expected != unzipped) {
      throw FileProblem.of(
          file,
          "claims " + Arrays.toString(shape) + " = " + expected + " bytes but holds " + unzipped,
          AGAIN);
    }
    if (zipped && count / GREATEST_RATIO > Files.size(file)) {
      throw FileProblem.of(
          file,
          "claims "
              + Arrays.toString(shape)
              + ", more than its "
              + Files.size(file)
              + " bytes of gzip can hold",
          AGAIN);
    }
    byte[] elements = elements(in, (int) count);
    if (elements.length != count) {
      throw FileProblem.of(
          file, "ends after " + elements.length + " of " + count + " elements", AGAIN);
    }
    // Reading past the end makes the gzip stream check its sum.
    if (in.read() != -1) {
      throw FileProblem.of(file, "goes on after its " + count + " elements", AGAIN);
    }
    return new IdxFile(shape, elements);
  }

  private static byte[] elements(InputStream in, int count) throws IOException {
    if (count > AT_ONCE) {
      return in.readNBytes(count); // grows with what arrives, not with what is claimed
    }
    byte[] elements = new byte[count];
    int got = in.readNBytes(elements, 0, count);
    return got == count ? elements : Arrays.copyOf(elements, got);
  }

  private static long count(Path file, int[] shape) throws IOException {
    long count = 1;
    for (int length : shape) {
      if (length < 1) {
        throw FileProblem.of(
            file, "has a length of " + length + " in " + Arrays.toString(shape), AGAIN);
      }
      // The product of three int32 can pass 2^63; past 2^31 it is refused anyway.
      count = Math.min(count * length, 1L << 32);
    }
    if (count > Integer.MAX_VALUE - 16) {
      throw FileProblem.of(
          file,
          "claims " + Arrays.toString(shape) + " = more than 2 GiB",
          "check the file, or split it");
    }
    return count;
  }
}
