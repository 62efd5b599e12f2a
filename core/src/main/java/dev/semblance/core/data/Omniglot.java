package dev.semblance.core.data;

import dev.semblance.core.Source;
import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Omniglot: 1,623 handwritten characters of 50 alphabets, 20 drawers each.
 *
 * <p>The training part is {@code images_background}, the test part {@code images_evaluation}, each
 * a zip or a folder; their alphabets are disjoint. A class is {@code alphabet/character}. Images
 * are as in the files: <b>ink is 0, paper 255</b> (MNIST has it the other way), so that a scanned
 * query looks like the gallery. They are 105x105 and brought to 28x28 by area averaging unless a
 * size is asked for.
 */
@Source(key = "lake2015human", where = "Omniglot")
final class Omniglot {
  static final int USUAL_SIDE = 28;

  private Omniglot() {}

  static ImageSet open(String name, Path folder, Split split, DataOptions options)
      throws IOException {
    Listing listing =
        switch (split) {
          case TRAIN -> part(name, folder, "images_background");
          case TEST -> part(name, folder, "images_evaluation");
          case ALL -> {
            Listing background = part(name, folder, "images_background");
            try {
              yield background.followedBy(part(name, folder, "images_evaluation"));
            } catch (IOException e) {
              background.pictures().close();
              throw e;
            }
          }
        };
    return listing.open(usual(options));
  }

  static DataOptions usual(DataOptions options) {
    return options.size() instanceof ImageSize.Automatic
        ? options.withSize(ImageSize.square(USUAL_SIDE))
        : options;
  }

  private static Listing part(String name, Path folder, String part) throws IOException {
    Path zip = folder.resolve(part + ".zip");
    Path unpacked = folder.resolve(part);
    if (!Files.exists(zip) && !Files.isDirectory(unpacked)) {
      throw FileProblem.of(
          folder, "holds neither " + part + ".zip nor a folder " + part, "get the set again");
    }
    Archive archive = Files.exists(zip) ? ZipArchive.open(zip) : FolderArchive.open(unpacked);
    return ClassFolders.list(name, archive, Split.ALL);
  }
}
