package dev.semblance.app.report;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedSet;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * All thumbnails of a report in one picture, cell by cell, so that thousands of them cost one
 * decoding and little room.
 *
 * @param cellWidth width of a cell in pixels
 * @param cellHeight height of a cell in pixels
 * @param columns cells in a row
 * @param rows rows of cells
 * @param cells the cell of each shown row of {@link Pictures}
 * @param png the sheet as a PNG file
 */
@SuppressWarnings("ArrayRecordComponent") // a file's bytes, never compared
record SpriteSheet(
    int cellWidth, int cellHeight, int columns, int rows, Map<Integer, Integer> cells, byte[] png) {

  /** Thumbnails kept for the map, at most. */
  static final int MOST_WISHED = 3_000;

  /** Bytes of all thumbnails before compression: the file stays small even if nothing shrinks. */
  static final int MOST_BYTES = 3_200_000;

  /** The longest side of a thumbnail. */
  static final int LONGEST_SIDE = 64;

  private static final int SHORTEST_SIDE = 12;
  private static final int CHUNK = 256;

  /**
   * Draws a sheet.
   *
   * @param needed rows that must be on it: those of the galleries
   * @param wished rows that may be on it, the dearest first
   */
  static SpriteSheet of(Pictures pictures, SequencedSet<Integer> needed, int[] wished)
      throws IOException {
    int longest = Math.max(pictures.width(), pictures.height());
    int side = Math.min(longest, LONGEST_SIDE);
    // The galleries may take two thirds of the room, the map's thumbnails have the rest.
    while (side > SHORTEST_SIDE
        && (long) needed.size() * bytes(pictures, side, longest) > MOST_BYTES * 2L / 3) {
      side = Math.max(SHORTEST_SIDE, side * 7 / 8);
    }
    int cellWidth = scaled(pictures.width(), side, longest);
    int cellHeight = scaled(pictures.height(), side, longest);
    int room = (int) (MOST_BYTES / bytes(pictures, side, longest));
    Map<Integer, Integer> cells = new LinkedHashMap<>();
    for (int row : needed) {
      cells.putIfAbsent(row, cells.size());
    }
    int most = Math.max(cells.size(), Math.min(room, cells.size() + MOST_WISHED));
    for (int i = 0; i < wished.length && cells.size() < most; i++) {
      cells.putIfAbsent(wished[i], cells.size());
    }
    int columns =
        Math.max(1, (int) Math.ceil(Math.sqrt((double) cells.size() * cellHeight / cellWidth)));
    int rows = Math.max(1, (cells.size() + columns - 1) / columns);
    BufferedImage sheet =
        new BufferedImage(
            columns * cellWidth,
            rows * cellHeight,
            pictures.channels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR);
    draw(pictures, cells, columns, cellWidth, cellHeight, sheet);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(png)) {
      if (!ImageIO.write(sheet, "png", out)) {
        throw new IOException("no PNG writer in this Java; use a full JDK with java.desktop");
      }
    }
    return new SpriteSheet(cellWidth, cellHeight, columns, rows, cells, png.toByteArray());
  }

  private static void draw(
      Pictures pictures,
      Map<Integer, Integer> cells,
      int columns,
      int cellWidth,
      int cellHeight,
      BufferedImage sheet) {
    byte[] target = ((DataBufferByte) sheet.getRaster().getDataBuffer()).getData();
    int channels = pictures.channels();
    int stride = sheet.getWidth() * channels;
    int[] shown = cells.keySet().stream().mapToInt(Integer::intValue).toArray();
    int each = channels * pictures.height() * pictures.width();
    for (int from = 0; from < shown.length; from += CHUNK) {
      int[] some = Arrays.copyOfRange(shown, from, Math.min(shown.length, from + CHUNK));
      byte[] pixels = pictures.pixels(some);
      for (int i = 0; i < some.length; i++) {
        int cell = from + i;
        int corner = cell / columns * cellHeight * stride + cell % columns * cellWidth * channels;
        for (int c = 0; c < channels; c++) {
          // The sheet holds blue, green, red; the pictures red, green, blue.
          int channel = channels == 1 ? c : 2 - c;
          int plane = i * each + c * pictures.height() * pictures.width();
          for (int y = 0; y < cellHeight; y++) {
            for (int x = 0; x < cellWidth; x++) {
              target[corner + y * stride + x * channels + channel] =
                  mean(pixels, plane, pictures, x, y, cellWidth, cellHeight);
            }
          }
        }
      }
    }
  }

  /** The mean of the pixels under one pixel of a cell; the pixel itself where the sizes agree. */
  private static byte mean(
      byte[] pixels, int plane, Pictures pictures, int x, int y, int cellWidth, int cellHeight) {
    int top = y * pictures.height() / cellHeight;
    int bottom = Math.max(top + 1, (y + 1) * pictures.height() / cellHeight);
    int left = x * pictures.width() / cellWidth;
    int right = Math.max(left + 1, (x + 1) * pictures.width() / cellWidth);
    long sum = 0;
    for (int row = top; row < bottom; row++) {
      for (int column = left; column < right; column++) {
        sum += pixels[plane + row * pictures.width() + column] & 0xFF;
      }
    }
    long count = (long) (bottom - top) * (right - left);
    return (byte) ((sum + count / 2) / count);
  }

  private static long bytes(Pictures pictures, int side, int longest) {
    return (long) pictures.channels()
        * scaled(pictures.width(), side, longest)
        * scaled(pictures.height(), side, longest);
  }

  private static int scaled(int size, int side, int longest) {
    return Math.max(1, Math.round((float) size * side / longest));
  }
}
