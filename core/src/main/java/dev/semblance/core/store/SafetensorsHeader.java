package dev.semblance.core.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The header of a safetensors file, read and checked without libtorch: which tensors there are, of
 * which type and shape, and where their bytes stand.
 *
 * <p>The layout is 8 bytes of little-endian header length, a JSON object, then the tensors' bytes
 * without holes to the end of the file. Everything is checked before this object exists: nothing
 * larger than the header itself is allocated for a file that lies about itself.
 *
 * @param metadata the file's own text entries, in the file's order
 * @param tensors by name, in the header's order
 * @param dataStart where in the file the tensors' bytes begin
 */
public record SafetensorsHeader(
    Map<String, String> metadata, Map<String, Entry> tensors, long dataStart) {
  /** The longest header accepted, in bytes; the same limit as the reference implementation's. */
  public static final long LONGEST = 100_000_000;

  private static final String METADATA = "__metadata__";
  private static final int MOST_DIMENSIONS = 64;
  private static final String DAMAGED =
      "the file is damaged or was not copied whole; fetch it again";
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(8)
                  .maxNumberLength(30)
                  .maxNameLength(10_000)
                  .maxStringLength((int) LONGEST)
                  .build())
          // Names are data here; interning them would fill a table that outlives the file.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  /**
   * One tensor.
   *
   * @param shape lengths, empty for a scalar
   * @param offset of the first byte, counted from {@link #dataStart}
   * @param bytes the number of bytes: elements times {@code dtype.bytes()}
   */
  public record Entry(String name, Dtype dtype, List<Long> shape, long offset, long bytes) {
    public Entry {
      shape = List.copyOf(shape);
    }

    /** The number of elements. */
    public long elements() {
      return bytes / dtype.bytes();
    }

    Entry at(long newOffset) {
      return new Entry(name, dtype, shape, newOffset, bytes);
    }

    long[] lengths() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }
  }

  public SafetensorsHeader {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /**
   * Reads the header of {@code file}.
   *
   * @throws IOException one line naming file, place and remedy
   */
  public static SafetensorsHeader read(Path file) throws IOException {
    FileProblem.checkReadable(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return read(file, channel);
    } catch (java.nio.file.FileSystemException e) {
      throw FileProblem.reading(file, e);
    }
  }

  /** The bytes of all tensors together. */
  public long dataBytes() {
    return tensors.values().stream().mapToLong(Entry::bytes).sum();
  }

  static SafetensorsHeader read(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < 8) {
      throw FileProblem.at(
          file,
          "byte 0",
          "a safetensors file has at least 8 bytes, this one has " + size,
          size == 0 ? "the file is empty; fetch it again" : DAMAGED);
    }
    long length = fill(file, channel, 0, 8).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > LONGEST) {
      throw FileProblem.at(
          file,
          "byte 0",
          "header length must be in [2, " + LONGEST + "], got " + Long.toUnsignedString(length),
          "this is no safetensors file, or it is damaged");
    }
    if (length > size - 8) {
      throw FileProblem.at(
          file,
          "byte 0",
          "header length is " + length + ", but only " + (size - 8) + " bytes follow",
          DAMAGED);
    }
    ByteBuffer bytes = fill(file, channel, 8, (int) length);
    if (bytes.get(0) != '{') {
      throw FileProblem.at(
          file, "byte 8", "the header must begin with '{'", "this is no safetensors file");
    }
    SafetensorsHeader header = new Reader(file, decode(file, bytes), 8 + length).header();
    header.checkLayout(file, size - 8 - length);
    return header;
  }

  private static ByteBuffer fill(Path file, FileChannel channel, long position, int count)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw FileProblem.at(
            file, "byte " + (position + buffer.position()), "the file ends here", DAMAGED);
      }
    }
    return buffer.flip();
  }

  private static String decode(Path file, ByteBuffer bytes) throws IOException {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    CharBuffer text = CharBuffer.allocate(bytes.remaining());
    CoderResult result = decoder.decode(bytes, text, true);
    if (result.isError()) {
      throw FileProblem.at(
          file, "byte " + (8 + bytes.position()), "the header is not valid UTF-8", DAMAGED);
    }
    return text.flip().toString();
  }

  /** No holes, no overlap, exactly to the end of the file. The header's order is free. */
  private void checkLayout(Path file, long dataBytes) throws IOException {
    List<Entry> order = new ArrayList<>(tensors.values());
    // An empty tensor shares its offset with the next one and has to come first.
    order.sort(Comparator.comparingLong(Entry::offset).thenComparingLong(Entry::bytes));
    long end = 0;
    for (Entry entry : order) {
      if (entry.offset() != end) {
        throw FileProblem.at(
            file,
            "tensor " + FileProblem.quote(entry.name()),
            (entry.offset() > end ? "a hole before it" : "it overlaps another tensor")
                + ": it must begin at byte "
                + end
                + " of the data, got "
                + entry.offset(),
            DAMAGED);
      }
      end += entry.bytes(); // No overflow: end equals an offset that was checked, plus its bytes.
    }
    if (end != dataBytes) {
      throw FileProblem.at(
          file,
          "byte " + (dataStart + Math.min(end, dataBytes)),
          "the tensors need " + end + " bytes of data, the file has " + dataBytes,
          DAMAGED);
    }
  }

  /** Reads the JSON token by token: no tree is built, and nothing nests deeper than it may. */
  private static final class Reader {
    private final Path file;
    private final String text;
    private final long dataStart;
    private final Map<String, Entry> tensors = new LinkedHashMap<>();
    private @Nullable Map<String, String> metadata;

    Reader(Path file, String text, long dataStart) {
      this.file = file;
      this.text = text;
      this.dataStart = dataStart;
    }

    SafetensorsHeader header() throws IOException {
      try (JsonParser json = JSON.createParser(text)) {
        json.nextToken();
        while (json.nextToken() != JsonToken.END_OBJECT) {
          String name = json.currentName();
          json.nextToken();
          if (name.equals(METADATA)) {
            readMetadata(json);
          } else if (tensors.put(name, readEntry(json, name)) != null) {
            throw damaged(json, "tensor " + FileProblem.quote(name) + " is listed twice");
          }
        }
        if (json.nextToken() != null) {
          throw damaged(json, "the header goes on after its end");
        }
      } catch (JsonProcessingException e) {
        long offset = e.getLocation() == null ? -1 : e.getLocation().getCharOffset();
        throw FileProblem.at(
            file,
            offset < 0 ? "header" : "header character " + offset,
            "no valid JSON: " + firstClause(e.getOriginalMessage()),
            DAMAGED,
            e);
      }
      return new SafetensorsHeader(metadata == null ? Map.of() : metadata, tensors, dataStart);
    }

    private void readMetadata(JsonParser json) throws IOException {
      if (metadata != null) {
        throw damaged(json, METADATA + " is listed twice");
      }
      metadata = new LinkedHashMap<>();
      if (json.currentToken() == JsonToken.VALUE_NULL) {
        return; // The reference implementation takes null for none.
      }
      expect(json, JsonToken.START_OBJECT, METADATA, "an object");
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String key = json.currentName();
        json.nextToken();
        expect(json, JsonToken.VALUE_STRING, METADATA + " " + FileProblem.quote(key), "a string");
        if (metadata.put(key, json.getText()) != null) {
          throw damaged(json, METADATA + " has " + FileProblem.quote(key) + " twice");
        }
      }
    }

    private Entry readEntry(JsonParser json, String name) throws IOException {
      String where = "tensor " + FileProblem.quote(name);
      expect(json, JsonToken.START_OBJECT, where, "an object");
      @Nullable Dtype dtype = null;
      @Nullable List<Long> shape = null;
      @Nullable List<Long> offsets = null;
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String key = json.currentName();
        json.nextToken();
        boolean twice;
        switch (key) {
          case "dtype" -> {
            twice = dtype != null;
            dtype = readDtype(json, where);
          }
          case "shape" -> {
            twice = shape != null;
            shape = readNumbers(json, where + " shape", MOST_DIMENSIONS);
          }
          case "data_offsets" -> {
            twice = offsets != null;
            offsets = readNumbers(json, where + " data_offsets", 2);
          }
          default -> throw damaged(json, where + ": unknown key " + FileProblem.quote(key));
        }
        if (twice) {
          throw damaged(json, where + " has " + key + " twice");
        }
      }
      if (dtype == null || shape == null || offsets == null) {
        throw damaged(
            json,
            where
                + " has no "
                + (dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets"));
      }
      return entry(json, name, dtype, shape, offsets);
    }

    private Entry entry(
        JsonParser json, String name, Dtype dtype, List<Long> shape, List<Long> offsets)
        throws IOException {
      String where = "tensor " + FileProblem.quote(name);
      if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
        throw damaged(json, where + " data_offsets must be [begin, end], got " + offsets);
      }
      long needed = dtype.bytes();
      boolean empty = false;
      try {
        for (long length : shape) {
          // A zero must not hide an overflow: libtorch multiplies the strides all the same.
          needed = Math.multiplyExact(needed, Math.max(1, length));
          empty |= length == 0;
        }
      } catch (ArithmeticException e) {
        throw damaged(json, where + " shape " + shape + " has more elements than can be counted");
      }
      needed = empty ? 0 : needed;
      long held = offsets.get(1) - offsets.get(0);
      if (held != needed) {
        throw damaged(
            json,
            where
                + " "
                + dtype
                + " "
                + shape
                + " needs "
                + needed
                + " bytes, data_offsets "
                + offsets
                + " hold "
                + held);
      }
      return new Entry(name, dtype, shape, offsets.get(0), held);
    }

    private Dtype readDtype(JsonParser json, String where) throws IOException {
      expect(json, JsonToken.VALUE_STRING, where + " dtype", "a string");
      Dtype dtype = Dtype.named(json.getText());
      if (dtype == null) {
        throw FileProblem.at(
            file,
            place(json),
            where + ": unknown dtype " + FileProblem.quote(json.getText()),
            "convert it to one of " + List.of(Dtype.values()));
      }
      return dtype;
    }

    private List<Long> readNumbers(JsonParser json, String where, int most) throws IOException {
      expect(json, JsonToken.START_ARRAY, where, "an array");
      List<Long> numbers = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        expect(json, JsonToken.VALUE_NUMBER_INT, where, "whole numbers");
        if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER || json.getLongValue() < 0) {
          throw damaged(json, where + " must be in [0, 2^63), got " + json.getText());
        }
        if (numbers.size() == most) {
          throw damaged(json, where + " has more than " + most + " numbers");
        }
        numbers.add(json.getLongValue());
      }
      return numbers;
    }

    private void expect(JsonParser json, JsonToken token, String where, String expected)
        throws IOException {
      if (json.currentToken() != token) {
        throw damaged(json, where + " must be " + expected);
      }
    }

    private IOException damaged(JsonParser json, String what) {
      return FileProblem.at(file, place(json), what, DAMAGED);
    }

    private static String place(JsonParser json) {
      return "header character " + json.currentTokenLocation().getCharOffset();
    }

    /** Jackson's message without its source description, which is the file named already. */
    private static String firstClause(@Nullable String message) {
      String text = message == null ? "unreadable" : message;
      int end = text.indexOf(" (");
      text = end < 0 ? text : text.substring(0, end);
      return text.length() > 160 ? text.substring(0, 160) + "..." : text;
    }
  }
}
