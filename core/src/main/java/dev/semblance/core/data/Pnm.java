package dev.semblance.core.data;

import org.jspecify.annotations.Nullable;

/** Decodes binary PGM and PPM files (P5, P6), of 8 or 16 bits; the other kinds are ImageIO's. */
final class Pnm {
  private Pnm() {}

  /**
   * A header.
   *
   * @param kind 1 to 6
   * @param most the sample that means white
   * @param end where the header ends
   */
  record Header(int kind, long width, long height, long most, int end) {}

  /** The header, or null where the bytes hold none. */
  static @Nullable Header header(byte[] bytes) {
    if (bytes.length < 3 || bytes[0] != 'P' || bytes[1] < '1' || bytes[1] > '6') {
      return null;
    }
    int kind = bytes[1] - '0';
    long[] numbers = {0, 0, 1};
    int at = 2;
    for (int i = 0; i < (kind % 3 == 1 ? 2 : 3); i++) {
      at = skipBlanks(bytes, at);
      int start = at;
      numbers[i] = 0;
      while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9' && at - start < 10) {
        numbers[i] = numbers[i] * 10 + (bytes[at++] - '0');
      }
      if (at == start) {
        return null;
      }
    }
    return new Header(kind, numbers[0], numbers[1], numbers[2], at);
  }

  private static int skipBlanks(byte[] bytes, int at) {
    while (at < bytes.length) {
      if (bytes[at] == '#') {
        while (at < bytes.length && bytes[at] != '\n' && bytes[at] != '\r') {
          at++;
        }
      } else if (Character.isWhitespace(bytes[at])) {
        at++;
      } else {
        break;
      }
    }
    return at;
  }

  /**
   * The picture; null for kinds that are ImageIO's. Expects a file {@link Wholeness} has passed.
   */
  static @Nullable Picture decode(byte[] bytes) {
    Header header = header(bytes);
    if (header == null || header.kind < 5) {
      return null;
    }
    int channels = header.kind == 6 ? 3 : 1;
    int plane = (int) (header.width * header.height);
    int most = (int) header.most;
    int sampleBytes = most > 255 ? 2 : 1;
    byte[] out = new byte[Math.multiplyExact(channels, plane)];
    int at = header.end + 1;
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < channels; c++) {
        int value = bytes[at] & 0xff;
        if (sampleBytes == 2) {
          value = value << 8 | bytes[at + 1] & 0xff;
        }
        at += sampleBytes;
        out[c * plane + i] =
            (byte) (most == 255 ? value : (Math.min(value, most) * 255 + most / 2) / most);
      }
    }
    ImageShape shape = new ImageShape(channels, (int) header.height, (int) header.width);
    return new Picture(shape, out);
  }
}
