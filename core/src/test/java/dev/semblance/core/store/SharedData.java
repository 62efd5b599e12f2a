package dev.semblance.core.store;

import dev.semblance.core.data.DataHome;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;

/** The real files that tests read, and a plain decoder that is not the library's own. */
final class SharedData {
  private SharedData() {}

  /** A file that must be there. */
  static Path file(String name) throws IOException {
    Path path = Path.of(name);
    return DataHome.current().require(String.valueOf(path.getParent())).resolve(path.getFileName());
  }

  /**
   * The pixels as they are stored: a colour profile is not applied, as the makers of the reference
   * did not either.
   */
  static BufferedImage image(String name) throws IOException {
    try (ImageInputStream stream = ImageIO.createImageInputStream(file(name).toFile())) {
      ImageReader reader = ImageIO.getImageReaders(stream).next();
      reader.setInput(stream);
      ImageReadParam parameters = reader.getDefaultReadParam();
      Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
      while (types.hasNext()) {
        ImageTypeSpecifier type = types.next();
        if (type.getNumBands() == 3 && !type.getColorModel().getColorSpace().isCS_sRGB()) {
          parameters.setDestinationType(type);
        }
      }
      BufferedImage image = reader.read(0, parameters);
      reader.dispose();
      return image;
    }
  }

  /** The square at (left, top) as three planes of bytes. */
  static void planes(BufferedImage image, int left, int top, int side, byte[] target, int offset) {
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int at = offset + y * side + x;
        // The samples themselves: getRGB would correct the gamma of grey.
        for (int band = 0; band < 3; band++) {
          int from = Math.min(band, image.getRaster().getNumBands() - 1);
          target[at + band * side * side] =
              (byte) image.getRaster().getSample(left + x, top + y, from);
        }
      }
    }
  }
}
