package dev.semblance.core.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** Opens image sets by name or path. */
public final class DataSets {
  private static final List<String> FASHION =
      List.of(
          "T-shirt/top",
          "Trouser",
          "Pullover",
          "Dress",
          "Coat",
          "Sandal",
          "Shirt",
          "Sneaker",
          "Bag",
          "Ankle boot");

  private DataSets() {}

  /**
   * Opens a set.
   *
   * @param nameOrPath a name of the catalogue, or the path of an IDX file, of a folder of class
   *     folders or of a zip of one. A name wins over a path; write {@code ./mnist} for a folder of
   *     that name
   * @throws IOException in one line naming file, problem and remedy
   */
  public static ImageSet open(String nameOrPath, Split split, DataOptions options)
      throws IOException {
    return open(nameOrPath, split, options, DataHome.current());
  }

  /** Opens a set, looking for names in {@code home}. */
  public static ImageSet open(String nameOrPath, Split split, DataOptions options, DataHome home)
      throws IOException {
    String title = nameOrPath + " " + split.text();
    return switch (nameOrPath) {
      case "fashion-mnist" ->
          IdxImages.openFolder(title, home.require(nameOrPath), split, options, FASHION);
      case "mnist" ->
          IdxImages.openFolder(
              title,
              home.require(nameOrPath),
              split,
              options,
              IntStream.range(0, 10).mapToObj(Integer::toString).toList());
      default -> openPath(nameOrPath, split, options);
    };
  }

  private static ImageSet openPath(String text, Split split, DataOptions options)
      throws IOException {
    Path path;
    try {
      path = Path.of(text);
    } catch (InvalidPathException e) {
      throw Damage.of(text, "is neither a set nor a path", "see data list", e);
    }
    if (!Files.exists(path)) {
      throw Damage.of(text, "no set and no file of this name", "see data list, or check the path");
    }
    if (Files.isDirectory(path) && IdxImages.isFolder(path)) {
      return IdxImages.openFolder(
          path.getFileName() + " " + split.text(), path, split, options, null);
    }
    return IdxImages.openFile(path, split, options);
  }
}
