package dev.semblance.core.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.semblance.core.file.Atomic;
import dev.semblance.core.tensor.Scope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Reads and writes safetensors files: named tensors and text entries, no code, one layout for every
 * language.
 *
 * <p>Format: huggingface/safetensors, README, "Format".
 */
public final class Safetensors {
  /** The bytes handed to the operating system at once. */
  private static final long CHUNK = 1 << 26;

  static {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalStateException("safetensors files need a little-endian machine");
    }
  }

  private Safetensors() {}

  /**
   * Opens a file; its header is checked before anything is allocated for tensors.
   *
   * @throws IOException one line naming file, place and remedy
   */
  public static SafetensorsFile open(Path file) throws IOException {
    return SafetensorsFile.open(file);
  }

  /**
   * Writes tensors atomically: the target is replaced only when everything is on disk.
   *
   * <p>The same tensors in the same order give the same bytes. Tensors stand in the header in the
   * order given; their data is laid out by falling element size, so that all of it is aligned. One
   * tensor at a time is copied, and only where it is not contiguous.
   *
   * @param tensors by name, of the types in {@link Dtype}
   * @param metadata text entries, written in the order of their keys
   * @throws IllegalArgumentException for a type the format does not have or the name {@code
   *     __metadata__}; nothing is written then
   * @throws IOException one line naming file and remedy
   */
  public static void write(Path target, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    Map<String, SafetensorsHeader.Entry> entries = new LinkedHashMap<>();
    List<Item> layout = new ArrayList<>();
    tensors.forEach(
        (name, tensor) -> {
          SafetensorsHeader.Entry entry = entry(name, tensor);
          entries.put(name, entry); // Holds the place; the offset comes with the layout.
          layout.add(new Item(entry, tensor));
        });
    layout.sort(Comparator.comparingInt((Item item) -> item.entry().dtype().bytes()).reversed());
    long offset = 0;
    for (Item item : layout) {
      entries.put(item.entry().name(), item.entry().at(offset));
      offset += item.entry().bytes();
    }
    byte[] header = header(entries, metadata);
    Atomic.write(
        target,
        channel -> {
          writeFully(channel, prefix(header.length));
          writeFully(channel, ByteBuffer.wrap(header));
          for (Item item : layout) {
            writeTensor(channel, item.tensor());
          }
        });
  }

  private record Item(SafetensorsHeader.Entry entry, Tensor tensor) {}

  static ScalarType scalarType(Dtype dtype) {
    return switch (dtype) {
      case F64 -> ScalarType.Double;
      case F32 -> ScalarType.Float;
      case F16 -> ScalarType.Half;
      case BF16 -> ScalarType.BFloat16;
      case I64 -> ScalarType.Long;
      case I32 -> ScalarType.Int;
      case I16 -> ScalarType.Short;
      case I8 -> ScalarType.Char;
      case U8 -> ScalarType.Byte;
      case BOOL -> ScalarType.Bool;
    };
  }

  private static SafetensorsHeader.Entry entry(String name, Tensor tensor) {
    if (name.equals("__metadata__")) {
      throw new IllegalArgumentException("a tensor cannot be named __metadata__; choose another");
    }
    ScalarType type = tensor.scalar_type();
    Dtype dtype =
        Arrays.stream(Dtype.values())
            .filter(candidate -> scalarType(candidate) == type.intern())
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "tensor "
                            + name
                            + " must be one of "
                            + List.of(Dtype.values())
                            + ", got "
                            + type
                            + "; convert it first"));
    List<Long> shape = Arrays.stream(tensor.shape()).boxed().toList();
    return new SafetensorsHeader.Entry(name, dtype, shape, 0, tensor.numel() * dtype.bytes());
  }

  private static byte[] header(
      Map<String, SafetensorsHeader.Entry> entries, Map<String, String> metadata)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart("__metadata__");
        for (Map.Entry<String, String> text : new TreeMap<>(metadata).entrySet()) {
          json.writeStringField(text.getKey(), text.getValue());
        }
        json.writeEndObject();
      }
      for (SafetensorsHeader.Entry entry : entries.values()) {
        json.writeObjectFieldStart(entry.name());
        json.writeStringField("dtype", entry.dtype().name());
        json.writeFieldName("shape");
        json.writeArray(entry.lengths(), 0, entry.shape().size());
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {entry.offset(), entry.offset() + entry.bytes()}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    byte[] text = bytes.toByteArray();
    if (text.length > SafetensorsHeader.LONGEST) {
      throw new IllegalArgumentException(
          "the header must be at most "
              + SafetensorsHeader.LONGEST
              + " bytes, got "
              + text.length
              + "; shorten names and metadata");
    }
    byte[] padded = Arrays.copyOf(text, (text.length + 7) / 8 * 8);
    Arrays.fill(padded, text.length, padded.length, (byte) ' ');
    return padded;
  }

  private static ByteBuffer prefix(long length) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
  }

  private static void writeTensor(FileChannel channel, Tensor tensor) throws IOException {
    try (Scope scope = Scope.open()) {
      Tensor flat = tensor.detach().cpu().contiguous();
      long bytes = flat.nbytes();
      if (bytes == 0) {
        return;
      }
      BytePointer data = new BytePointer(flat.data_ptr());
      for (long done = 0; done < bytes; done += CHUNK) {
        data.position(done).limit(Math.min(bytes, done + CHUNK));
        writeFully(channel, data.asByteBuffer());
      }
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
