package dev.semblance.core.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What is wrong with a file, told in one line: the file, the place in it, the remedy. */
public final class FileProblem {
  private static final int LONGEST_QUOTE = 80;

  private FileProblem() {}

  /** {@code file: place: what; remedy}, on one line whatever the file put into the parts. */
  public static IOException at(Path file, String place, String what, String remedy) {
    return new IOException(line(file, place, what, remedy));
  }

  /** As {@link #at(Path, String, String, String)}, keeping what led to it. */
  public static IOException at(
      Path file, String place, String what, String remedy, Throwable cause) {
    return new IOException(line(file, place, what, remedy), cause);
  }

  /**
   * Refuses what cannot be read as a file, before it is opened: missing, a folder, or a device or
   * pipe (opening a pipe would wait for ever).
   */
  public static void checkReadable(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw at(file, "", "is a folder", "give a file inside it");
    }
    if (!Files.exists(file)) {
      throw at(file, "", "no such file", "check the path");
    }
    if (!Files.isRegularFile(file)) {
      throw at(file, "", "is not a regular file", "give a file on a disk");
    }
    if (!Files.isReadable(file)) {
      throw at(file, "", "may not be read", "change its permissions");
    }
  }

  /** The line for a failure that the operating system reported while {@code file} was read. */
  public static IOException reading(Path file, IOException cause) {
    if (cause instanceof NoSuchFileException) {
      return at(file, "", "no such file", "check the path", cause);
    }
    if (cause instanceof AccessDeniedException) {
      return at(file, "", "may not be read", "change its permissions", cause);
    }
    return at(
        file, "", "reading failed: " + systemReason(cause), "check the disk and try again", cause);
  }

  /** The line for a failure that the operating system reported while {@code file} was written. */
  public static IOException writing(Path file, IOException cause) {
    Path folder = folder(file);
    if (cause instanceof AccessDeniedException) {
      return at(
          file,
          "",
          "folder " + oneLine(folder.toString()) + " may not be written",
          "change its permissions or choose another folder",
          cause);
    }
    String reason = systemReason(cause);
    String lower = reason.toLowerCase(Locale.ROOT);
    if (lower.contains("no space left")
        || lower.contains("not enough space")
        || lower.contains("quota exceeded")) {
      return at(
          file,
          "",
          "the disk is full (" + reason + ")",
          "free some space or choose another folder",
          cause);
    }
    if (lower.contains("read-only")) {
      return at(file, "", "the file system is read-only", "choose another folder", cause);
    }
    return at(file, "", "writing failed: " + reason, "check the disk and try again", cause);
  }

  /** The folder a file stands in. */
  static Path folder(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }

  /** Text out of a file, fit for an error line: quoted, no control characters, not endless. */
  static String quote(String text) {
    String clean = oneLine(text);
    return "'"
        + (clean.length() > LONGEST_QUOTE ? clean.substring(0, LONGEST_QUOTE) + "..." : clean)
        + "'";
  }

  /** {@code text} with every control or line-breaking character written as an escape. */
  static String oneLine(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean breaks = Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
      clean.append(breaks ? String.format("\\u%04x", (int) c) : String.valueOf(c));
    }
    return clean.toString();
  }

  private static String line(Path file, String place, String what, String remedy) {
    return oneLine(file + ": " + (place.isEmpty() ? "" : place + ": ") + what + "; " + remedy);
  }

  private static String systemReason(IOException cause) {
    @Nullable String reason =
        cause instanceof FileSystemException system ? system.getReason() : cause.getMessage();
    return reason == null || reason.isBlank() ? cause.getClass().getSimpleName() : oneLine(reason);
  }
}
