package dev.semblance.app.report;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A picture as a PNG file, losslessly.
 *
 * @param width in pixels
 * @param height in pixels
 * @param bytes of the file; borrowed, not copied
 */
@SuppressWarnings("ArrayRecordComponent") // a file's bytes, never compared
public record PngImage(int width, int height, byte[] bytes) {
  /**
   * Writes pixels as a PNG.
   *
   * @param channels 1 (grey) or 3 (colour)
   * @param pixels channels * height * width unsigned bytes, in the order channel, row, column
   * @throws IOException if this Java has no PNG writer
   */
  public static PngImage of(int channels, int height, int width, byte[] pixels) throws IOException {
    if ((channels != 1 && channels != 3) || pixels.length != channels * height * width) {
      throw new IllegalArgumentException(
          "pixels must be "
              + channels
              + " x "
              + height
              + " x "
              + width
              + " bytes with 1 or 3 channels, got "
              + pixels.length);
    }
    BufferedImage image =
        new BufferedImage(
            width,
            height,
            channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR);
    byte[] target = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    int plane = height * width;
    for (int c = 0; c < channels; c++) {
      // The image holds blue, green, red; the pixels red, green, blue.
      int place = channels == 1 ? c : 2 - c;
      for (int i = 0; i < plane; i++) {
        target[i * channels + place] = pixels[c * plane + i];
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(png)) {
      if (!ImageIO.write(image, "png", out)) {
        throw new IOException("no PNG writer in this Java; use a full JDK with java.desktop");
      }
    }
    return new PngImage(width, height, png.toByteArray());
  }

  /** The file inside a page. */
  String address() {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PngImage that
        && width == that.width
        && height == that.height
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * width + height) + Arrays.hashCode(bytes);
  }
}
