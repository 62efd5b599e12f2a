package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Sets of image files in which the folder names the class.
 *
 * <p>Folders around everything are skipped. If the outermost folders that differ are all called
 * {@code train}, {@code test} or the like, they are the parts ({@code val} stands in where there is
 * no {@code test}); otherwise each class is divided 80/20, see {@link Listing#share}. Folders
 * within folders make classes such as {@code Latin/character01}. Classes and files are in natural
 * order, the classes being those of all parts.
 */
final class ClassFolders {
  private static final Map<String, String> PARTS =
      Map.of(
          "train",
          "train",
          "training",
          "train",
          "test",
          "test",
          "testing",
          "test",
          "val",
          "val",
          "valid",
          "val",
          "validation",
          "val");

  private ClassFolders() {}

  /**
   * Lists the wanted part of an archive; the listing's pictures own the archive, which is closed at
   * once where this fails.
   */
  static Listing list(String name, Archive archive, Split split) throws IOException {
    try {
      return listOpen(name, archive, split);
    } catch (IOException | RuntimeException e) {
      archive.close();
      throw e;
    }
  }

  private static Listing listOpen(String name, Archive archive, Split split) throws IOException {
    List<String> images = new ArrayList<>();
    for (String path : archive.paths()) {
      if (ImageFiles.hasImageName(path)) {
        images.add(path);
      }
    }
    if (images.isEmpty()) {
      int others = archive.paths().size();
      throw FileProblem.of(
          archive.where("."),
          others == 0
              ? "holds no files"
              : "holds no images, only "
                  + others
                  + " other files such as "
                  + archive.paths().get(0),
          "put png, jpg, ... files into one folder for each class");
    }
    int skipped = foldersAround(images);
    List<Image> found = new ArrayList<>();
    boolean parts = images.stream().allMatch(path -> inPart(parts(path), skipped));
    for (String path : images) {
      String[] names = parts(path);
      int from = skipped + (parts ? 1 : 0);
      if (names.length - from < 2) {
        throw FileProblem.of(
            archive.where(path),
            "lies in no class folder",
            "move it into the folder of its class, or remove it");
      }
      String label = String.join("/", Arrays.copyOfRange(names, from, names.length - 1));
      found.add(new Image(path, parts ? part(names[skipped]) : "", label));
    }
    return listing(name, archive, found, parts, split);
  }

  private static Listing listing(
      String name, Archive archive, List<Image> found, boolean parts, Split split)
      throws IOException {
    TreeSet<String> sorted = new TreeSet<>(NaturalOrder.INSTANCE);
    Set<String> present = new TreeSet<>();
    for (Image image : found) {
      sorted.add(image.label);
      present.add(image.part);
    }
    List<String> classNames = List.copyOf(sorted);
    Map<String, Integer> labelOf = new TreeMap<>();
    for (String label : classNames) {
      labelOf.put(label, labelOf.size());
    }
    List<Image> chosen = found;
    if (parts && split != Split.ALL) {
      String wanted = split == Split.TRAIN ? "train" : present.contains("test") ? "test" : "val";
      if (!present.contains(wanted)) {
        throw FileProblem.of(
            archive.where("."),
            "has no " + split.text() + " part, only " + String.join(" and ", present),
            "open it as "
                + (present.contains("train") ? "train" : "test")
                + " or all; or name the folder inside, to have it divided 80/20");
      }
      chosen = found.stream().filter(image -> image.part.equals(wanted)).toList();
    } else if (parts) {
      List<String> order = List.of("train", "val", "test");
      chosen =
          found.stream()
              .sorted((a, b) -> order.indexOf(a.part) - order.indexOf(b.part))
              .collect(Collectors.toList());
    }
    List<String> paths = chosen.stream().map(Image::path).toList();
    int[] labels =
        chosen.stream().mapToInt(image -> labelOf.getOrDefault(image.label, -1)).toArray();
    Listing listing =
        Listing.of(name, new Pictures.InFiles(archive, paths), labels, classNames, paths::get);
    return parts ? listing : listing.share(split);
  }

  /** How many folders lie around everything and are neither a part nor the only class. */
  private static int foldersAround(List<String> paths) {
    String[] first = parts(paths.get(0));
    int depth = 0;
    while (true) {
      int at = depth;
      if (first.length - at < 3 || PARTS.containsKey(first[at].toLowerCase(Locale.ROOT))) {
        return depth;
      }
      for (String path : paths) {
        String[] names = parts(path);
        if (names.length - at < 3 || !names[at].equals(first[at])) {
          return depth;
        }
      }
      depth++;
    }
  }

  private static boolean inPart(String[] names, int skipped) {
    return names.length - skipped >= 3
        && PARTS.containsKey(names[skipped].toLowerCase(Locale.ROOT));
  }

  private static String part(String folder) {
    return PARTS.getOrDefault(folder.toLowerCase(Locale.ROOT), folder);
  }

  private static String[] parts(String path) {
    return path.split("/");
  }

  private record Image(String path, String part, String label) {}
}
