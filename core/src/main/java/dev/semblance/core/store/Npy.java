package dev.semblance.core.store;

import dev.semblance.core.file.Atomic;
import dev.semblance.core.file.FileProblem;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Iterator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Arrays as NumPy reads them, in row-major order, format version 1.0: float32 matrices and unsigned
 * bytes of any shape.
 *
 * <p>Format: numpy.lib.format.
 */
public final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final int ALIGNMENT = 64;
  private static final int CHUNK = 1 << 26;
  private static final Pattern HEADER =
      Pattern.compile(
          "\\{'descr': '<f4', 'fortran_order': False, 'shape': \\((\\d{1,18}), (\\d{1,18})\\), \\}"
              + " *\n");

  private Npy() {}

  /**
   * Writes a matrix atomically.
   *
   * @param matrix [n, d], floating point; written as float32
   * @throws IOException one line naming file and remedy
   */
  public static void write(Path target, Tensor matrix) throws IOException {
    Check.matrix("matrix", matrix);
    ByteBuffer header = header("<f4", matrix.size(0) + ", " + matrix.size(1));
    Atomic.write(
        target,
        channel -> {
          writeFully(channel, header);
          try (Scope scope = Scope.open()) {
            Tensor flat = matrix.detach().cpu().to(ScalarType.Float).contiguous();
            long bytes = flat.nbytes();
            if (bytes > 0) {
              BytePointer data = new BytePointer(flat.data_ptr());
              for (long done = 0; done < bytes; done += CHUNK) {
                data.position(done).limit(Math.min(bytes, done + CHUNK));
                writeFully(channel, data.asByteBuffer());
              }
            }
          }
        });
  }

  /**
   * Writes unsigned bytes of any shape atomically, as {@code numpy.uint8} in row-major order.
   *
   * @param shape at least one dimension
   * @param parts of the values, one after the other; together as many as the shape has
   * @throws IllegalArgumentException if they are not
   * @throws IOException one line naming file and remedy
   */
  public static void writeBytes(Path target, Iterator<byte[]> parts, long... shape)
      throws IOException {
    Check.atLeast("dimensions", shape.length, 1);
    String sizes =
        Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "))
            + (shape.length == 1 ? "," : "");
    Atomic.write(
        target,
        channel -> {
          writeFully(channel, header("|u1", sizes));
          long wanted = Shapes.count(shape);
          long given = 0;
          while (parts.hasNext() && given <= wanted) {
            byte[] part = parts.next();
            given += part.length;
            writeFully(channel, ByteBuffer.wrap(part));
          }
          if (given != wanted) {
            throw new IllegalArgumentException(
                "parts must have the " + wanted + " values of the shape, got " + given);
          }
        });
  }

  private static ByteBuffer header(String type, String shape) {
    String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    int length = MAGIC.length + 2 + text.length() + 1;
    int padded = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer header =
        ByteBuffer.allocate(padded)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(MAGIC)
            .putShort((short) (padded - MAGIC.length - 2))
            .put(text.getBytes(StandardCharsets.US_ASCII));
    while (header.position() < padded - 1) {
      header.put((byte) ' ');
    }
    return header.put((byte) '\n').flip();
  }

  /**
   * Reads a matrix that {@link #write} or NumPy wrote as float32 in row-major order.
   *
   * @return float32 [n, d] in the current scope
   * @throws IOException one line naming file, place and remedy; nothing is allocated for a file
   *     whose size is not that of its shape
   */
  public static Tensor read(Path file) throws IOException {
    FileProblem.checkReadable(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer start = ByteBuffer.allocate(MAGIC.length + 2).order(ByteOrder.LITTLE_ENDIAN);
      readFully(file, channel, start, 0);
      if (start.slice(0, MAGIC.length).compareTo(ByteBuffer.wrap(MAGIC)) != 0) {
        throw FileProblem.at(
            file, "byte 0", "is no NumPy file of version 1.0", "save it with numpy.save");
      }
      ByteBuffer header = ByteBuffer.allocate(Short.toUnsignedInt(start.getShort(MAGIC.length)));
      readFully(file, channel, header, start.capacity());
      Matcher shape = HEADER.matcher(StandardCharsets.ISO_8859_1.decode(header));
      if (!shape.matches()) {
        throw FileProblem.at(
            file,
            "byte " + start.capacity(),
            "must be float32 [n, d] in row-major order",
            "save x.astype('<f4', order='C')");
      }
      long rows = Long.parseLong(shape.group(1));
      long columns = Long.parseLong(shape.group(2));
      long data = channel.size() - start.capacity() - header.capacity();
      if (Math.multiplyHigh(rows, columns) != 0 || rows * columns != data / 4 || data % 4 != 0) {
        throw FileProblem.at(
            file,
            "byte " + (start.capacity() + header.capacity()),
            "shape [" + rows + ", " + columns + "] does not fit " + data + " bytes of data",
            "the file is damaged or was not copied whole; fetch it again");
      }
      try (Scope scope = Scope.open()) {
        Tensor matrix = Ops.empty(ScalarType.Float, rows, columns);
        BytePointer target = data == 0 ? new BytePointer() : new BytePointer(matrix.data_ptr());
        for (long done = 0; done < data; done += CHUNK) {
          target.position(done).limit(Math.min(data, done + CHUNK));
          readFully(
              file, channel, target.asByteBuffer(), start.capacity() + header.capacity() + done);
        }
        return scope.keep(matrix);
      }
    } catch (FileSystemException e) {
      throw FileProblem.reading(file, e);
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private static void readFully(Path file, FileChannel channel, ByteBuffer buffer, long position)
      throws IOException {
    long at = position;
    while (buffer.hasRemaining()) {
      int count = channel.read(buffer, at);
      if (count < 0) {
        throw FileProblem.at(
            file, "byte " + at, "the file ends here", "it was not copied whole; fetch it again");
      }
      at += count;
    }
    buffer.flip();
  }
}
