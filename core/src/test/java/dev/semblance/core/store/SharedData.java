package dev.semblance.core.store;

import dev.semblance.core.data.DataHome;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;

/** The real files that tests read, and a plain decoder that is not the library's own. */
final class SharedData {
  private SharedData() {}

  /** A file that must be there. */
  static Path file(String name) throws IOException {
    Path path = Path.of(name);
    return DataHome.current().require(String.valueOf(path.getParent())).resolve(path.getFileName());
  }

  /** The square at (left, top) as three planes of bytes. */
  static void planes(BufferedImage image, int left, int top, int side, byte[] target, int offset) {
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int at = offset + y * side + x;
        if (image.getRaster().getNumBands() == 1) { // getRGB would correct the gamma of grey.
          byte grey = (byte) image.getRaster().getSample(left + x, top + y, 0);
          target[at] = target[at + side * side] = target[at + 2 * side * side] = grey;
        } else {
          int rgb = image.getRGB(left + x, top + y);
          target[at] = (byte) (rgb >> 16);
          target[at + side * side] = (byte) (rgb >> 8);
          target[at + 2 * side * side] = (byte) rgb;
        }
      }
    }
  }
}
