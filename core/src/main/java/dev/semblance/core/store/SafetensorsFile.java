package dev.semblance.core.store;

import dev.semblance.core.file.FileProblem;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An open safetensors file: the checked header at once, tensors on demand from the memory-mapped
 * data.
 *
 * <p>Belongs to one thread at a time. The file must not be changed while it is open.
 */
public final class SafetensorsFile implements AutoCloseable {
  /** The bytes mapped in one piece; a {@link ByteBuffer} reaches 2^31 - 1. */
  private static final long WINDOW = 1L << 30;

  private static final Set<Dtype> FLOATING =
      EnumSet.of(Dtype.F64, Dtype.F32, Dtype.F16, Dtype.BF16);
  private static final String OTHER_ARCHITECTURE =
      "the file holds another architecture; use the file that belongs to it";

  private final Path file;
  private final SafetensorsHeader header;
  private final FileChannel channel;
  private final @Nullable MappedByteBuffer[] windows;

  private SafetensorsFile(Path file, SafetensorsHeader header, FileChannel channel) {
    this.file = file;
    this.header = header;
    this.channel = channel;
    this.windows = new MappedByteBuffer[(int) (header.dataBytes() / WINDOW) + 1];
  }

  static SafetensorsFile open(Path file) throws IOException {
    FileProblem.checkReadable(file);
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
    } catch (FileSystemException e) {
      throw FileProblem.reading(file, e);
    }
    boolean done = false;
    try {
      SafetensorsFile opened =
          new SafetensorsFile(file, SafetensorsHeader.read(file, channel), channel);
      done = true;
      return opened;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  /** The file's own text entries. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** The names of the tensors, in the header's order. */
  public Set<String> names() {
    return header.tensors().keySet();
  }

  /** The checked header. */
  public SafetensorsHeader header() {
    return header;
  }

  /**
   * Type, shape and size of a tensor.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public SafetensorsHeader.Entry info(String name) {
    SafetensorsHeader.Entry entry = header.tensors().get(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          "no tensor " + FileProblem.quote(name) + " in " + file + "; it has " + names());
    }
    return entry;
  }

  /**
   * A copy of a tensor, of the file's type and shape, in the current scope.
   *
   * @throws IllegalArgumentException if there is none of this name
   * @throws IOException if the bytes cannot be read, or a BOOL is neither 0 nor 1
   */
  public Tensor tensor(String name) throws IOException {
    SafetensorsHeader.Entry entry = info(name);
    try (Scope scope = Scope.open()) {
      Tensor tensor = Ops.empty(Safetensors.scalarType(entry.dtype()), entry.lengths());
      if (entry.bytes() > 0) {
        copy(entry, new BytePointer(tensor.data_ptr()));
      }
      return scope.keep(tensor);
    }
  }

  /** Copies of all tensors, in the header's order, in the current scope. */
  public Map<String, Tensor> tensors() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (String name : names()) {
      tensors.put(name, tensor(name));
    }
    return tensors;
  }

  /** Refuses a file without exactly these names and shapes, before a tensor is read. */
  void checkAgainst(Map<String, Tensor> expected) throws IOException {
    for (Map.Entry<String, Tensor> weight : expected.entrySet()) {
      String place = "tensor " + FileProblem.quote(weight.getKey());
      String shape = Shapes.of(weight.getValue());
      SafetensorsHeader.Entry entry = header.tensors().get(weight.getKey());
      if (entry == null) {
        throw FileProblem.at(file, place, shape + " is missing", OTHER_ARCHITECTURE);
      }
      if (!Arrays.equals(entry.lengths(), weight.getValue().shape())) {
        throw FileProblem.at(
            file, place, "must be " + shape + ", got " + entry.shape(), OTHER_ARCHITECTURE);
      }
      if (!FLOATING.contains(entry.dtype())) {
        throw FileProblem.at(
            file, place, "must be one of " + FLOATING + ", got " + entry.dtype(), "convert it");
      }
    }
    for (String name : names()) {
      if (!expected.containsKey(name)) {
        throw FileProblem.at(
            file,
            "tensor " + FileProblem.quote(name),
            "is not part of the architecture",
            OTHER_ARCHITECTURE);
      }
    }
  }

  private void copy(SafetensorsHeader.Entry entry, BytePointer target) throws IOException {
    long done = 0;
    while (done < entry.bytes()) {
      long position = entry.offset() + done;
      ByteBuffer window = window((int) (position / WINDOW));
      int from = (int) (position % WINDOW);
      int count = (int) Math.min(entry.bytes() - done, window.capacity() - from);
      ByteBuffer source = window.slice(from, count);
      if (entry.dtype() == Dtype.BOOL) {
        checkBooleans(entry, source, done);
      }
      target.position(done).limit(done + count).asByteBuffer().put(source);
      done += count;
    }
  }

  /** libtorch's behaviour is undefined for a BOOL byte that is neither 0 nor 1. */
  private void checkBooleans(SafetensorsHeader.Entry entry, ByteBuffer source, long done)
      throws IOException {
    for (int i = 0; i < source.limit(); i++) {
      if ((source.get(i) & 0xFE) != 0) {
        throw FileProblem.at(
            file,
            "byte " + (header.dataStart() + entry.offset() + done + i),
            "tensor "
                + FileProblem.quote(entry.name())
                + " is BOOL, but a byte is "
                + (source.get(i) & 0xFF),
            "write it again with 0 and 1 only");
      }
    }
  }

  private ByteBuffer window(int index) throws IOException {
    MappedByteBuffer window = windows[index];
    if (window == null) {
      if (!channel.isOpen()) {
        throw new IllegalStateException(file + " is closed; read the tensors before");
      }
      long from = index * WINDOW;
      long count = Math.min(WINDOW, header.dataBytes() - from);
      try {
        window = channel.map(FileChannel.MapMode.READ_ONLY, header.dataStart() + from, count);
      } catch (IOException e) {
        throw FileProblem.reading(file, e);
      }
      windows[index] = window;
    }
    return window;
  }

  /** Closes the file. The mapping itself goes when the garbage collector finds it unused. */
  @Override
  public void close() throws IOException {
    Arrays.fill(windows, null);
    channel.close();
  }
}
