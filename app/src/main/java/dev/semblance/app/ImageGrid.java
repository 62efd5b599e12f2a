package dev.semblance.app;

import dev.semblance.app.report.PngImage;
import dev.semblance.core.data.ImageShape;
import java.io.IOException;
import java.util.Arrays;

/** Images of one shape side by side in one picture, row by row, with a thin frame between them. */
final class ImageGrid {
  private static final int GAP = 2;
  private static final byte GREY = 64;

  /** Beyond it few programs open a picture. */
  private static final int MOST_SIDE = 16_384;

  private ImageGrid() {}

  /** As many columns as make the grid about square. */
  static int columns(int images) {
    return Math.toIntExact((long) Math.ceil(Math.sqrt(images)));
  }

  /** Whether so many images fit into one picture. */
  static boolean fits(int images, ImageShape shape) {
    long columns = columns(images);
    long rows = (images + columns - 1) / columns;
    return columns * (shape.width() + GAP) + GAP <= MOST_SIDE
        && rows * (shape.height() + GAP) + GAP <= MOST_SIDE;
  }

  /**
   * The picture.
   *
   * @param pixels of all images, each [channels, height, width]
   */
  static PngImage png(byte[] pixels, ImageShape shape, int columns) throws IOException {
    int each = shape.channels() * shape.height() * shape.width();
    int images = pixels.length / each;
    int rows = (images + columns - 1) / columns;
    int width = columns * (shape.width() + GAP) + GAP;
    int height = rows * (shape.height() + GAP) + GAP;
    byte[] grid = new byte[shape.channels() * width * height];
    Arrays.fill(grid, GREY);
    for (int i = 0; i < images; i++) {
      int top = GAP + i / columns * (shape.height() + GAP);
      int left = GAP + i % columns * (shape.width() + GAP);
      for (int c = 0; c < shape.channels(); c++) {
        for (int y = 0; y < shape.height(); y++) {
          System.arraycopy(
              pixels,
              i * each + (c * shape.height() + y) * shape.width(),
              grid,
              (c * height + top + y) * width + left,
              shape.width());
        }
      }
    }
    return PngImage.of(shape.channels(), height, width, grid);
  }
}
