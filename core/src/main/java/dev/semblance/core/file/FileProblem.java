package dev.semblance.core.file;

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
  // A file may hold a name without end or a thousand classes; the remedy must still be seen.
  private static final int LONGEST_QUOTE = 80;
  private static final int LONGEST_WHAT = 400;
  private static final int LONGEST_SUBJECT = 1000;

  private FileProblem() {}

  /**
   * {@code subject: what; remedy}, on one line whatever the file put into the parts.
   *
   * @param subject the file, the place inside an archive ({@code set.zip!cat/1.png}), the address
   *     it comes from, or the name it was asked for by
   */
  public static IOException of(Object subject, String what, String remedy) {
    return of(subject, what, remedy, null);
  }

  /** As {@link #of(Object, String, String)}, keeping what led to it, where something did. */
  public static IOException of(
      Object subject, String what, String remedy, @Nullable Throwable cause) {
    return at(subject, "", what, remedy, cause);
  }

  /** {@code subject: place: what; remedy}, as {@link #of(Object, String, String)}. */
  public static IOException at(Object subject, String place, String what, String remedy) {
    return at(subject, place, what, remedy, null);
  }

  /** As {@link #at(Object, String, String, String)}, keeping what led to it. */
  public static IOException at(
      Object subject, String place, String what, String remedy, @Nullable Throwable cause) {
    String where = cut(subject.toString(), LONGEST_SUBJECT) + ": ";
    if (!place.isEmpty()) {
      where += place + ": ";
    }
    return new IOException(oneLine(where + cut(what, LONGEST_WHAT) + "; " + remedy), cause);
  }

  /**
   * Refuses what cannot be read as a file, before it is opened: missing, a folder, or a device or
   * pipe (opening a pipe would wait for ever).
   */
  public static void checkReadable(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw of(file, "is a folder", "give a file inside it");
    }
    if (!Files.exists(file)) {
      throw of(file, "no such file", "check the path");
    }
    if (!Files.isRegularFile(file)) {
      throw of(file, "is not a regular file", "give a file on a disk");
    }
    if (!Files.isReadable(file)) {
      throw of(file, "may not be read", "change its permissions");
    }
  }

  /** The line for a failure that the operating system reported while {@code file} was read. */
  public static IOException reading(Path file, IOException cause) {
    if (cause instanceof NoSuchFileException) {
      return of(file, "no such file", "check the path", cause);
    }
    if (cause instanceof AccessDeniedException) {
      return of(file, "may not be read", "change its permissions", cause);
    }
    return of(file, "reading failed: " + reason(cause), "check the disk and try again", cause);
  }

  /** The line for a failure that the operating system reported while {@code file} was written. */
  public static IOException writing(Path file, IOException cause) {
    Path folder = folder(file);
    if (cause instanceof AccessDeniedException) {
      return of(
          file,
          "folder " + oneLine(folder.toString()) + " may not be written",
          "change its permissions or choose another folder",
          cause);
    }
    String reason = reason(cause);
    String lower = reason.toLowerCase(Locale.ROOT);
    if (lower.contains("no space left")
        || lower.contains("not enough space")
        || lower.contains("quota exceeded")) {
      return of(
          file,
          "the disk is full (" + reason + ")",
          "free some space or choose another folder",
          cause);
    }
    if (lower.contains("read-only")) {
      return of(file, "the file system is read-only", "choose another folder", cause);
    }
    return of(file, "writing failed: " + reason, "check the disk and try again", cause);
  }

  /**
   * Why something failed, for inside a line: the operating system's reason, else the message, else
   * the exception's kind.
   */
  public static String reason(Throwable cause) {
    @Nullable String reason =
        cause instanceof FileSystemException system ? system.getReason() : cause.getMessage();
    return reason == null || reason.isBlank() ? cause.getClass().getSimpleName() : oneLine(reason);
  }

  /** The folder a file stands in. */
  public static Path folder(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }

  /** Text out of a file, fit for an error line: quoted, no control characters, not endless. */
  public static String quote(String text) {
    return "'" + cut(oneLine(text), LONGEST_QUOTE) + "'";
  }

  private static String cut(String text, int longest) {
    return text.length() > longest ? text.substring(0, longest) + "..." : text;
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
}
