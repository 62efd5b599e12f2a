package dev.semblance.core.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;

/** Small whole files in every format, to read and to damage. */
final class Samples {
  private Samples() {}

  static byte[] idx(int[] shape, byte[] elements) {
    ByteBuffer out = ByteBuffer.allocate(4 + 4 * shape.length + elements.length);
    out.putInt(0x0800 + shape.length);
    for (int length : shape) {
      out.putInt(length);
    }
    return out.put(elements).array();
  }

  /** Deterministic noise. */
  static byte[] noise(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) ((i * 2654435761L) >>> 13);
    }
    return bytes;
  }

  static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static BufferedImage picture(int width, int height, int type) {
    BufferedImage image = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, 0xff000000 | x * 9 % 256 << 16 | y * 7 % 256 << 8 | (x * y) % 256);
      }
    }
    return image;
  }

  static byte[] encode(BufferedImage image, String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalStateException("no writer for " + format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static byte[] image(String format) {
    return encode(picture(24, 20, BufferedImage.TYPE_INT_RGB), format);
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /** A PNG of the given header and raw (filtered, not yet deflated) scan lines. */
  static byte[] png(int width, int height, int depth, int type, byte[] palette, byte[] raw) {
    byte[] head =
        ByteBuffer.allocate(13)
            .putInt(width)
            .putInt(height)
            .put((byte) depth)
            .put((byte) type)
            .array();
    return join(
        new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10},
        chunk("IHDR", head),
        palette.length == 0 ? new byte[0] : chunk("PLTE", palette),
        raw.length == 0 ? new byte[0] : chunk("IDAT", deflate(raw)),
        chunk("IEND", new byte[0]));
  }

  static byte[] chunk(String kind, byte[] content) {
    byte[] body = join(ascii(kind), content);
    CRC32 sum = new CRC32();
    sum.update(body);
    return join(
        ByteBuffer.allocate(4).putInt(content.length).array(),
        body,
        ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
  }

  private static byte[] deflate(byte[] raw) {
    Deflater deflater = new Deflater();
    deflater.setInput(raw);
    deflater.finish();
    byte[] buffer = new byte[raw.length + 100];
    int length = deflater.deflate(buffer);
    deflater.end();
    return java.util.Arrays.copyOf(buffer, length);
  }

  /** A little-endian grey TIFF of 32-bit floating point samples. */
  static byte[] floatTiff(int width, int height, float[] samples) {
    int[][] tags = {
      {256, width},
      {257, height},
      {258, 32},
      {259, 1},
      {262, 1},
      {273, 8 + 2 + 12 * 10 + 4},
      {277, 1},
      {278, height},
      {279, 4 * samples.length},
      {339, 3}
    };
    ByteBuffer out =
        ByteBuffer.allocate(8 + 2 + 12 * tags.length + 4 + 4 * samples.length)
            .order(java.nio.ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8);
    out.putShort((short) tags.length);
    for (int[] tag : tags) {
      out.putShort((short) tag[0]).putShort((short) 4).putInt(1).putInt(tag[1]);
    }
    out.putInt(0);
    for (float sample : samples) {
      out.putFloat(sample);
    }
    return out.array();
  }

  static byte[] zip(Map<String, byte[]> entries, boolean stored) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        ZipEntry one = new ZipEntry(entry.getKey());
        if (stored) {
          CRC32 sum = new CRC32();
          sum.update(entry.getValue());
          one.setMethod(ZipEntry.STORED);
          one.setSize(entry.getValue().length);
          one.setCrc(sum.getValue());
        }
        zip.putNextEntry(one);
        zip.write(entry.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Two classes of three small images each, under a prefix such as {@code set/train/}. */
  static Map<String, byte[]> classes(String prefix) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (String name : new String[] {"cat", "dog"}) {
      for (int i = 1; i <= 3; i++) {
        int size = name.equals("cat") ? 10 : 12;
        entries.put(
            prefix + name + "/" + i + ".png",
            encode(picture(size + i % 2, size, BufferedImage.TYPE_BYTE_GRAY), "png"));
      }
    }
    return entries;
  }

  /** A record of CIFAR-10. */
  static byte[] cifar(int... labels) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int label : labels) {
      out.write(label);
      out.writeBytes(noise(3072));
    }
    return out.toByteArray();
  }

  static byte[] tar(Map<String, byte[]> files) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      byte[] header = new byte[512];
      put(header, 0, file.getKey());
      put(header, 100, "0000644\0");
      put(header, 124, String.format("%011o\0", file.getValue().length));
      put(header, 148, "        ");
      header[156] = '0';
      int sum = 0;
      for (byte b : header) {
        sum += b & 0xff;
      }
      put(header, 148, String.format("%06o\0 ", sum));
      out.writeBytes(header);
      out.writeBytes(file.getValue());
      out.writeBytes(new byte[(512 - file.getValue().length % 512) % 512]);
    }
    out.writeBytes(new byte[1024]);
    return out.toByteArray();
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = ascii(text);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
