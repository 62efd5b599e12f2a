package dev.semblance.app;

import dev.semblance.core.data.ImageFiles;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.MemoryImages;
import dev.semblance.core.data.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A folder of images that nobody sorted into classes. */
final class Photographs {
  /** How an image is brought to the size that the net takes. */
  enum Fit {
    /** The largest central rectangle of the wanted proportions, made smaller or larger. */
    SCALE,
    /** The central pixels as they are; images that are too small are scaled. */
    CROP
  }

  private Photographs() {}

  /** Whether the path is a folder with images lying in it directly, so without class folders. */
  static boolean isFolder(String text) {
    Path folder = Path.of(text);
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(Photographs::isImage);
    } catch (IOException e) {
      return false; // whoever opens it tells what is wrong
    }
  }

  /**
   * Reads all images of a folder, in the order of their names.
   *
   * @param classNames of the model; the labels are all 0 and mean nothing
   */
  static ImageSet open(String text, ImageShape shape, Fit fit, List<String> classNames)
      throws IOException {
    Path folder = Path.of(text);
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(Photographs::isImage).sorted().toList();
    }
    int each = shape.channels() * shape.height() * shape.width();
    byte[] pixels = new byte[Math.multiplyExact(files.size(), each)];
    for (int i = 0; i < files.size(); i++) {
      byte[] fitted = fitted(ImageFiles.read(files.get(i)), shape, fit).pixels();
      System.arraycopy(fitted, 0, pixels, i * each, each);
    }
    List<String> names = files.stream().map(file -> file.getFileName().toString()).toList();
    return MemoryImages.of(
        folder.getFileName().toString(),
        shape,
        pixels,
        new int[files.size()],
        classNames,
        names::get);
  }

  private static Picture fitted(Picture picture, ImageShape shape, Fit fit) {
    ImageShape own = picture.shape();
    boolean room = own.height() >= shape.height() && own.width() >= shape.width();
    return fit == Fit.CROP && room
        ? picture
            .crop(
                (own.height() - shape.height()) / 2,
                (own.width() - shape.width()) / 2,
                shape.height(),
                shape.width())
            .withChannels(shape.channels())
        : picture.fit(shape);
  }

  private static boolean isImage(Path file) {
    return Files.isRegularFile(file) && ImageFiles.hasImageName(file.getFileName().toString());
  }
}
