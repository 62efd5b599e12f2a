package dev.semblance.app.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

final class SpriteSheetTest {
  @Test
  void smallPicturesStandInTheirCellsUnchanged() throws Exception {
    for (int channels : new int[] {1, 3}) {
      int n = 700;
      int height = 5;
      int width = 4;
      byte[] pixels = new byte[n * channels * height * width];
      new Random(1).nextBytes(pixels);
      Pictures pictures = Pictures.of(channels, height, width, pixels);
      SpriteSheet sheet =
          SpriteSheet.of(
              pictures, new LinkedHashSet<>(List.of(9, 3)), IntStream.range(0, n).toArray());
      assertThat(sheet.cells()).hasSize(n).containsEntry(9, 0).containsEntry(3, 1);
      BufferedImage image = image(sheet);
      for (int row : new int[] {9, 3, 0, 511, 699}) {
        int cell = sheet.cells().getOrDefault(row, -1);
        int left = cell % sheet.columns() * width;
        int top = cell / sheet.columns() * height;
        for (int c = 0; c < channels; c++) {
          for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
              int band = image.getRaster().getSample(left + x, top + y, c);
              int expected = pixels[((row * channels + c) * height + y) * width + x] & 0xFF;
              assertThat(band).isEqualTo(expected);
            }
          }
        }
      }
    }
  }

  @Test
  void largePicturesShrinkToTheMeanOfTheirPixels() throws Exception {
    byte[] pixels = new byte[256 * 128];
    for (int y = 0; y < 256; y++) {
      for (int x = 0; x < 128; x++) {
        // Each 4x4 block holds 0 and 200 in equal shares.
        pixels[y * 128 + x] = (byte) ((x + y) % 2 == 0 ? 0 : 200);
      }
    }
    SpriteSheet sheet =
        SpriteSheet.of(
            Pictures.of(1, 256, 128, pixels), new LinkedHashSet<>(List.of(0)), new int[0]);
    assertThat(sheet.cellWidth()).isEqualTo(32);
    assertThat(sheet.cellHeight()).isEqualTo(SpriteSheet.LONGEST_SIDE);
    BufferedImage image = image(sheet);
    assertThat(image.getRaster().getSample(0, 0, 0)).isEqualTo(100);
    assertThat(image.getRaster().getSample(31, 63, 0)).isEqualTo(100);
  }

  @Test
  void neededPicturesAllFitAndTheWishedOnesShareTheRest() throws Exception {
    Pictures pictures =
        new Pictures(3, 224, 224, rows -> new byte[rows.length * 3 * 224 * 224], row -> "");
    LinkedHashSet<Integer> needed = new LinkedHashSet<>(new ArrayList<>());
    for (int i = 0; i < 900; i++) {
      needed.add(i);
    }
    SpriteSheet sheet = SpriteSheet.of(pictures, needed, IntStream.range(900, 9_000).toArray());
    assertThat(sheet.cells().keySet()).containsAll(needed);
    assertThat(sheet.cells().size()).isGreaterThan(1_000);
    long bytes = 3L * sheet.cellWidth() * sheet.cellHeight() * sheet.cells().size();
    assertThat(bytes).isLessThanOrEqualTo(SpriteSheet.MOST_BYTES);
    Pictures tiny = Pictures.of(1, 1, 1, new byte[9_000]);
    SpriteSheet many = SpriteSheet.of(tiny, needed, IntStream.range(0, 9_000).toArray());
    assertThat(many.cells()).hasSize(900 + SpriteSheet.MOST_WISHED);
  }

  @Test
  void aSourceThatGivesTooLittleIsNamed() {
    Pictures pictures = new Pictures(1, 2, 2, rows -> new byte[3], row -> "");
    assertThatThrownBy(() -> SpriteSheet.of(pictures, new LinkedHashSet<>(List.of(8)), new int[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("pixels of rows [8]... must be 4 bytes, got 3");
  }

  private static BufferedImage image(SpriteSheet sheet) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(sheet.png()));
    assertThat(image.getWidth()).isEqualTo(sheet.columns() * sheet.cellWidth());
    assertThat(image.getHeight()).isEqualTo(sheet.rows() * sheet.cellHeight());
    return image;
  }
}
