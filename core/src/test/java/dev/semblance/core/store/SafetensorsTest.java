package dev.semblance.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void theBytesAreThoseOfTheFormat() throws IOException {
    Path file = folder.resolve("golden.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("a", Ops.floats(new float[] {1, -2}, 2, 1));
      tensors.put("b", Ops.longs(new long[] {3}));
      Safetensors.write(file, tensors, Map.of("z", "1", "k", "é"));
    }
    // Written by hand from the format's description: I64 first, for its alignment.
    String header =
        "{\"__metadata__\":{\"k\":\"é\",\"z\":\"1\"},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[8,16]},"
            + "\"b\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}";
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + 7) / 8 * 8;
    ByteBuffer expected =
        ByteBuffer.allocate(8 + padded + 16).order(ByteOrder.LITTLE_ENDIAN).putLong(padded);
    expected.put(text);
    while (expected.position() < 8 + padded) {
      expected.put((byte) ' ');
    }
    expected.putLong(3).putFloat(1).putFloat(-2);
    assertThat(Files.readAllBytes(file)).isEqualTo(expected.array());
  }

  @ParameterizedTest
  @EnumSource(Dtype.class)
  void everyTypeComesBackBitForBit(Dtype dtype) throws IOException {
    Path file = folder.resolve("types.safetensors");
    try (Scope scope = Scope.open()) {
      Tensor values =
          Ops.floats(new float[] {0, 1, 1, 0, 100, 3}, 2, 3).to(Safetensors.scalarType(dtype));
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("scalar", values.select(0, 1).select(0, 1));
      tensors.put("none", Ops.empty(Safetensors.scalarType(dtype), 4, 0, 2));
      tensors.put("values", values);
      tensors.put("turned", values.t());
      Safetensors.write(file, tensors, Map.of());
      try (SafetensorsFile read = Safetensors.open(file)) {
        assertThat(read.names()).containsExactly("scalar", "none", "values", "turned");
        assertThat(read.info("values").shape()).isEqualTo(List.of(2L, 3L));
        assertThat(read.info("values").bytes()).isEqualTo(6L * dtype.bytes());
        assertThat(read.info("values").dtype()).isEqualTo(dtype);
        for (Map.Entry<String, Tensor> written : tensors.entrySet()) {
          Tensor back = read.tensor(written.getKey());
          assertThat(back.scalar_type().intern()).isEqualTo(Safetensors.scalarType(dtype));
          assertThat(back.shape()).isEqualTo(written.getValue().shape());
          assertThat(back.equal(written.getValue())).as(written.getKey()).isTrue();
        }
      }
    }
  }

  @Test
  void bytesDoNotDependOnTheOrderOfTheMetadata() throws IOException {
    Path first = folder.resolve("1.safetensors");
    Path second = folder.resolve("2.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = Map.of("w", Ops.floats(new float[] {1, 2, 3}, 3));
      Map<String, String> ab = new LinkedHashMap<>();
      ab.put("a", "1");
      ab.put("b", "2");
      Map<String, String> ba = new LinkedHashMap<>();
      ba.put("b", "2");
      ba.put("a", "1");
      Safetensors.write(first, tensors, ab);
      Safetensors.write(second, tensors, ba);
    }
    assertThat(Files.readAllBytes(second)).isEqualTo(Files.readAllBytes(first));
  }

  @Test
  void anyHeaderOrderIsRead() throws IOException {
    Path file = folder.resolve("order.safetensors");
    String header =
        "{\"late\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]},"
            + "\"early\":{\"shape\":[1],\"data_offsets\":[0,1],\"dtype\":\"U8\"},"
            + "\"none\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[1,1]},"
            + "\"__metadata__\":null}\n ";
    Files.write(file, SafetensorsBytes.of(header, new byte[] {7, 8, 9}));
    try (Scope scope = Scope.open();
        SafetensorsFile read = Safetensors.open(file)) {
      assertThat(Ops.toBytes(read.tensor("late"))).containsExactly(8, 9);
      assertThat(Ops.toBytes(read.tensor("early"))).containsExactly(7);
      assertThat(read.tensors().keySet()).containsExactly("late", "early", "none");
      assertThat(read.metadata()).isEmpty();
    }
  }

  @Test
  void aTensorOutlivesItsFile() throws IOException {
    Path file = folder.resolve("kept.safetensors");
    try (Scope scope = Scope.open()) {
      Safetensors.write(file, Map.of("w", Ops.floats(new float[] {1, 2, 3}, 3)), Map.of());
      Tensor kept;
      try (SafetensorsFile read = Safetensors.open(file)) {
        kept = read.tensor("w");
      }
      Files.delete(file);
      assertThat(Ops.toFloats(kept)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void wrongUseIsNamed() throws IOException {
    Path file = folder.resolve("use.safetensors");
    try (Scope scope = Scope.open()) {
      Tensor w = Ops.floats(new float[] {1}, 1);
      assertThatThrownBy(() -> Safetensors.write(file, Map.of("__metadata__", w), Map.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("__metadata__");
      Tensor complex = w.to(ScalarType.ComplexFloat);
      assertThatThrownBy(() -> Safetensors.write(file, Map.of("c", complex), Map.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("tensor c must be one of [F64");
      assertThat(file).doesNotExist();
      Safetensors.write(file, Map.of("w", w), Map.of());
      SafetensorsFile read = Safetensors.open(file);
      assertThatThrownBy(() -> read.tensor("v"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no tensor 'v'");
      read.close();
      assertThatThrownBy(() -> read.tensor("w"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }
}
