package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * CIFAR-10 in its official binary files: {@code data_batch_1.bin} to {@code 5}, {@code
 * test_batch.bin} and {@code batches.meta.txt}, in a folder or in the official {@code .tar.gz}.
 *
 * <p>A record is one byte of label and 3,072 of pixels, red plane first; a file holds records only.
 */
final class CifarBinary {
  static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");
  private static final ImageShape SHAPE = new ImageShape(3, 32, 32);
  private static final int RECORD = 1 + 3 * 32 * 32;
  private static final int MOST_BYTES = 10_000 * RECORD;
  private static final int MOST_PADDING = 1 << 20;
  private static final String TEST = "test_batch.bin";
  private static final String META = "batches.meta.txt";
  private static final String AGAIN = "get the official file again";

  private CifarBinary() {}

  /** True for the name of one of the files of pixels. */
  static boolean isBatch(String name) {
    return name.equals(TEST) || name.matches("data_batch_[0-9]+\\.bin");
  }

  /** True for a folder with at least one of the files of pixels. */
  static boolean isFolder(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.anyMatch(file -> isBatch(file.getFileName().toString()));
    }
  }

  /** Opens a folder. */
  static ImageSet openFolder(String name, Path folder, Split split, DataOptions options)
      throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    List<Path> paths;
    try (var list = Files.list(folder)) {
      paths = list.toList();
    }
    for (Path path : paths) {
      String file = path.getFileName().toString();
      if (wanted(file, split)) {
        try {
          checkLength(path, file, Files.size(path));
          files.put(file, Files.readAllBytes(path));
        } catch (FileSystemException e) {
          throw FileProblem.reading(path, e);
        }
      }
    }
    return open(name, folder, files, split, options);
  }

  /** Opens a gzipped tar that holds the files in any folder. */
  static ImageSet openTar(String name, Path tar, Split split, DataOptions options)
      throws IOException {
    try (InputStream in =
        new BufferedInputStream(new GZIPInputStream(Files.newInputStream(tar), 1 << 16), 1 << 16)) {
      return open(name, tar, untar(tar, in, split), split, options);
    } catch (FileSystemException e) {
      throw FileProblem.reading(tar, e);
    } catch (ZipException | EOFException e) {
      throw FileProblem.of(tar, "damaged gzip (" + FileProblem.reason(e) + ")", AGAIN, e);
    }
  }

  private static boolean wanted(String file, Split split) {
    if (file.equals(META)) {
      return true;
    }
    return isBatch(file) && (split == Split.ALL || file.equals(TEST) == (split == Split.TEST));
  }

  private static void checkLength(Object source, String file, long length) throws IOException {
    boolean pixels = isBatch(file);
    if (pixels && (length == 0 || length % RECORD != 0 || length > MOST_BYTES)) {
      throw FileProblem.of(
          source,
          "has "
              + length
              + " bytes, expected 1 to 10,000 records of "
              + RECORD
              + " bytes (the official files have "
              + MOST_BYTES
              + ")",
          AGAIN);
    }
    if (!pixels && length > 10_000) {
      throw FileProblem.of(source, "has " + length + " bytes, expected ten class names", AGAIN);
    }
  }

  private static Map<String, byte[]> untar(Path tar, InputStream in, Split split)
      throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    byte[] header = new byte[512];
    while (true) {
      int got = in.readNBytes(header, 0, 512);
      if (got == 0 || isZero(header)) {
        // Reading on to the end makes the gzip stream check its sum; padding is short.
        in.readNBytes(MOST_PADDING);
        return files;
      }
      if (got < 512) {
        throw FileProblem.of(tar, "is a cut tar", AGAIN);
      }
      checkSum(tar, header);
      String path = text(header, 0, 100);
      long length = octal(tar, header, 124, 12);
      String file = path.substring(path.lastIndexOf('/') + 1);
      if ((header[156] == '0' || header[156] == 0) && wanted(file, split)) {
        checkLength(tar + "!" + path, file, length);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(in.readNBytes((int) length));
        if (out.size() != length) {
          throw FileProblem.of(tar + "!" + path, "is cut short", AGAIN);
        }
        files.put(file, out.toByteArray());
      } else {
        in.skipNBytes(length);
      }
      in.skipNBytes((512 - length % 512) % 512);
    }
  }

  private static boolean isZero(byte[] header) {
    for (byte b : header) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static void checkSum(Path tar, byte[] header) throws IOException {
    long sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
    }
    if (sum != octal(tar, header, 148, 8)) {
      throw FileProblem.of(tar, "is no tar, or a damaged one: wrong checksum of a header", AGAIN);
    }
  }

  private static String text(byte[] header, int from, int most) {
    int end = from;
    while (end < from + most && header[end] != 0) {
      end++;
    }
    return new String(header, from, end - from, StandardCharsets.UTF_8);
  }

  private static long octal(Path tar, byte[] header, int from, int most) throws IOException {
    String digits = text(header, from, most).strip();
    if (!digits.matches("[0-7]{1,11}")) {
      throw FileProblem.of(tar, "is no tar, or a damaged one: bad number in a header", AGAIN);
    }
    return Long.parseLong(digits, 8);
  }

  private static ImageSet open(
      String name, Path source, Map<String, byte[]> files, Split split, DataOptions options)
      throws IOException {
    byte[] meta = files.remove(META);
    List<String> classNames = meta == null ? CLASSES : names(source, meta);
    List<byte[]> batches = new ArrayList<>(files.values());
    if (batches.isEmpty()) {
      throw FileProblem.of(
          source,
          "holds no " + (split == Split.TEST ? TEST : "data_batch_1.bin ... data_batch_5.bin"),
          "get the official binary version");
    }
    int count = 0;
    for (byte[] batch : batches) {
      count += batch.length / RECORD;
    }
    byte[] pixels = new byte[count * (RECORD - 1)];
    int[] labels = new int[count];
    List<String> ids = new ArrayList<>(count);
    int row = 0;
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      String stem = file.getKey().replace(".bin", "");
      byte[] batch = file.getValue();
      for (int i = 0; i < batch.length / RECORD; i++) {
        int label = batch[i * RECORD] & 0xff;
        if (label >= classNames.size()) {
          throw FileProblem.of(
              source.resolve(file.getKey()),
              "label " + i + " must be in 0.." + (classNames.size() - 1) + ", got " + label,
              AGAIN);
        }
        labels[row] = label;
        ids.add(String.format(Locale.ROOT, "%s/%05d", stem, i));
        System.arraycopy(batch, i * RECORD + 1, pixels, row * (RECORD - 1), RECORD - 1);
        row++;
      }
    }
    Pictures pictures = new Pictures.InMemory(source.toString(), SHAPE, pixels);
    return Listing.of(name, pictures, labels, classNames, ids::get).open(options);
  }

  private static List<String> names(Path source, byte[] meta) throws IOException {
    List<String> names =
        new String(meta, StandardCharsets.UTF_8)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    if (names.size() != CLASSES.size()) {
      throw FileProblem.of(
          source + "/" + META, "must name ten classes, got " + names.size(), AGAIN);
    }
    return names;
  }
}
