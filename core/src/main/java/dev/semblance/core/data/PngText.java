package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Texts inside PNG files: what a picture was made of, in the picture itself.
 *
 * <p>Writes iTXt chunks (UTF-8, not compressed) right behind the header, where readers find them
 * without the pixels; reads these and tEXt chunks. Format: Portable Network Graphics, third
 * edition, section 11.3.3.
 */
public final class PngText {
  private static final int FIRST_CHUNK = 8;

  /** Signature and header chunk, which is always as long. */
  private static final int HEADER = FIRST_CHUNK + 12 + 13;

  private PngText() {}

  /**
   * A copy of a PNG file with one more text.
   *
   * @param keyword 1 to 79 printable Latin characters
   * @throws IllegalArgumentException for other keywords, or bytes that are no PNG
   */
  public static byte[] with(byte[] png, String keyword, String text) {
    if (!Png.is(png)) {
      throw new IllegalArgumentException("png must be the bytes of a PNG file, got others");
    }
    if (!keyword.matches("[!-~]([ -~]{0,77}[!-~])?")) {
      throw new IllegalArgumentException(
          "keyword must be 1 to 79 printable characters without space at the ends, got " + keyword);
    }
    byte[] name = keyword.getBytes(StandardCharsets.ISO_8859_1);
    byte[] value = text.getBytes(StandardCharsets.UTF_8);
    // Behind the keyword: its end, two zeros for "not compressed", two empty texts and their ends.
    int length = name.length + 5 + value.length;
    ByteBuffer chunk = ByteBuffer.allocate(length + 12);
    chunk.putInt(length).put(ascii("iTXt")).put(name).put(new byte[5]).put(value);
    CRC32 sum = new CRC32();
    sum.update(chunk.array(), 4, length + 4);
    chunk.putInt((int) sum.getValue());
    byte[] whole = Arrays.copyOf(png, png.length + chunk.capacity());
    System.arraycopy(png, HEADER, whole, HEADER + chunk.capacity(), png.length - HEADER);
    System.arraycopy(chunk.array(), 0, whole, HEADER, chunk.capacity());
    return whole;
  }

  /**
   * The texts of a PNG file by keyword, in their order; compressed ones are left out.
   *
   * @param name of the file, for messages
   * @throws IOException naming file and place, for bytes that are no whole PNG
   */
  public static Map<String, String> read(byte[] png, String name) throws IOException {
    if (!Png.is(png)) {
      throw FileProblem.of(name, "is no PNG file", "name a picture that sample wrote");
    }
    ByteBuffer buffer = ByteBuffer.wrap(png);
    Map<String, String> texts = new LinkedHashMap<>();
    long at = FIRST_CHUNK;
    while (at + 12 <= png.length) {
      long length = buffer.getInt((int) at) & 0xFFFFFFFFL;
      if (at + 12 + length > png.length) {
        throw FileProblem.at(
            name,
            "byte " + at,
            "a chunk of " + length + " bytes does not fit the file",
            "it was not copied whole; fetch it again");
      }
      byte[] data = Arrays.copyOfRange(png, (int) at + 8, (int) (at + 8 + length));
      switch (new String(png, (int) at + 4, 4, StandardCharsets.ISO_8859_1)) {
        case "tEXt" -> put(texts, data, 0, StandardCharsets.ISO_8859_1);
        case "iTXt" -> put(texts, data, 2, StandardCharsets.UTF_8);
        default -> {}
      }
      at += 12 + length;
    }
    return texts;
  }

  /** Keyword, its end, {@code flags} bytes, of which the first says compressed, and the text. */
  private static void put(Map<String, String> texts, byte[] data, int flags, Charset charset) {
    int end = indexOf(data, 0);
    int start = end + 1 + flags;
    if (end < 1 || start > data.length || (flags > 0 && data[end + 1] != 0)) {
      return;
    }
    String keyword = new String(data, 0, end, StandardCharsets.ISO_8859_1);
    if (flags > 0) { // language and translated keyword stand between, each with its end
      for (int skipped = 0; skipped < 2; skipped++) {
        int next = indexOf(data, start);
        if (next < 0) {
          return;
        }
        start = next + 1;
      }
    }
    texts.put(keyword, new String(data, start, data.length - start, charset));
  }

  private static int indexOf(byte[] data, int from) {
    for (int i = from; i < data.length; i++) {
      if (data[i] == 0) {
        return i;
      }
    }
    return -1;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
