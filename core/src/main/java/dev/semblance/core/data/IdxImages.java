package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Sets in the four files of MNIST: {@code train-images-idx3-ubyte}, {@code t10k-images-idx3-ubyte}
 * and their labels, each plain or {@code .gz}.
 *
 * <p>A file whose name begins with {@code train}, {@code t10k} or {@code test} is that part; any
 * other pair of files is divided 80/20 within each class.
 */
final class IdxImages {
  private static final String IMAGES = "images";

  private IdxImages() {}

  /** True for a name that can be an IDX images file. */
  static boolean isImagesFile(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return name.contains(IMAGES) && (name.contains("idx3") || name.contains(".idx"))
        || name.endsWith(".idx")
        || name.endsWith(".idx3")
        || name.endsWith("-ubyte")
        || name.endsWith("-ubyte.gz");
  }

  /** True for a folder with at least one IDX images file. */
  static boolean isFolder(Path folder) throws IOException {
    return !imagesFiles(folder).isEmpty();
  }

  private static List<Path> imagesFiles(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .filter(file -> isImagesFile(file) && file.getFileName().toString().contains(IMAGES))
          .sorted()
          .toList();
    }
  }

  /**
   * Opens the parts in a folder.
   *
   * @param classNames the names of the classes, or null: 0..largest label
   */
  static ImageSet openFolder(
      String name, Path folder, Split split, DataOptions options, @Nullable List<String> classNames)
      throws IOException {
    List<Path> files = imagesFiles(folder);
    List<Path> chosen = new ArrayList<>();
    for (Split part : List.of(Split.TRAIN, Split.TEST)) {
      if (split == Split.ALL || split == part) {
        Path file = choose(files, part);
        if (file == null) {
          throw FileProblem.of(
              folder,
              "holds no " + (part == Split.TRAIN ? "train" : "t10k") + "-images-idx3-ubyte(.gz)",
              "get the four files of the set");
        }
        chosen.add(file);
      }
    }
    return read(name, chosen, Split.ALL, options, classNames);
  }

  /** Opens a named images file: the part it is, its sibling, or a share of it. */
  static ImageSet openFile(Path file, Split split, DataOptions options) throws IOException {
    String name = file.getFileName().toString();
    Split own = part(file);
    if (own == null) {
      return read(name, List.of(file), split, options, null);
    }
    if (split == own) {
      return read(name, List.of(file), Split.ALL, options, null);
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw FileProblem.of(file, "is not a file in a folder", "check the path");
    }
    return openFolder(folder.getFileName() + " " + split.text(), folder, split, options, null);
  }

  private static @Nullable Path choose(List<Path> files, Split part) {
    for (Path file : files) {
      if (part(file) == part) {
        return file;
      }
    }
    return null;
  }

  private static @Nullable Split part(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    if (name.startsWith("train")) {
      return Split.TRAIN;
    }
    return name.startsWith("t10k") || name.startsWith("test") ? Split.TEST : null;
  }

  private static ImageSet read(
      String name,
      List<Path> files,
      Split share,
      DataOptions options,
      @Nullable List<String> classNames)
      throws IOException {
    byte[] pixels = new byte[0];
    int[] labels = new int[0];
    List<String> prefixes = new ArrayList<>();
    List<Integer> starts = new ArrayList<>();
    int height = 0;
    int width = 0;
    for (Path file : files) {
      Path labelsFile = labelsOf(file);
      IdxFile images = IdxFile.read(file, 3);
      int[] more = labels(labelsFile, images.shape()[0], file, classNames);
      if (height != 0 && (height != images.shape()[1] || width != images.shape()[2])) {
        throw FileProblem.of(
            file,
            "has images of "
                + images.shape()[1]
                + "x"
                + images.shape()[2]
                + ", the other part "
                + height
                + "x"
                + width,
            "open the parts one by one");
      }
      height = images.shape()[1];
      width = images.shape()[2];
      starts.add(labels.length);
      prefixes.add(prefix(file));
      pixels = pixels.length == 0 ? images.elements() : joined(pixels, images.elements(), file);
      labels = joined(labels, more);
    }
    List<String> names = classNames == null ? numbered(labels) : classNames;
    Pictures pictures =
        new Pictures.InMemory(files.get(0).toString(), new ImageShape(1, height, width), pixels);
    return Listing.of(name, pictures, labels, names, row -> id(row, starts, prefixes))
        .share(share)
        .open(options);
  }

  private static String id(int row, List<Integer> starts, List<String> prefixes) {
    int part = prefixes.size() - 1;
    while (starts.get(part) > row) {
      part--;
    }
    return String.format(Locale.ROOT, "%s/%05d", prefixes.get(part), row - starts.get(part));
  }

  private static String prefix(Path file) {
    Split part = part(file);
    if (part != null) {
      return part.text();
    }
    String name = file.getFileName().toString();
    int end = name.indexOf('.');
    return end > 0 ? name.substring(0, end) : name;
  }

  private static Path labelsOf(Path images) throws IOException {
    String name = images.getFileName().toString();
    String plain = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
    String wanted = plain.replace(IMAGES, "labels").replace("idx3", "idx1");
    if (wanted.equals(plain)) {
      throw FileProblem.of(
          images,
          "names no labels file",
          "call the pair X-images-idx3-ubyte and X-labels-idx1-ubyte");
    }
    for (String candidate : List.of(wanted, wanted + ".gz")) {
      Path file = images.resolveSibling(candidate);
      if (Files.exists(file)) {
        return file;
      }
    }
    throw FileProblem.of(
        images, "has no labels beside it", "put " + wanted + "(.gz) into its folder");
  }

  private static int[] labels(Path file, int count, Path images, @Nullable List<String> classNames)
      throws IOException {
    IdxFile read = IdxFile.read(file, 1);
    if (read.shape()[0] != count) {
      throw FileProblem.of(
          file,
          "has "
              + read.shape()[0]
              + " labels for the "
              + count
              + " images of "
              + images.getFileName(),
          "get the matching pair");
    }
    int[] labels = new int[count];
    for (int row = 0; row < count; row++) {
      labels[row] = read.elements()[row] & 0xff;
      if (classNames != null && labels[row] >= classNames.size()) {
        throw FileProblem.of(
            file,
            "label " + row + " must be in 0.." + (classNames.size() - 1) + ", got " + labels[row],
            "get the file again");
      }
    }
    return labels;
  }

  private static List<String> numbered(int[] labels) {
    List<String> names = new ArrayList<>();
    int most = Arrays.stream(labels).max().orElse(0);
    for (int label = 0; label <= most; label++) {
      names.add(Integer.toString(label));
    }
    return names;
  }

  private static byte[] joined(byte[] first, byte[] second, Path file) throws IOException {
    if ((long) first.length + second.length > Integer.MAX_VALUE - 16) {
      throw FileProblem.of(file, "makes the set larger than 2 GiB", "open the parts one by one");
    }
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static int[] joined(int[] first, int[] second) {
    int[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
