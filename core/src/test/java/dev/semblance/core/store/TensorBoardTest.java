package dev.semblance.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardTest {
  @TempDir Path folder;
  private Path file = Path.of("");
  private double time = 1.5e9;

  @BeforeEach
  void name() {
    file = folder.resolve("events.out.tfevents.1.host");
  }

  @Test
  void theFirstRecordIsThatOfEveryEventFile() throws IOException {
    try (TensorBoard board = board(0)) {
      board.flush();
    }
    // 24 bytes with this checksum begin every file that TensorFlow writes; then time and version.
    assertThat(HexFormat.of().formatHex(Files.readAllBytes(file)))
        .startsWith("1800000000000000" + "a37f4b22")
        .contains("09" + "000000c00b5ad641" + "1a0d627261696e2e4576656e743a32");
  }

  @Test
  void scalarsAreReadBackByAnotherParser() throws IOException {
    try (TensorBoard board = board(0)) {
      board.scalar("train/loss", 0, 0.25);
      board.scalar("größe", 300, -1e30);
      board.scalar("long", 1L << 40, Double.NaN);
    }
    assertThat(events(Files.readAllBytes(file)))
        .containsExactly(
            "1.5E9 0 brain.Event:2",
            "1.500000001E9 0 train/loss 0.25",
            "1.500000002E9 300 größe -1.0E30",
            "1.500000003E9 1099511627776 long NaN");
  }

  @Test
  void aScalarHasTheseBytes() throws IOException {
    try (TensorBoard board = board(0)) {
      board.scalar("a", 300, 1);
    }
    byte[] all = Files.readAllBytes(file);
    // 09 time, 10 step 300, 2a summary of 0a value of 0a tag "a", 15 simple value 1.0f
    assertThat(HexFormat.of().formatHex(all, 40 + 12 + 9, all.length - 4))
        .isEqualTo("10ac02" + "2a0a" + "0a08" + "0a0161" + "150000803f");
  }

  @Test
  void resumingCutsWhatComesAgain() throws IOException {
    try (TensorBoard board = board(0)) {
      for (int step = 0; step < 5; step++) {
        board.scalar("x", step, step);
      }
    }
    try (TensorBoard board = board(3)) {
      board.scalar("x", 3, 30);
    }
    assertThat(steps()).containsExactly("x 0.0", "x 1.0", "x 2.0", "x 30.0");
  }

  @Test
  void aTornRecordIsCutOff() throws IOException {
    try (TensorBoard board = board(0)) {
      board.scalar("x", 0, 0);
      board.scalar("x", 1, 1);
    }
    byte[] whole = Files.readAllBytes(file);
    int last = 40 + (whole.length - 40) / 2;
    for (int length = last; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      try (TensorBoard board = board(9)) {
        board.scalar("x", 9, 9);
      }
      assertThat(steps()).containsExactly("x 0.0", "x 9.0");
    }
  }

  @Test
  void otherFilesAreLeftAsTheyAre() throws IOException {
    Files.writeString(file, "these are somebody's notes");
    assertThatThrownBy(() -> board(0))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": byte 0: is no record of an event file; move the file away");
    assertThat(file).hasContent("these are somebody's notes");
    Files.delete(file);
    try (TensorBoard board = board(0)) {
      board.scalar("x", 0, 0);
    }
    byte[] damaged = Files.readAllBytes(file);
    damaged[60] ^= 1;
    Files.write(file, damaged);
    assertThatThrownBy(() -> board(1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("byte 52: the record's checksum is wrong");
    assertThat(Files.readAllBytes(file)).isEqualTo(damaged);
    assertThatThrownBy(() -> TensorBoard.append(folder.resolve("log.txt"), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tfevents");
    assertThatThrownBy(() -> TensorBoard.append(folder.resolve("no/tfevents"), 0))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(folder.resolve("no/tfevents") + ": ");
  }

  private TensorBoard board(long fromStep) throws IOException {
    return TensorBoard.append(file, fromStep, () -> time++);
  }

  private List<String> steps() throws IOException {
    return events(Files.readAllBytes(file)).stream()
        .skip(1)
        .map(event -> event.split(" ", 3)[2])
        .toList();
  }

  // ---- a parser of its own

  private static List<String> events(byte[] bytes) {
    List<String> events = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      int from = in.position();
      int length = (int) in.getLong();
      assertThat(in.getInt()).isEqualTo(mask(Arrays.copyOfRange(bytes, from, from + 8)));
      byte[] data = new byte[length];
      in.get(data);
      assertThat(in.getInt()).isEqualTo(mask(data));
      events.add(event(ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN)));
    }
    return events;
  }

  private static int mask(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    long value = crc.getValue();
    return (int) (((value >>> 15 | value << 17) & 0xFFFFFFFFL) + 0xa282ead8L);
  }

  /** Fields in any order: time, step, then text or tag and value. */
  private static String event(ByteBuffer in) {
    double time = 0;
    long step = 0;
    String rest = "";
    while (in.hasRemaining()) {
      switch ((int) varint(in)) {
        case 1 << 3 | 1 -> time = in.getDouble();
        case 2 << 3 -> step = varint(in);
        case 3 << 3 | 2 -> rest = text(in);
        case 5 << 3 | 2 -> {
          assertThat(varint(in)).isEqualTo(in.remaining());
          assertThat(in.get()).isEqualTo((byte) (1 << 3 | 2));
          assertThat(varint(in)).isEqualTo(in.remaining());
          assertThat(in.get()).isEqualTo((byte) (1 << 3 | 2));
          rest = text(in);
          assertThat(in.get()).isEqualTo((byte) (2 << 3 | 5));
          rest += " " + in.getFloat();
        }
        default -> throw new AssertionError("unknown field");
      }
    }
    return time + " " + step + " " + rest;
  }

  private static String text(ByteBuffer in) {
    byte[] text = new byte[(int) varint(in)];
    in.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    int shift = 0;
    byte next;
    do {
      next = in.get();
      value |= (next & 0x7FL) << shift;
      shift += 7;
    } while (next < 0);
    return value;
  }
}
