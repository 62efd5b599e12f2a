package dev.semblance.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NpyTest {
  @TempDir Path folder;

  /** By the description of the format in numpy.lib.format. */
  @Test
  void theBytesAreThoseOfTheFormat() throws IOException {
    Path file = folder.resolve("x.npy");
    try (Scope scope = Scope.open()) {
      Npy.write(file, Ops.floats(new float[] {1, 3, 2, 4}, 2, 2).t());
    }
    byte[] bytes = Files.readAllBytes(file);
    assertThat(HexFormat.of().formatHex(bytes, 0, 10)).isEqualTo("934e554d505901007600");
    assertThat(new String(bytes, 10, 118, StandardCharsets.US_ASCII))
        .isEqualTo(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }" + " ".repeat(58) + "\n");
    assertThat(HexFormat.of().formatHex(bytes, 128, 144))
        .isEqualTo("0000803f" + "00000040" + "00004040" + "00008040");
  }

  @Test
  void bytesOfAnyShapeAreWrittenPartByPart() throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.writeBytes(file, List.of(new byte[] {1, 2}, new byte[] {-1, 4}).iterator(), 2, 1, 2);
    byte[] bytes = Files.readAllBytes(file);
    assertThat(new String(bytes, 10, 118, StandardCharsets.US_ASCII).strip())
        .isEqualTo("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 2), }");
    assertThat(HexFormat.of().formatHex(bytes, 128, bytes.length)).isEqualTo("0102ff04");
    assertThatThrownBy(() -> Npy.writeBytes(file, List.of(new byte[3]).iterator(), 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 values");
    assertThat(Files.readAllBytes(file)).isEqualTo(bytes); // what was there stays
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "0, 5", "5, 0", "17, 33"})
  void whatIsWrittenIsRead(int rows, int columns) throws IOException {
    Path file = folder.resolve("x.npy");
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = i - 7.5f;
    }
    try (Scope scope = Scope.open()) {
      Npy.write(file, Ops.floats(values, rows, columns).to(ScalarType.Double));
      Tensor back = Npy.read(file);
      assertThat(back.shape()).containsExactly(rows, columns);
      assertThat(Ops.toFloats(back)).isEqualTo(values);
    }
    assertThat((Files.size(file) - 4L * values.length) % 64).isZero();
  }

  @Test
  void whatIsNoMatrixIsRefused() throws IOException {
    Path file = folder.resolve("x.npy");
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> Npy.write(file, Ops.floats(new float[] {1}, 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("matrix must be [n, d], got [1]");
      Npy.write(file, Ops.floats(new float[] {1, 2}, 1, 2));
    }
    byte[] good = Files.readAllBytes(file);
    for (int length = 0; length < good.length; length++) {
      assertRefused(file, Arrays.copyOf(good, length));
    }
    assertRefused(file, Arrays.copyOf(good, good.length + 1));
    assertRefused(file, replaced(good, "(1, 2)", "(2, 2)"));
    assertRefused(file, replaced(good, "(1, 2), }", "(2,), }  "));
    assertRefused(file, replaced(good, "<f4", "<f8"));
    assertRefused(file, replaced(good, "False", "True "));
    String most = "9".repeat(18);
    assertRefused(
        file, replaced(good, "(1, 2), }" + " ".repeat(34), "(" + most + ", " + most + "), }"));
  }

  private static void assertRefused(Path file, byte[] content) throws IOException {
    Files.write(file, content);
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> Npy.read(file))
          .isInstanceOf(IOException.class)
          .message()
          .startsWith(file + ": byte ")
          .contains("; ")
          .doesNotContain("\n");
    }
  }

  private static byte[] replaced(byte[] content, String from, String to) {
    String text = new String(content, StandardCharsets.ISO_8859_1);
    assertThat(text).contains(from);
    assertThat(to).hasSameSizeAs(from);
    return text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
  }
}
