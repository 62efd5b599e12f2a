package dev.semblance.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.testkit.NeedsData;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFilesTest {
  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "tiff"})
  void losslessFormatsGiveTheVeryPixels(String format) throws IOException {
    BufferedImage image = Samples.picture(24, 20, BufferedImage.TYPE_INT_RGB);
    Picture read = ImageFiles.read(Samples.encode(image, format), "a." + format);
    assertThat(read.shape()).isEqualTo(new ImageShape(3, 20, 24));
    for (int y = 0; y < 20; y++) {
      for (int x = 0; x < 24; x++) {
        int rgb = image.getRGB(x, y);
        for (int c = 0; c < 3; c++) {
          assertThat(read.pixels()[(c * 20 + y) * 24 + x]).isEqualTo((byte) (rgb >> (16 - 8 * c)));
        }
      }
    }
  }

  @Test
  void jpegIsCloseAndItsHeaderTells() throws IOException {
    byte[] jpeg = Samples.image("jpg");
    Picture read = ImageFiles.read(jpeg, "a.jpg");
    assertThat(read.shape()).isEqualTo(new ImageShape(3, 20, 24));
    assertThat(ImageFiles.shape(jpeg, "a.jpg")).isEqualTo(read.shape());
    Picture smooth = flat(3, 16, 16, 100);
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 256; i++) {
      image.setRGB(i % 16, i / 16, 0x646464);
    }
    assertThat(ImageFiles.read(Samples.encode(image, "jpg"), "b.jpg").pixels())
        .isEqualTo(smooth.pixels());
  }

  /** The decoder for PNG against ImageIO on every kind of file that both take. */
  @ParameterizedTest
  @CsvSource({
    "0,1", "0,2", "0,4", "0,8", "0,16", "2,8", "2,16", "3,1", "3,2", "3,4", "3,8", "4,8", "4,16",
    "6,8", "6,16"
  })
  void pngAgreesWithImageIo(int type, int depth) throws IOException {
    int samples = new int[] {1, 0, 3, 1, 2, 0, 4}[type];
    int lineBytes = (13 * samples * depth + 7) / 8;
    byte[] raw = Samples.noise((lineBytes + 1) * 11);
    for (int y = 0; y < 11; y++) {
      raw[y * (lineBytes + 1)] = (byte) (y % 5); // every filter, also in the first line
    }
    byte[] palette = type == 3 ? Samples.noise(3 << depth) : new byte[0];
    byte[] file = Samples.png(13, 11, depth, type, palette, raw);
    Picture ours = ImageFiles.read(file, "a.png");
    BufferedImage theirs = ImageIO.read(new ByteArrayInputStream(file));
    int channels = type == 0 || type == 4 ? 1 : 3;
    assertThat(ours.shape()).isEqualTo(new ImageShape(channels, 11, 13));
    assertThat(ImageFiles.shape(file, "a.png")).isEqualTo(ours.shape());
    for (int y = 0; y < 11; y++) {
      for (int x = 0; x < 13; x++) {
        double[] expected = composited(theirs, x, y);
        for (int c = 0; c < channels; c++) {
          int value = ours.pixels()[(c * 11 + y) * 13 + x] & 0xff;
          assertThat(Math.abs(value - expected[c])).isLessThan(1.5);
          if (type != 4 && type != 6) {
            assertThat((double) value).isEqualTo(Math.floor(expected[c] + 0.5));
          }
        }
      }
    }
  }

  /** In 0..255, on white; by the raster, since getRGB bends grey. */
  private static double[] composited(BufferedImage image, int x, int y) {
    if (image.getColorModel() instanceof IndexColorModel) {
      int rgb = image.getRGB(x, y);
      return new double[] {rgb >> 16 & 0xff, rgb >> 8 & 0xff, rgb & 0xff};
    }
    int bands = image.getRaster().getNumBands();
    double most = Math.pow(2, image.getColorModel().getComponentSize(0)) - 1;
    double[] samples = image.getRaster().getPixel(x, y, new double[bands]);
    boolean alpha = image.getColorModel().hasAlpha();
    double opacity = alpha ? samples[bands - 1] / most : 1;
    return Arrays.stream(samples)
        .map(sample -> 255 * (sample / most * opacity + 1 - opacity))
        .toArray();
  }

  @Test
  void interlacedPngIsReadToo() throws IOException {
    BufferedImage image = Samples.picture(24, 20, BufferedImage.TYPE_INT_RGB);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    ImageWriteParam how = writer.getDefaultWriteParam();
    how.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), how);
    }
    byte[] file = bytes.toByteArray();
    assertThat(file[28]).isEqualTo((byte) 1);
    assertThat(ImageFiles.read(file, "a.png").pixels())
        .isEqualTo(ImageFiles.read(Samples.encode(image, "png"), "b.png").pixels());
  }

  @Test
  void transparencyIsPutOnWhite() throws IOException {
    byte[] raw = {0, 10, 20, 30, 0, 10, 20, 30, (byte) 255, 10, 20, 30, (byte) 128};
    Picture read = ImageFiles.read(Samples.png(3, 1, 8, 6, new byte[0], raw), "a.png");
    assertThat(unsigned(read)).containsExactly(255, 10, 132, 255, 20, 137, 255, 30, 142);
  }

  @Test
  void greyStaysGreyAndUnbent() throws IOException {
    BufferedImage grey = new BufferedImage(4, 1, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setPixels(0, 0, 4, 1, new int[] {0, 60, 128, 255});
    for (String format : new String[] {"png", "bmp", "tiff", "gif"}) {
      Picture read = ImageFiles.read(Samples.encode(grey, format), "a." + format);
      assertThat(read.shape().channels()).as(format).isEqualTo(1);
      assertThat(unsigned(read)).as(format).containsExactly(0, 60, 128, 255);
      assertThat(ImageFiles.shape(Samples.encode(grey, format), "a").channels()).isEqualTo(1);
    }
  }

  @Test
  void cmykJpegBecomesRgb() throws IOException {
    // Four bands without a profile: inverted CMYK is what writers put there (Adobe's marker says).
    WritableRaster raster =
        java.awt.image.Raster.createInterleavedRaster(
            java.awt.image.DataBuffer.TYPE_BYTE, 16, 16, 4, null);
    for (int i = 0; i < 256; i++) {
      raster.setPixel(i % 16, i / 16, new int[] {0, 0, 0, 0});
    }
    ImageWriter writer =
        ImageIO.getImageWriters(
                ImageTypeSpecifier.createFromBufferedImageType(BufferedImage.TYPE_3BYTE_BGR),
                "jpeg")
            .next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(raster, null, null), writer.getDefaultWriteParam());
    }
    Picture read = ImageFiles.read(bytes.toByteArray(), "cmyk.jpg");
    assertThat(read.shape()).isEqualTo(new ImageShape(3, 16, 16));
    assertThat(Arrays.stream(unsigned(read)).allMatch(v -> v > 230 || v < 25)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "'P5\n# by hand\n3 2\n255\n',8",
    "'P5 3 2 65535\n',16",
    "'P5\n3 2\n100\n',7",
    "'P2\n3 2\n255\n',0"
  })
  void pgmOfEveryKind(String head, int bits) throws IOException {
    int[] values = {0, 50, 100, 20, 99, 7};
    byte[] body =
        switch (bits) {
          case 0 -> Samples.ascii("0 50 100 20 99 7\n");
          case 16 -> {
            byte[] two = new byte[12];
            for (int i = 0; i < 6; i++) {
              two[2 * i] = two[2 * i + 1] = (byte) values[i]; // v * 257 of 65535 is v of 255
            }
            yield two;
          }
          default -> new byte[] {0, 50, 100, 20, 99, 7};
        };
    Picture read = ImageFiles.read(Samples.join(Samples.ascii(head), body), "a.pgm");
    int[] expected =
        bits == 7 ? Arrays.stream(values).map(v -> (v * 255 + 50) / 100).toArray() : values;
    assertThat(read.shape()).isEqualTo(new ImageShape(1, 2, 3));
    assertThat(unsigned(read)).containsExactly(expected);
  }

  @Test
  void ppmIsPlanar() throws IOException {
    byte[] file = Samples.join(Samples.ascii("P6\n2 1\n255\n"), new byte[] {1, 2, 3, 4, 5, 6});
    assertThat(unsigned(ImageFiles.read(file, "a.ppm"))).containsExactly(1, 4, 2, 5, 3, 6);
  }

  @Test
  void floatingPointIsScaled() throws IOException {
    byte[] file = Samples.floatTiff(2, 2, new float[] {0, 0.5f, 1, 0.25f});
    assertThat(unsigned(ImageFiles.read(file, "a.tif"))).containsExactly(0, 128, 255, 64);
  }

  @Test
  void shrinkingAveragesAreas() {
    Picture picture =
        new Picture(new ImageShape(1, 2, 4), new byte[] {0, 10, 20, 30, 40, 50, 60, 70});
    assertThat(unsigned(picture.fit(new ImageShape(1, 1, 2)))).containsExactly(25, 45);
    // 3 -> 2: each output covers one and a half inputs.
    Picture three =
        new Picture(new ImageShape(1, 3, 3), new byte[] {0, 30, 60, 0, 30, 60, 0, 30, 60});
    assertThat(unsigned(three.fit(new ImageShape(1, 2, 2)))).containsExactly(10, 50, 10, 50);
  }

  @Test
  void growingIsBilinear() {
    Picture picture = new Picture(new ImageShape(1, 1, 2), new byte[] {0, 100});
    assertThat(unsigned(picture.fit(new ImageShape(1, 2, 4))))
        .containsExactly(0, 25, 75, 100, 0, 25, 75, 100);
  }

  @Test
  void theCentreIsKept() {
    byte[] pixels = new byte[3 * 7];
    for (int i = 0; i < 21; i++) {
      pixels[i] = (byte) (i % 7);
    }
    Picture picture = new Picture(new ImageShape(1, 3, 7), pixels);
    assertThat(unsigned(picture.fit(new ImageShape(1, 3, 3))))
        .containsExactly(2, 3, 4, 2, 3, 4, 2, 3, 4);
    assertThat(picture.crop(1, 5, 1, 2).pixels()).containsExactly(5, 6);
    assertThatThrownBy(() -> picture.crop(1, 6, 1, 2)).hasMessageContaining("inside 1x3x7");
  }

  @Test
  void aFlatPictureStaysFlatAtAnySize() {
    for (int[] size : new int[][] {{1, 1}, {5, 9}, {28, 28}, {64, 31}, {200, 3}}) {
      Picture fitted = flat(3, 37, 29, 137).fit(new ImageShape(3, size[0], size[1]));
      assertThat(unsigned(fitted)).containsOnly(137);
    }
  }

  @Test
  void colourBecomesGreyByLumaAndGreyIsRepeated() {
    Picture colour = new Picture(new ImageShape(3, 1, 1), new byte[] {(byte) 200, 100, 50});
    // 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2
    assertThat(unsigned(colour.withChannels(1))).containsExactly(124);
    assertThat(unsigned(flat(1, 1, 1, 9).withChannels(3))).containsExactly(9, 9, 9);
    assertThat(unsigned(flat(3, 1, 1, 255).withChannels(1))).containsExactly(255);
  }

  @NeedsData
  @Test
  void thePhotographsAreReadAtTheirSize() throws IOException {
    Path photos = DataHome.current().require("photos");
    assertThat(ImageFiles.read(photos.resolve("camera.png")).shape())
        .isEqualTo(new ImageShape(1, 512, 512));
    assertThat(ImageFiles.read(photos.resolve("rocket.jpg")).shape())
        .isEqualTo(new ImageShape(3, 427, 640));
    assertThat(ImageFiles.decode(photos.resolve("coffee.png"), new ImageShape(1, 32, 48)))
        .hasSize(32 * 48);
  }

  private static Picture flat(int channels, int height, int width, int value) {
    byte[] pixels = new byte[channels * height * width];
    Arrays.fill(pixels, (byte) value);
    return new Picture(new ImageShape(channels, height, width), pixels);
  }

  private static int[] unsigned(Picture picture) {
    int[] values = new int[picture.pixels().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = picture.pixels()[i] & 0xff;
    }
    return values;
  }
}
