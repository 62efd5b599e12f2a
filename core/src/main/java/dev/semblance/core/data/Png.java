package dev.semblance.core.data;

import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Decodes PNG files that are not interlaced, tens of times faster than ImageIO on small images:
 * sets have tens of thousands of them.
 *
 * <p>Takes the samples as {@link ImageFiles} does: palettes resolved, 16 bits rounded to 8, alpha
 * and transparent colours on white. Expects a file that {@link Wholeness} has passed.
 */
final class Png {
  private static final int GREY = 0;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int GREY_ALPHA = 4;
  private static final int RGB_ALPHA = 6;

  private final byte[] bytes;
  private final ByteBuffer buffer;
  private final int width;
  private final int height;
  private final int depth;
  private final int type;

  private Png(byte[] bytes) {
    this.bytes = bytes;
    this.buffer = ByteBuffer.wrap(bytes);
    this.width = buffer.getInt(16);
    this.height = buffer.getInt(20);
    this.depth = bytes[24];
    this.type = bytes[25];
  }

  /** True for a file that begins as a PNG. */
  static boolean is(byte[] bytes) {
    return bytes.length > 32
        && bytes[0] == (byte) 0x89
        && bytes[1] == 'P'
        && bytes[2] == 'N'
        && bytes[3] == 'G'
        && buffer(bytes, 12) == 0x49484452;
  }

  private static int buffer(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).getInt(at);
  }

  /** Size and channels from the first bytes; null where they do not tell. */
  static @Nullable ImageShape shape(byte[] head) {
    Png png = new Png(head);
    if (png.width < 1 || png.height < 1 || !png.isKnown()) {
      return null;
    }
    int channels = png.type == GREY || png.type == GREY_ALPHA ? 1 : 3;
    if (png.type == PALETTE) {
      int[] at = png.find(0x504C5445); // PLTE
      if (at == null) {
        return null;
      }
      channels = isGrey(head, at[0], at[1]) ? 1 : 3;
    }
    return new ImageShape(channels, png.height, png.width);
  }

  /** The picture; null for interlaced files and others that only ImageIO can judge. */
  static @Nullable Picture decode(byte[] bytes) throws DataFormatException {
    Png png = new Png(bytes);
    boolean interlaced = bytes[28] != 0;
    return interlaced || bytes[26] != 0 || bytes[27] != 0 || !png.isKnown() ? null : png.decode();
  }

  private boolean isKnown() {
    return switch (type) {
      case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
      case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
      case RGB, GREY_ALPHA, RGB_ALPHA -> depth == 8 || depth == 16;
      default -> false;
    };
  }

  private int samples() {
    return switch (type) {
      case RGB -> 3;
      case GREY_ALPHA -> 2;
      case RGB_ALPHA -> 4;
      default -> 1;
    };
  }

  /** Start and length of the first chunk of a kind, or null. */
  private int @Nullable [] find(int kind) {
    for (long at = 8; at + 12 <= bytes.length; ) {
      long length = buffer.getInt((int) at) & 0xFFFFFFFFL;
      if (buffer.getInt((int) at + 4) == kind) {
        return at + 12 + length <= bytes.length ? new int[] {(int) at + 8, (int) length} : null;
      }
      at += 12 + length;
    }
    return null;
  }

  private static boolean isGrey(byte[] bytes, int at, int length) {
    for (int i = at; i + 2 < at + length; i += 3) {
      if (bytes[i] != bytes[i + 1] || bytes[i] != bytes[i + 2]) {
        return false;
      }
    }
    return true;
  }

  private @Nullable Picture decode() throws DataFormatException {
    int[] palette = type == PALETTE ? find(0x504C5445) : null;
    if (type == PALETTE && palette == null) {
      return null;
    }
    boolean grey =
        type == GREY
            || type == GREY_ALPHA
            || (palette != null && isGrey(bytes, palette[0], palette[1]));
    int channels = grey ? 1 : 3;
    int plane = width * height;
    byte[] out = new byte[Math.multiplyExact(channels, plane)];
    int bitsPerPixel = samples() * depth;
    int lineBytes = Math.toIntExact(((long) width * bitsPerPixel + 7) / 8);
    int step = Math.max(1, bitsPerPixel / 8);
    byte[] line = new byte[lineBytes];
    byte[] above = new byte[lineBytes];
    byte[] filter = new byte[1];
    byte[][] colours = palette == null ? new byte[0][] : colours(palette, channels);
    int[] transparent = type == GREY || type == RGB ? transparent() : null;
    Inflater inflater = new Inflater();
    try {
      Input in = new Input(inflater, (1L + lineBytes) * height);
      for (int y = 0; y < height; y++) {
        in.fill(filter);
        in.fill(line);
        unfilter(filter[0], line, above, step);
        if (palette != null) {
          spread(line, colours, out, y * width, plane);
        } else {
          copy(line, channels, transparent, out, y * width, plane);
        }
        byte[] swap = above;
        above = line;
        line = swap;
      }
    } finally {
      inflater.end();
    }
    return new Picture(new ImageShape(channels, height, width), out);
  }

  private byte[][] colours(int[] palette, int channels) {
    int[] alpha = find(0x74524E53); // tRNS
    byte[][] colours = new byte[channels][palette[1] / 3];
    for (int i = 0; i < palette[1] / 3; i++) {
      int opacity = alpha != null && i < alpha[1] ? bytes[alpha[0] + i] & 0xff : 255;
      for (int c = 0; c < channels; c++) {
        colours[c][i] = ImageFiles.onWhite(bytes[palette[0] + 3 * i + c] & 0xff, opacity);
      }
    }
    return colours;
  }

  /** The samples of the one colour that is transparent, or null. */
  private int @Nullable [] transparent() {
    int[] at = find(0x74524E53); // tRNS
    if (at == null || at[1] < 2 * samples()) {
      return null;
    }
    int[] colour = new int[samples()];
    for (int i = 0; i < colour.length; i++) {
      colour[i] = buffer.getShort(at[0] + 2 * i) & 0xffff;
    }
    return colour;
  }

  private static void unfilter(int filter, byte[] line, byte[] above, int step)
      throws DataFormatException {
    int length = line.length;
    switch (filter) {
      case 0 -> {}
      case 1 -> {
        for (int i = step; i < length; i++) {
          line[i] += line[i - step];
        }
      }
      case 2 -> {
        for (int i = 0; i < length; i++) {
          line[i] += above[i];
        }
      }
      case 3 -> {
        for (int i = 0; i < length; i++) {
          int left = i < step ? 0 : line[i - step] & 0xff;
          line[i] += (byte) ((left + (above[i] & 0xff)) >> 1);
        }
      }
      case 4 -> {
        for (int i = 0; i < length; i++) {
          int left = i < step ? 0 : line[i - step] & 0xff;
          int corner = i < step ? 0 : above[i - step] & 0xff;
          line[i] += (byte) paeth(left, above[i] & 0xff, corner);
        }
      }
      default -> throw new DataFormatException("unknown PNG filter " + filter);
    }
  }

  private static int paeth(int left, int up, int corner) {
    int byLeft = Math.abs(up - corner);
    int byUp = Math.abs(left - corner);
    int byCorner = Math.abs(left + up - 2 * corner);
    if (byLeft <= byUp && byLeft <= byCorner) {
      return left;
    }
    return byUp <= byCorner ? up : corner;
  }

  private void spread(byte[] line, byte[][] colours, byte[] out, int to, int plane)
      throws DataFormatException {
    int known = colours[0].length;
    for (int x = 0; x < width; x++) {
      int index = sample(line, x);
      if (index >= known) {
        throw new DataFormatException("colour " + index + " is not in the palette of " + known);
      }
      for (int c = 0; c < colours.length; c++) {
        out[c * plane + to + x] = colours[c][index];
      }
    }
  }

  private void copy(
      byte[] line, int channels, int @Nullable [] transparent, byte[] out, int to, int plane) {
    int samples = samples();
    if (depth == 8 && samples == channels && transparent == null) {
      for (int c = 0; c < channels; c++) {
        for (int x = 0; x < width; x++) {
          out[c * plane + to + x] = line[x * samples + c];
        }
      }
      return;
    }
    int most = (1 << depth) - 1;
    for (int x = 0; x < width; x++) {
      int alpha =
          samples > channels ? toEightBits(sample(line, x * samples + channels), most) : 255;
      if (transparent != null) {
        boolean same = true;
        for (int c = 0; c < channels; c++) {
          same &= sample(line, x * samples + c) == transparent[c];
        }
        alpha = same ? 0 : 255;
      }
      for (int c = 0; c < channels; c++) {
        int value = toEightBits(sample(line, x * samples + c), most);
        out[c * plane + to + x] = ImageFiles.onWhite(value, alpha);
      }
    }
  }

  private static int toEightBits(int value, int most) {
    return most == 255 ? value : (value * 255 + most / 2) / most;
  }

  private int sample(byte[] line, int index) {
    return switch (depth) {
      case 8 -> line[index] & 0xff;
      case 16 -> (line[2 * index] & 0xff) << 8 | line[2 * index + 1] & 0xff;
      default -> {
        int perByte = 8 / depth;
        int shift = 8 - depth - index % perByte * depth;
        yield line[index / perByte] >> shift & ((1 << depth) - 1);
      }
    };
  }

  /** The inflated contents of the IDAT chunks, one after the other. */
  private final class Input {
    private final Inflater inflater;
    // Many lines at a time: each call of the inflater crosses into native code.
    private final byte[] inflated;
    private int taken;
    private int held;
    private int at = 8;

    Input(Inflater inflater, long expected) {
      this.inflater = inflater;
      this.inflated = new byte[(int) Math.min(expected, 1 << 16)];
    }

    void fill(byte[] target) throws DataFormatException {
      int filled = 0;
      while (filled < target.length) {
        if (taken == held) {
          refill();
        }
        int part = Math.min(target.length - filled, held - taken);
        System.arraycopy(inflated, taken, target, filled, part);
        taken += part;
        filled += part;
      }
    }

    private void refill() throws DataFormatException {
      taken = 0;
      held = 0;
      while (held == 0) {
        held = inflater.inflate(inflated);
        boolean more = !inflater.finished() && !inflater.needsDictionary();
        if (held == 0 && !(more && nextChunk())) {
          throw new DataFormatException("the pixels end early");
        }
      }
    }

    private boolean nextChunk() {
      while (at + 12 <= bytes.length) {
        int length = buffer.getInt(at);
        int start = at + 8;
        boolean pixels = buffer.getInt(at + 4) == 0x49444154; // IDAT
        at += 12 + length;
        if (pixels && length > 0) {
          inflater.setInput(bytes, start, length);
          return true;
        }
      }
      return false;
    }
  }
}
