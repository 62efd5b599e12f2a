package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The files in a zip, read in place. Names that leave the archive, sizes no image has and contents
 * that fail their checksum are refused by name.
 */
final class ZipArchive implements Archive {
  private static final String AGAIN = "get the file again";
  // An honest image is compressed already; a zip shrinks it little. Small files may shrink more.
  private static final long SUSPICIOUS_BYTES = 16 << 20;
  private static final long SUSPICIOUS_RATIO = 200;

  private final Path file;
  private final ZipFile zip;
  private final Map<String, ZipEntry> entries;
  private final List<String> paths;

  private ZipArchive(Path file, ZipFile zip, Map<String, ZipEntry> entries, List<String> paths) {
    this.file = file;
    this.zip = zip;
    this.entries = entries;
    this.paths = paths;
  }

  static ZipArchive open(Path file) throws IOException {
    ZipFile zip;
    try {
      if (Files.size(file) == 0) {
        throw FileProblem.of(file, "is empty", AGAIN);
      }
      zip = new ZipFile(file.toFile());
    } catch (FileSystemException e) {
      throw FileProblem.reading(file, e);
    } catch (ZipException | IllegalArgumentException e) {
      throw FileProblem.of(file, "damaged zip (" + FileProblem.reason(e) + ")", AGAIN, e);
    }
    try {
      Map<String, ZipEntry> entries = new HashMap<>();
      for (ZipEntry entry : Collections.list(zip.entries())) {
        checkName(file, entry.getName());
        if (entry.isDirectory() || hidden(entry.getName())) {
          continue;
        }
        checkSize(file, entry);
        if (entries.put(entry.getName(), entry) != null) {
          throw FileProblem.of(inside(file, entry.getName()), "occurs twice", "pack the zip again");
        }
      }
      List<String> paths = new ArrayList<>(entries.keySet());
      paths.sort(NaturalOrder.INSTANCE);
      return new ZipArchive(file, zip, entries, List.copyOf(paths));
    } catch (IOException | RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  private static void checkName(Path file, String name) throws IOException {
    boolean escapes =
        name.startsWith("/")
            || name.indexOf('\\') >= 0
            || name.indexOf('\0') >= 0
            || (name.length() > 1 && name.charAt(1) == ':')
            || Arrays.asList(name.split("/")).contains("..");
    if (escapes || name.isEmpty()) {
      throw FileProblem.of(
          inside(file, name), "is a name that could leave the archive", "pack the zip again");
    }
  }

  private static boolean hidden(String name) {
    return name.startsWith("__MACOSX/") || name.startsWith(".") || name.contains("/.");
  }

  private static void checkSize(Path file, ZipEntry entry) throws IOException {
    long size = entry.getSize();
    long packed = Math.max(1, entry.getCompressedSize());
    boolean bomb = size > SUSPICIOUS_BYTES && size / packed > SUSPICIOUS_RATIO;
    if (bomb || size > ImageFiles.MOST_BYTES) {
      throw FileProblem.of(
          inside(file, entry.getName()),
          "would unpack from " + packed + " to " + size + " bytes",
          "remove it from the zip");
    }
  }

  private static String inside(Path file, String name) {
    return file + "!" + name;
  }

  @Override
  public List<String> paths() {
    return paths;
  }

  @Override
  public byte[] read(String path) throws IOException {
    ZipEntry entry = entry(path);
    try (InputStream in = zip.getInputStream(entry)) {
      // One more than claimed: a file that goes on is caught without unpacking the rest.
      byte[] bytes = in.readNBytes((int) Math.min(entry.getSize() + 1, ImageFiles.MOST_BYTES));
      if (bytes.length != entry.getSize()) {
        throw FileProblem.of(
            where(path),
            "has "
                + (bytes.length > entry.getSize() ? "more" : "fewer")
                + " bytes than the "
                + entry.getSize()
                + " the zip claims",
            AGAIN);
      }
      CRC32 sum = new CRC32();
      sum.update(bytes);
      if (sum.getValue() != entry.getCrc()) {
        throw FileProblem.of(
            where(path), "fails its checksum (CRC-32): damaged or encrypted", AGAIN);
      }
      return bytes;
    } catch (ZipException | java.io.EOFException e) {
      throw FileProblem.of(
          where(path), "damaged zip entry (" + FileProblem.reason(e) + ")", AGAIN, e);
    }
  }

  @Override
  public byte[] head(String path, int most) throws IOException {
    try (InputStream in = zip.getInputStream(entry(path))) {
      return in.readNBytes(most);
    } catch (ZipException | java.io.EOFException e) {
      throw FileProblem.of(
          where(path), "damaged zip entry (" + FileProblem.reason(e) + ")", AGAIN, e);
    }
  }

  private ZipEntry entry(String path) throws IOException {
    ZipEntry entry = entries.get(path);
    if (entry == null) {
      throw FileProblem.of(file, "holds no " + path, AGAIN);
    }
    return entry;
  }

  @Override
  public String where(String path) {
    return inside(file, path);
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
