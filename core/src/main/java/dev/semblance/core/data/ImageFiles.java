package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.zip.DataFormatException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Decodes image files of any usual format: PNG, JPEG (also CMYK), GIF, BMP, TIFF, WebP, PNM, and
 * whatever else ImageIO has a plugin for.
 *
 * <p>Grey stays grey; a palette is grey if all its colours are; 16-bit samples are rounded to 8;
 * floating point is taken as 0..1 and NaN refused; alpha is composited on white; the first image of
 * several is taken. Embedded colour profiles and the orientation in EXIF are ignored. The size in
 * the header is checked before anything is decoded (at most {@link #MOST_PIXELS}, and no more than
 * the file's bytes can hold), and files that end early or fail their own checksums are refused even
 * where the decoder would fill the rest with grey.
 */
public final class ImageFiles {
  /** The most pixels of an image. */
  public static final long MOST_PIXELS = 100_000_000;

  /** The most bytes of an image file. */
  static final long MOST_BYTES = 512L << 20;

  private static final Set<String> SUFFIXES =
      Set.of(
          "png", "jpg", "jpeg", "jpe", "gif", "bmp", "dib", "tif", "tiff", "webp", "pgm", "ppm",
          "pbm", "pnm", "pam", "wbmp");

  // Below this a lying header costs no more than the buffers of an honest photograph.
  private static final long UNSUSPICIOUS_PIXELS = 1 << 22;
  // One bit a pixel at deflate's greatest ratio; no other format in use packs more.
  private static final long MOST_PIXELS_PER_BYTE = 8 * 1032;
  private static final long UNKNOWN_BYTES = Long.MAX_VALUE;
  private static final String REPAIR = "save the image again or remove it";

  static {
    // Plugins are looked for once, through the loader of the thread that happens to come first; a
    // worker's would miss those beside this class.
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(ImageFiles.class.getClassLoader());
    try {
      ImageIO.scanForPlugins();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private ImageFiles() {}

  /** True if a file name ends like an image's. */
  public static boolean hasImageName(String name) {
    int dot = name.lastIndexOf('.');
    return dot >= 0 && SUFFIXES.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  /**
   * Decodes a file and fits it to a shape, see {@link Picture#fit}.
   *
   * @return c*h*w bytes in the order channel, row, column
   * @throws IOException naming the file if it is damaged, too large or no image
   */
  public static byte[] decode(Path file, ImageShape shape) throws IOException {
    return read(file).fit(shape).pixels();
  }

  /** Decodes a stream and fits it to a shape; {@code name} is for messages. */
  public static byte[] decode(InputStream in, String name, ImageShape shape) throws IOException {
    return read(in.readNBytes((int) MOST_BYTES), name).fit(shape).pixels();
  }

  /** Decodes a file at its own size. */
  public static Picture read(Path file) throws IOException {
    return read(bytes(file), file.toString());
  }

  /** The bytes of an image file, refused where there are none or too many. */
  static byte[] bytes(Path file) throws IOException {
    try {
      if (Files.isDirectory(file)) {
        throw FileProblem.of(file, "is a folder, not an image", "name an image in it");
      }
      long size = Files.size(file);
      if (size > MOST_BYTES) {
        throw FileProblem.of(
            file, "has " + size + " bytes, more than an image of at most " + MOST_BYTES, REPAIR);
      }
      return Files.readAllBytes(file);
    } catch (FileSystemException e) {
      throw FileProblem.reading(file, e);
    }
  }

  /** Decodes the bytes of a file at its own size; {@code name} is for messages. */
  public static Picture read(byte[] bytes, String name) throws IOException {
    Wholeness.check(bytes, name);
    try {
      Picture quick = Png.is(bytes) ? Png.decode(bytes) : Pnm.decode(bytes);
      return quick != null ? quick : readByPlugin(bytes, name);
    } catch (IOException | DataFormatException | RuntimeException | OutOfMemoryError e) {
      // A decoder that believes a lying header asks for more than there is.
      throw undecodable(name, e);
    }
  }

  private static Picture readByPlugin(byte[] bytes, String name) throws IOException {
    try (ImageInputStream in = stream(bytes)) {
      ImageReader reader = reader(in, name);
      try {
        checkSize(reader.getWidth(0), reader.getHeight(0), bytes.length, name);
        return picture(reader.read(0), name);
      } finally {
        reader.dispose();
      }
    }
  }

  /**
   * Size and channels of an image from its header.
   *
   * @param head the file's bytes, or the first of them if that suffices
   */
  static ImageShape shape(byte[] head, String name) throws IOException {
    if (head.length == 0) {
      throw FileProblem.of(name, "is empty", REPAIR);
    }
    ImageShape quick = quickShape(head);
    if (quick != null) {
      checkSize(quick.width(), quick.height(), UNKNOWN_BYTES, name);
      return quick;
    }
    try (ImageInputStream in = stream(head)) {
      ImageReader reader = reader(in, name);
      try {
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        checkSize(width, height, UNKNOWN_BYTES, name);
        ImageTypeSpecifier type = reader.getRawImageType(0);
        boolean grey = type != null && isGrey(type.getColorModel());
        return new ImageShape(grey ? 1 : 3, height, width);
      } finally {
        reader.dispose();
      }
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      // A decoder that believes a lying header asks for more than there is.
      throw undecodable(name, e);
    }
  }

  private static @Nullable ImageShape quickShape(byte[] head) {
    if (Png.is(head)) {
      return Png.shape(head);
    }
    Pnm.Header header = Pnm.header(head);
    boolean valid =
        header != null
            && header.width() > 0
            && header.height() > 0
            && header.width() * header.height() <= MOST_PIXELS;
    return header == null || !valid
        ? null
        : new ImageShape(
            header.kind() % 3 == 0 ? 3 : 1, (int) header.height(), (int) header.width());
  }

  private static ImageInputStream stream(byte[] bytes) {
    return new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes));
  }

  private static ImageReader reader(ImageInputStream in, String name) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    if (!readers.hasNext()) {
      throw new Refused(
          FileProblem.of(name, "is not an image of a known format", "save it as PNG or remove it"));
    }
    ImageReader reader = readers.next();
    reader.setInput(in, true, true);
    return reader;
  }

  static void checkSize(long width, long height, long bytes, String name) throws Refused {
    if (width < 1 || height < 1) {
      throw new Refused(FileProblem.of(name, "claims " + width + "x" + height + " pixels", REPAIR));
    }
    if (width * height > MOST_PIXELS) {
      throw new Refused(
          FileProblem.of(
              name,
              "has " + width + "x" + height + " pixels, more than " + MOST_PIXELS,
              "scale it down"));
    }
    if (width * height > UNSUSPICIOUS_PIXELS && width * height / MOST_PIXELS_PER_BYTE > bytes) {
      throw new Refused(
          FileProblem.of(
              name,
              "claims " + width + "x" + height + " pixels but has only " + bytes + " bytes",
              REPAIR));
    }
  }

  private static IOException undecodable(String name, Throwable cause) {
    if (cause instanceof Refused refused) {
      return refused.complaint;
    }
    return FileProblem.of(
        name, "cannot be decoded (" + FileProblem.reason(cause) + ")", REPAIR, cause);
  }

  private static Picture picture(BufferedImage image, String name) throws IOException {
    ColorModel model = image.getColorModel();
    if (model instanceof IndexColorModel palette) {
      return indexed(image.getRaster(), palette);
    }
    int space = model.getColorSpace().getType();
    boolean plain = space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB;
    if (plain && model instanceof ComponentColorModel && !model.isAlphaPremultiplied()) {
      int type = model.getTransferType();
      if (type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT) {
        return integral(image.getRaster(), model);
      }
      if (type == DataBuffer.TYPE_FLOAT || type == DataBuffer.TYPE_DOUBLE) {
        return real(image.getRaster(), model, name);
      }
    }
    return converted(image);
  }

  private static boolean isGrey(ColorModel model) {
    if (model instanceof IndexColorModel palette) {
      for (int i = 0; i < palette.getMapSize(); i++) {
        int rgb = palette.getRGB(i);
        if ((rgb >> 16 & 0xff) != (rgb & 0xff) || (rgb >> 8 & 0xff) != (rgb & 0xff)) {
          return false;
        }
      }
      return true;
    }
    return model.getNumColorComponents() == 1;
  }

  private static Picture indexed(Raster raster, IndexColorModel palette) {
    int width = raster.getWidth();
    int plane = width * raster.getHeight();
    int channels = isGrey(palette) ? 1 : 3;
    byte[] out = new byte[channels * plane];
    int[] line = new int[width];
    byte[][] colours = new byte[channels][palette.getMapSize()];
    for (int i = 0; i < palette.getMapSize(); i++) {
      int argb = palette.getRGB(i);
      for (int c = 0; c < channels; c++) {
        colours[c][i] = onWhite(argb >> (16 - 8 * c) & 0xff, argb >>> 24);
      }
    }
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, line);
      for (int c = 0; c < channels; c++) {
        for (int x = 0; x < width; x++) {
          out[c * plane + y * width + x] = colours[c][line[x]];
        }
      }
    }
    return new Picture(new ImageShape(channels, raster.getHeight(), width), out);
  }

  /**
   * The samples as they are stored. {@code BufferedImage.getRGB} would take grey for linear light
   * and brighten it.
   */
  private static Picture integral(Raster raster, ColorModel model) {
    int channels = model.getNumColorComponents();
    int width = raster.getWidth();
    int plane = width * raster.getHeight();
    byte[] out = new byte[channels * plane];
    int[] line = new int[width];
    int[] alpha = new int[width];
    for (int y = 0; y < raster.getHeight(); y++) {
      int row = raster.getMinY() + y;
      if (model.hasAlpha()) {
        raster.getSamples(raster.getMinX(), row, width, 1, channels, alpha);
        toEightBits(alpha, model.getComponentSize(channels));
      }
      for (int c = 0; c < channels; c++) {
        raster.getSamples(raster.getMinX(), row, width, 1, c, line);
        toEightBits(line, model.getComponentSize(c));
        int to = c * plane + y * width;
        for (int x = 0; x < width; x++) {
          out[to + x] = model.hasAlpha() ? onWhite(line[x], alpha[x]) : (byte) line[x];
        }
      }
    }
    return new Picture(new ImageShape(channels, raster.getHeight(), width), out);
  }

  private static void toEightBits(int[] samples, int bits) {
    if (bits == 8) {
      return;
    }
    int most = (1 << bits) - 1;
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (samples[i] * 255 + most / 2) / most;
    }
  }

  private static Picture real(Raster raster, ColorModel model, String name) throws IOException {
    int channels = model.getNumColorComponents();
    int width = raster.getWidth();
    int plane = width * raster.getHeight();
    byte[] out = new byte[channels * plane];
    float[] line = new float[width];
    for (int y = 0; y < raster.getHeight(); y++) {
      for (int c = 0; c < channels; c++) {
        raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, c, line);
        for (int x = 0; x < width; x++) {
          if (!(line[x] >= 0 && line[x] <= 1)) {
            throw new Refused(
                FileProblem.of(
                    name,
                    "sample at row " + y + ", column " + x + " must be in [0, 1], got " + line[x],
                    "scale the samples and save the image again"));
          }
          out[c * plane + y * width + x] = (byte) Math.round(line[x] * 255);
        }
      }
    }
    return new Picture(new ImageShape(channels, raster.getHeight(), width), out);
  }

  private static Picture converted(BufferedImage image) {
    int width = image.getWidth();
    int plane = width * image.getHeight();
    byte[] out = new byte[3 * plane];
    int[] line = new int[width];
    for (int y = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, width, 1, line, 0, width);
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < 3; c++) {
          out[c * plane + y * width + x] = onWhite(line[x] >> (16 - 8 * c) & 0xff, line[x] >>> 24);
        }
      }
    }
    return new Picture(new ImageShape(3, image.getHeight(), width), out);
  }

  static byte onWhite(int value, int alpha) {
    return (byte) (255 - (alpha * (255 - value) + 127) / 255);
  }

  /** A complaint that is already worded; passes through the decoders' own exceptions. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient IOException complaint;

    Refused(IOException complaint) {
      super(complaint.getMessage());
      this.complaint = complaint;
    }
  }
}
