package dev.semblance.app.report.plate;

import dev.semblance.core.tensor.Ops;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;

/**
 * A picture in memory: grey or colour, 8 bits.
 *
 * @param channels 1 or 3
 * @param height in pixels
 * @param width in pixels
 * @param values [channels, height, width] in 0..1; what lies outside is cut
 */
@SuppressWarnings("ArrayRecordComponent") // pixels, never compared
public record Bitmap(int channels, int height, int width, double[] values) {
  public Bitmap {
    if (channels != 1 && channels != 3) {
      throw new IllegalArgumentException("channels must be 1 or 3, got " + channels);
    }
    if (values.length != channels * height * width) {
      throw new IllegalArgumentException(
          "values must be " + channels * height * width + ", got " + values.length);
    }
  }

  /**
   * An image.
   *
   * @param image [channels, height, width] or with a leading 1
   * @param low shown black
   * @param high shown white
   */
  public static Bitmap of(Tensor image, double low, double high) {
    int d = Math.toIntExact(image.dim());
    double[] values = Ops.toDoubles(image);
    for (int i = 0; i < values.length; i++) {
      values[i] = (values[i] - low) / (high - low);
    }
    return new Bitmap(
        Math.toIntExact(image.size(d - 3)),
        Math.toIntExact(image.size(d - 2)),
        Math.toIntExact(image.size(d - 1)),
        values);
  }

  /** Every pixel as a square of {@code factor} by {@code factor}. */
  public Bitmap magnified(int factor) {
    double[] large = new double[values.length * factor * factor];
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < height * factor; y++) {
        for (int x = 0; x < width * factor; x++) {
          large[(c * height * factor + y) * width * factor + x] =
              values[(c * height + y / factor) * width + x / factor];
        }
      }
    }
    return new Bitmap(channels, height * factor, width * factor, large);
  }

  /** As a PNG file. */
  public byte[] png() {
    BufferedImage picture =
        new BufferedImage(
            width,
            height,
            channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          double value = Math.clamp(values[(c * height + y) * width + x], 0.0, 1.0);
          picture.getRaster().setSample(x, y, c, (int) Math.round(255 * value));
        }
      }
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(picture, "png", file)) {
        throw new IllegalStateException("this Java has no PNG writer; use a full JDK");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }
}
