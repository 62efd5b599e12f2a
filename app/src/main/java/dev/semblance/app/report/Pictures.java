package dev.semblance.app.report;

import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * Where the report gets its thumbnails from: pictures of one shape, addressed by row. Only the rows
 * that are shown are asked for.
 *
 * @param channels 1 (grey) or 3 (colour)
 * @param height the pictures' height in pixels
 * @param width the pictures' width in pixels
 * @param source gives the pixels of some rows
 * @param names gives the name of a row, for people: its path inside the set, or its number
 */
public record Pictures(
    int channels, int height, int width, Source source, IntFunction<String> names) {

  /** Gives the pixels of some rows. */
  @FunctionalInterface
  public interface Source {
    /**
     * The pixels of some rows.
     *
     * @return [rows.length, channels, height, width] in row-major order, unsigned bytes
     */
    byte[] pixels(int[] rows);
  }

  public Pictures {
    if (channels != 1 && channels != 3) {
      throw new IllegalArgumentException(
          "channels must be 1 (grey) or 3 (colour), got " + channels);
    }
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "height and width must be >= 1, got " + height + " and " + width);
    }
  }

  /**
   * Pictures held in memory, named by their number.
   *
   * @param pixels [n, channels, height, width] in row-major order, unsigned bytes; borrowed
   */
  public static Pictures of(int channels, int height, int width, byte[] pixels) {
    int each = channels * height * width;
    Source source =
        rows -> {
          byte[] some = new byte[rows.length * each];
          for (int i = 0; i < rows.length; i++) {
            System.arraycopy(pixels, rows[i] * each, some, i * each, each);
          }
          return some;
        };
    return new Pictures(channels, height, width, source, row -> "#" + row);
  }

  /** The pixels of some rows, checked for their length. */
  byte[] pixels(int[] rows) {
    byte[] pixels = source.pixels(rows);
    long expected = (long) rows.length * channels * height * width;
    if (pixels.length != expected) {
      throw new IllegalArgumentException(
          "pixels of rows "
              + Arrays.toString(Arrays.copyOf(rows, Math.min(3, rows.length)))
              + "... must be "
              + expected
              + " bytes, got "
              + pixels.length);
    }
    return pixels;
  }
}
