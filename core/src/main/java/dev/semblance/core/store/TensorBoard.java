package dev.semblance.core.store;

import dev.semblance.core.file.FileProblem;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.DoubleSupplier;
import java.util.zip.CRC32C;

/**
 * Writes scalars to an event file that TensorBoard shows.
 *
 * <p>The file's name must contain {@code tfevents}. It is a sequence of framed records (length,
 * masked CRC-32C of the length, data, masked CRC-32C of the data), each an {@code Event} message.
 * Safe for one thread at a time.
 *
 * <p>Format: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto.
 */
public final class TensorBoard implements AutoCloseable {
  /** Length and its checksum before a record, the data's checksum behind it. */
  private static final int BEFORE = 12;

  private static final int BEHIND = 4;
  private static final int LONGEST_RECORD = 1 << 20;

  private final Path file;
  private final OutputStream stream;
  private final DoubleSupplier clock;

  private TensorBoard(Path file, OutputStream stream, DoubleSupplier clock) {
    this.file = file;
    this.stream = stream;
    this.clock = clock;
  }

  /**
   * Opens {@code file} to go on at {@code fromStep}: what stands there of this and later steps, and
   * a record torn by a killed process, is cut off first. A file that is not there begins anew.
   *
   * @throws IOException one line naming file, place and remedy; a file that is no event file is
   *     left as it is
   */
  public static TensorBoard append(Path file, long fromStep) throws IOException {
    return append(file, fromStep, () -> System.currentTimeMillis() / 1e3);
  }

  static TensorBoard append(Path file, long fromStep, DoubleSupplier clock) throws IOException {
    if (!String.valueOf(file.getFileName()).contains("tfevents")) {
      throw new IllegalArgumentException(
          "the name of an event file must contain tfevents, got " + file.getFileName());
    }
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    } catch (IOException e) {
      throw FileProblem.writing(file, e);
    }
    boolean done = false;
    try {
      long keep = lengthBefore(file, channel, fromStep);
      channel.truncate(keep);
      channel.position(keep);
      TensorBoard board =
          new TensorBoard(
              file, new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 14), clock);
      if (keep == 0) {
        board.record(new Message().real(1, clock.getAsDouble()).text(3, "brain.Event:2"));
        board.flush();
      }
      done = true;
      return board;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  /** Adds one value. */
  public void scalar(String tag, long step, double value) throws IOException {
    Message one = new Message().text(1, tag).real32(2, (float) value);
    record(
        new Message()
            .real(1, clock.getAsDouble())
            .number(2, step)
            .message(5, new Message().message(1, one)));
  }

  /** Hands everything to the operating system, so that a running TensorBoard sees it. */
  public void flush() throws IOException {
    try {
      stream.flush();
    } catch (IOException e) {
      throw FileProblem.writing(file, e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      stream.close();
    } catch (IOException e) {
      throw FileProblem.writing(file, e);
    }
  }

  private void record(Message event) throws IOException {
    byte[] data = event.bytes();
    ByteBuffer framed =
        ByteBuffer.allocate(BEFORE + data.length + BEHIND).order(ByteOrder.LITTLE_ENDIAN);
    framed.putLong(data.length).putInt(masked(framed.array(), 0, 8));
    framed.put(data).putInt(masked(data, 0, data.length));
    try {
      stream.write(framed.array());
    } catch (IOException e) {
      throw FileProblem.writing(file, e);
    }
  }

  /** Where the first record of {@code fromStep} or later begins, or the whole records end. */
  private static long lengthBefore(Path file, FileChannel channel, long fromStep)
      throws IOException {
    long at = 0;
    while (true) {
      byte[] before = read(channel, at, BEFORE);
      if (before.length < BEFORE) {
        return at;
      }
      ByteBuffer head = ByteBuffer.wrap(before).order(ByteOrder.LITTLE_ENDIAN);
      long length = head.getLong();
      if (head.getInt() != masked(before, 0, 8) || length < 0 || length > LONGEST_RECORD) {
        throw FileProblem.at(
            file, "byte " + at, "is no record of an event file", "move the file away");
      }
      byte[] data = read(channel, at + BEFORE, (int) length + BEHIND);
      if (data.length < length + BEHIND) {
        return at; // Torn by a killed process.
      }
      int checksum = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).getInt((int) length);
      if (checksum != masked(data, 0, (int) length)) {
        throw FileProblem.at(
            file, "byte " + (at + BEFORE), "the record's checksum is wrong", "move the file away");
      }
      if (at > 0 && step(data, (int) length) >= fromStep) {
        return at;
      }
      at += BEFORE + length + BEHIND;
    }
  }

  /** The step of an event as this class writes it: time (9 bytes), then field 2; 0 without one. */
  private static long step(byte[] data, int length) {
    int at = 9;
    if (length <= at || data[0] != 0x09 || data[at++] != 0x10) {
      return 0;
    }
    long value = 0;
    for (int shift = 0; at < length && shift < 64; shift += 7) {
      byte next = data[at++];
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        break;
      }
    }
    return value;
  }

  private static byte[] read(FileChannel channel, long at, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {}
    return java.util.Arrays.copyOf(buffer.array(), buffer.position());
  }

  /** CRC-32C, rotated and shifted so that a checksum of checksums stays one. */
  private static int masked(byte[] bytes, int from, int count) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, from, count);
    return Integer.rotateRight((int) checksum.getValue(), 15) + 0xa282ead8;
  }

  /** A protocol buffer message, written field by field. */
  private static final class Message {
    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int LENGTH_FIRST = 2;
    private static final int FOUR_BYTES = 5;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Message number(int field, long value) {
      varint((long) field << 3 | VARINT);
      varint(value);
      return this;
    }

    Message real(int field, double value) {
      varint((long) field << 3 | EIGHT_BYTES);
      bytes.writeBytes(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(value).array());
      return this;
    }

    Message real32(int field, float value) {
      varint((long) field << 3 | FOUR_BYTES);
      bytes.writeBytes(
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
      return this;
    }

    Message text(int field, String value) {
      return sized(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return sized(field, value.bytes());
    }

    byte[] bytes() {
      return bytes.toByteArray();
    }

    private Message sized(int field, byte[] content) {
      varint((long) field << 3 | LENGTH_FIRST);
      varint(content.length);
      bytes.writeBytes(content);
      return this;
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7FL) != 0) {
        bytes.write((int) (rest & 0x7F | 0x80));
        rest >>>= 7;
      }
      bytes.write((int) rest);
    }
  }
}
