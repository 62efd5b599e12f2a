package dev.semblance.core.data;

/**
 * A decoded picture.
 *
 * @param shape its size
 * @param pixels c*h*w bytes in the order channel, row, column; 0..255 unsigned. Not copied: do not
 *     write to it
 */
public record Picture(ImageShape shape, byte[] pixels) {
  public Picture {
    if (pixels.length != MemoryImages.bytesOf(shape)) {
      throw new IllegalArgumentException(
          "pixels must be "
              + shape
              + " = "
              + MemoryImages.bytesOf(shape)
              + " bytes, got "
              + pixels.length);
    }
  }

  /** The same picture in grey (1) or colour (3); grey by ITU-R BT.601 luma. */
  public Picture withChannels(int channels) {
    ImageShape wanted = new ImageShape(channels, shape.height(), shape.width());
    if (channels == shape.channels()) {
      return this;
    }
    int plane = shape.height() * shape.width();
    byte[] out = new byte[channels * plane];
    if (channels == 3) {
      for (int c = 0; c < 3; c++) {
        System.arraycopy(pixels, 0, out, c * plane, plane);
      }
    } else {
      for (int i = 0; i < plane; i++) {
        // 16-bit fixed point of 0.299, 0.587, 0.114; the weights sum to 65536.
        out[i] =
            (byte)
                ((19595 * (pixels[i] & 0xff)
                        + 38470 * (pixels[plane + i] & 0xff)
                        + 7471 * (pixels[2 * plane + i] & 0xff)
                        + 32768)
                    >> 16);
      }
    }
    return new Picture(wanted, out);
  }

  /** A rectangle of it. */
  public Picture crop(int top, int left, int height, int width) {
    if (top < 0 || left < 0 || top + height > shape.height() || left + width > shape.width()) {
      throw new IllegalArgumentException(
          "crop must lie inside "
              + shape
              + ", got "
              + height
              + "x"
              + width
              + " at row "
              + top
              + ", column "
              + left);
    }
    ImageShape wanted = new ImageShape(shape.channels(), height, width);
    byte[] out = new byte[MemoryImages.bytesOf(wanted)];
    for (int c = 0; c < shape.channels(); c++) {
      for (int y = 0; y < height; y++) {
        int from = (c * shape.height() + top + y) * shape.width() + left;
        System.arraycopy(pixels, from, out, (c * height + y) * width, width);
      }
    }
    return new Picture(wanted, out);
  }

  /**
   * Fitted to a shape: the largest central rectangle of the wanted proportions, averaged over areas
   * where it shrinks, bilinear where it grows, and turned grey or coloured.
   */
  public Picture fit(ImageShape wanted) {
    if (shape.equals(wanted)) {
      return this;
    }
    // Fewer channels are cheaper to resize.
    Picture source = wanted.channels() < shape.channels() ? withChannels(wanted.channels()) : this;
    return source.resize(wanted.height(), wanted.width()).withChannels(wanted.channels());
  }

  private Picture resize(int height, int width) {
    if (height == shape.height() && width == shape.width()) {
      return this;
    }
    double scale = Math.min((double) shape.height() / height, (double) shape.width() / width);
    Taps rows = Taps.of(shape.height(), height, scale);
    Taps columns = Taps.of(shape.width(), width, scale);
    ImageShape wanted = new ImageShape(shape.channels(), height, width);
    byte[] out = new byte[MemoryImages.bytesOf(wanted)];
    float[] line = new float[shape.width()];
    for (int c = 0; c < shape.channels(); c++) {
      for (int y = 0; y < height; y++) {
        java.util.Arrays.fill(line, 0);
        for (int tap = rows.first[y]; tap < rows.first[y + 1]; tap++) {
          float weight = rows.weight[tap];
          int from = (c * shape.height() + rows.position[tap]) * shape.width();
          for (int x = 0; x < line.length; x++) {
            line[x] += weight * (pixels[from + x] & 0xff);
          }
        }
        int to = (c * height + y) * width;
        for (int x = 0; x < width; x++) {
          float sum = 0;
          for (int tap = columns.first[x]; tap < columns.first[x + 1]; tap++) {
            sum += columns.weight[tap] * line[columns.position[tap]];
          }
          out[to + x] = (byte) Math.min(255, Math.max(0, Math.round(sum)));
        }
      }
    }
    return new Picture(wanted, out);
  }

  /** Along one axis: output i is the sum over its taps of weight times input at position. */
  private record Taps(int[] first, int[] position, float[] weight) {
    static Taps of(int from, int to, double scale) {
      double start = (from - to * scale) / 2;
      if (scale == 1) {
        start = Math.floor(start); // an odd remainder must not blur
      }
      int most = scale > 1 ? (int) Math.ceil(scale) + 1 : 2;
      int[] first = new int[to + 1];
      int[] position = new int[to * most];
      float[] weight = new float[to * most];
      int taps = 0;
      for (int i = 0; i < to; i++) {
        first[i] = taps;
        if (scale > 1) {
          double low = Math.max(0, start + i * scale);
          double high = Math.min(from, low + scale);
          for (int p = (int) low; p < from && p < high && taps - first[i] < most; p++) {
            double part = Math.min(high, p + 1) - Math.max(low, p);
            if (part > 1e-9) {
              position[taps] = p;
              weight[taps++] = (float) (part / (high - low));
            }
          }
        } else {
          double centre = Math.min(from - 1.0, Math.max(0, start + (i + 0.5) * scale - 0.5));
          int p = (int) centre;
          double fraction = centre - p;
          position[taps] = p;
          weight[taps++] = (float) (1 - fraction);
          if (fraction > 0) {
            position[taps] = p + 1;
            weight[taps++] = (float) fraction;
          }
        }
      }
      first[to] = taps;
      return new Taps(first, position, weight);
    }
  }
}
