package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * Refuses image files that end early or fail their own checksums. Decoders are lenient here:
 * ImageIO fills the missing rest of a JPEG with grey and does not check the sums of a PNG.
 */
final class Wholeness {
  private static final String AGAIN = "get the file again or remove it";
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};

  private Wholeness() {}

  static void check(byte[] bytes, String name) throws IOException {
    if (bytes.length == 0) {
      throw FileProblem.of(name, "is empty", AGAIN);
    }
    if (startsWith(bytes, 0, PNG)) {
      checkPng(bytes, name);
    } else if (bytes.length > 2 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == 0xd8) {
      checkJpeg(bytes, name);
    } else if (bytes.length > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6') {
      checkPnm(bytes, name);
    } else if (startsWith(bytes, 0, ascii("Pf")) || startsWith(bytes, 0, ascii("PF"))) {
      throw FileProblem.of(name, "is a PFM, whose samples have no fixed white", "save it as PNG");
    } else if (bytes.length > 2 && bytes[0] == 'B' && bytes[1] == 'M') {
      checkBmp(bytes, name);
    } else if (bytes.length > 3 && startsWith(bytes, 0, ascii("GIF8"))) {
      checkGif(bytes, name);
    } else if (bytes.length > 11
        && startsWith(bytes, 0, ascii("RIFF"))
        && startsWith(bytes, 8, ascii("WEBP"))) {
      long size = 8 + (little(bytes).getInt(4) & 0xFFFFFFFFL);
      if (size > bytes.length) {
        throw cut(name, "WebP", size, bytes.length);
      }
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static boolean startsWith(byte[] bytes, int at, byte[] wanted) {
    return at + wanted.length <= bytes.length
        && java.util.Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length);
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static IOException cut(String name, String format, long wanted, long got) {
    return FileProblem.of(
        name, "is a cut " + format + ": needs at least " + wanted + " bytes, has " + got, AGAIN);
  }

  /** Every chunk whole, its CRC right, the last one IEND, some IDAT between. */
  private static void checkPng(byte[] bytes, String name) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    CRC32 sum = new CRC32();
    int at = PNG.length;
    boolean pixels = false;
    while (true) {
      if (at + 12 > bytes.length) {
        throw cut(name, "PNG", at + 12L, bytes.length);
      }
      long length = buffer.getInt(at) & 0xFFFFFFFFL;
      if (at + 12 + length > bytes.length) {
        throw cut(name, "PNG", at + 12 + length, bytes.length);
      }
      sum.reset();
      sum.update(bytes, at + 4, (int) length + 4);
      if ((int) sum.getValue() != buffer.getInt(at + 8 + (int) length)) {
        throw FileProblem.of(name, "damaged PNG: wrong checksum of the chunk at byte " + at, AGAIN);
      }
      if (at == PNG.length) {
        if (!startsWith(bytes, at + 4, ascii("IHDR")) || length != 13) {
          throw FileProblem.of(name, "damaged PNG: does not begin with its header", AGAIN);
        }
        ImageFiles.checkSize(buffer.getInt(at + 8), buffer.getInt(at + 12), bytes.length, name);
      }
      pixels |= startsWith(bytes, at + 4, ascii("IDAT"));
      if (startsWith(bytes, at + 4, ascii("IEND"))) {
        break;
      }
      at += 12 + (int) length;
    }
    if (!pixels) {
      throw FileProblem.of(name, "damaged PNG: holds no pixels", AGAIN);
    }
  }

  /** After the last start of scan comes an end of image; entropy-coded data cannot imitate one. */
  private static void checkJpeg(byte[] bytes, String name) throws IOException {
    for (int i = bytes.length - 2; i >= 2; i--) {
      if ((bytes[i] & 0xff) == 0xff) {
        if ((bytes[i + 1] & 0xff) == 0xd9) {
          return;
        }
        if ((bytes[i + 1] & 0xff) == 0xda) {
          break;
        }
      }
    }
    throw FileProblem.of(name, "is a cut JPEG: its end marker is missing", AGAIN);
  }

  /** The header's size against the length of a binary raster. */
  private static void checkPnm(byte[] bytes, String name) throws IOException {
    Pnm.Header header = Pnm.header(bytes);
    if (header == null) {
      throw FileProblem.of(name, "damaged PNM header: a number is missing", AGAIN);
    }
    int kind = header.kind();
    long width = header.width();
    long height = header.height();
    long most = header.most();
    if (most < 1 || most > 65535) {
      throw FileProblem.of(
          name, "damaged PNM header: the largest value must be in 1..65535, got " + most, AGAIN);
    }
    ImageFiles.checkSize(width, height, bytes.length, name);
    long samples = width * height * (kind % 3 == 0 ? 3 : 1);
    long needed =
        switch (kind) {
          case 4 -> (width + 7) / 8 * height;
          case 5, 6 -> samples * (most > 255 ? 2 : 1);
          case 1 -> samples;
          default -> 2 * samples - 1; // at least one digit each and a blank between
        };
    if (header.end() + 1 + needed > bytes.length) {
      throw cut(name, "PNM", header.end() + 1 + needed, bytes.length);
    }
  }

  private static void checkBmp(byte[] bytes, String name) throws IOException {
    if (bytes.length < 26) {
      throw cut(name, "BMP", 26, bytes.length);
    }
    ByteBuffer buffer = little(bytes);
    long pixelsAt = buffer.getInt(10) & 0xFFFFFFFFL;
    int headerSize = buffer.getInt(14);
    boolean old = headerSize == 12;
    if (!old && bytes.length < 54) {
      throw cut(name, "BMP", 54, bytes.length);
    }
    long width = old ? buffer.getShort(18) : buffer.getInt(18);
    long height = old ? buffer.getShort(20) : Math.abs((long) buffer.getInt(22));
    int bits = old ? buffer.getShort(24) : buffer.getShort(28);
    int compression = old ? 0 : buffer.getInt(30);
    ImageFiles.checkSize(width, height, bytes.length, name);
    boolean packed = compression == 1 || compression == 2 || compression == 4 || compression == 5;
    long needed = pixelsAt + (packed ? 1 : (width * bits + 31) / 32 * 4 * height);
    if (bits < 0 || needed > bytes.length) {
      throw cut(name, "BMP", needed, bytes.length);
    }
  }

  /** Blocks up to the trailer. */
  private static void checkGif(byte[] bytes, String name) throws IOException {
    int at = 13;
    if (bytes.length > 10 && (bytes[10] & 0x80) != 0) {
      at += 3 << ((bytes[10] & 7) + 1);
    }
    while (at < bytes.length) {
      int kind = bytes[at] & 0xff;
      if (kind == 0x3b) {
        return;
      }
      if (kind == 0x21) {
        at += 2;
      } else if (kind == 0x2c && at + 9 < bytes.length) {
        int flags = bytes[at + 9];
        at += 11 + ((flags & 0x80) != 0 ? 3 << ((flags & 7) + 1) : 0);
      } else {
        throw FileProblem.of(name, "damaged GIF: unknown block at byte " + at, AGAIN);
      }
      while (at < bytes.length && bytes[at] != 0) {
        at += 1 + (bytes[at] & 0xff);
      }
      at++;
    }
    throw FileProblem.of(name, "is a cut GIF: its trailer is missing", AGAIN);
  }
}
