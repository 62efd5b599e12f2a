package dev.semblance.adversarial.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes ONNX files: just enough of protocol buffers, with the field numbers of {@code onnx.proto}.
 */
final class OnnxBytes {
  static final int FLOAT = 1;
  static final int UINT8 = 2;
  static final int DOUBLE = 11;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  OnnxBytes number(int field, long value) {
    varint((long) field << 3);
    varint(value);
    return this;
  }

  OnnxBytes block(int field, byte[] content) {
    varint((long) field << 3 | 2);
    varint(content.length);
    bytes.writeBytes(content);
    return this;
  }

  OnnxBytes block(int field, OnnxBytes content) {
    return block(field, content.bytes.toByteArray());
  }

  OnnxBytes text(int field, String text) {
    return block(field, text.getBytes(StandardCharsets.UTF_8));
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
  }

  /** A model of one graph, with operators of version 13. */
  static byte[] model(OnnxBytes graph) {
    return new OnnxBytes()
        .number(1, 8)
        .block(7, graph)
        .block(8, new OnnxBytes().text(1, "").number(2, 13))
        .bytes
        .toByteArray();
  }

  /** An operation: type, inputs with commas between them, output. */
  static OnnxBytes node(String type, String inputs, String output) {
    OnnxBytes node = new OnnxBytes();
    for (String one : inputs.split(",")) {
      node.text(1, one);
    }
    return node.text(2, output).text(4, type);
  }

  /** A list of integers that an operation has. */
  OnnxBytes attribute(String name, long... values) {
    OnnxBytes attribute = new OnnxBytes().text(1, name).number(20, 7);
    for (long value : values) {
      attribute.number(8, value);
    }
    return block(5, attribute);
  }

  /** One integer that an operation has. */
  OnnxBytes attribute(String name, long value) {
    return block(5, new OnnxBytes().text(1, name).number(3, value).number(20, 2));
  }

  /** Constant values. */
  static OnnxBytes tensor(String name, float[] values, long... shape) {
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    OnnxBytes tensor = new OnnxBytes();
    for (long side : shape) {
      tensor.number(1, side);
    }
    return tensor.number(2, FLOAT).text(8, name).block(9, raw.array());
  }

  /** An input or output; a side of -1 is open. */
  static OnnxBytes value(String name, int type, long... shape) {
    OnnxBytes sides = new OnnxBytes();
    for (long side : shape) {
      sides.block(1, side < 0 ? new OnnxBytes().text(2, "n") : new OnnxBytes().number(1, side));
    }
    OnnxBytes tensor = new OnnxBytes().number(1, type).block(2, sides);
    return new OnnxBytes().text(1, name).block(2, new OnnxBytes().block(1, tensor));
  }
}
