package dev.semblance.core.file;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes a file whole or not at all: beside its target, forced to disk, renamed, and the folder
 * forced to disk.
 *
 * <p>A failure leaves what was there before and nothing else. A process killed in between leaves a
 * hidden {@code .name.XXXX.part} file, which {@link #removeLeftovers} takes away. A symbolic link
 * stays one: the file it points to is replaced.
 */
public final class Atomic {
  private static final String SUFFIX = ".part";

  private Atomic() {}

  /** Writes the content of a file. */
  @FunctionalInterface
  public interface Content {
    /** Writes everything to {@code channel}, which is empty and stands at 0. */
    void writeTo(FileChannel channel) throws IOException;
  }

  /** Writes the content of a file as a stream. */
  @FunctionalInterface
  public interface StreamContent {
    /** Writes everything to {@code stream}, which is buffered and need not be closed. */
    void writeTo(OutputStream stream) throws IOException;
  }

  /**
   * Writes {@code content} to {@code target}, replacing what is there.
   *
   * @throws IOException one line naming the file, what failed and the remedy
   */
  public static void write(Path target, Content content) throws IOException {
    Path real = realTarget(target);
    Path part = FileProblem.folder(real).resolve(partName(real));
    boolean done = false;
    try {
      try (FileChannel channel =
          FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
        content.writeTo(channel);
        channel.force(true);
      }
      rename(part, real);
      done = true;
      forceFolder(FileProblem.folder(real));
    } catch (IOException e) {
      throw FileProblem.writing(target, e);
    } finally {
      if (!done) {
        Files.deleteIfExists(part);
      }
    }
  }

  /** As {@link #write(Path, Content)}, for content that is written as a stream. */
  public static void stream(Path target, StreamContent content) throws IOException {
    write(
        target,
        channel -> {
          OutputStream stream =
              new java.io.BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
          content.writeTo(stream);
          stream.flush();
        });
  }

  /** Writes {@code bytes} to {@code target}. */
  public static void bytes(Path target, byte[] bytes) throws IOException {
    write(
        target,
        channel -> {
          ByteBuffer buffer = ByteBuffer.wrap(bytes);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
        });
  }

  /** Writes {@code text} to {@code target} in UTF-8. */
  public static void text(Path target, String text) throws IOException {
    bytes(target, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Deletes what killed processes left of {@code target}. Only for a target that nobody else is
   * writing at this moment.
   */
  public static void removeLeftovers(Path target) throws IOException {
    Path real = realTarget(target);
    String prefix = "." + real.getFileName() + ".";
    try (DirectoryStream<Path> parts =
        Files.newDirectoryStream(
            FileProblem.folder(real),
            path -> {
              String name = String.valueOf(path.getFileName());
              return name.startsWith(prefix) && name.endsWith(SUFFIX);
            })) {
      for (Path part : parts) {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw FileProblem.writing(target, e);
    }
  }

  private static Path realTarget(Path target) throws IOException {
    if (Files.isDirectory(target)) {
      throw FileProblem.of(target, "is a folder", "give the name of a file");
    }
    Path folder = FileProblem.folder(target);
    if (!Files.isDirectory(folder)) {
      throw FileProblem.of(
          target,
          "folder " + folder + (Files.exists(folder) ? " is a file" : " does not exist"),
          Files.exists(folder) ? "choose another folder" : "create it first");
    }
    return Files.isSymbolicLink(target) && Files.exists(target) ? target.toRealPath() : target;
  }

  private static String partName(Path target) {
    return "."
        + target.getFileName()
        + "."
        + Long.toUnsignedString(ThreadLocalRandom.current().nextLong(), 36)
        + SUFFIX;
  }

  private static void rename(Path part, Path target) throws IOException {
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      // Some network file systems: still a rename within one folder, only not promised atomic.
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void forceFolder(Path folder) throws IOException {
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
