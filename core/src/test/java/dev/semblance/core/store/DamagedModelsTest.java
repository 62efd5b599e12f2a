package dev.semblance.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.file.FileProblem;
import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.LeNet;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Damaged, hostile and foreign files: each is refused in one line, before memory is taken. */
class DamagedModelsTest {
  private static final String U8 = "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}";
  private static final String ABSENT = "(absent)";
  private static final Architecture LENET = new LeNet.Config(1, 16, 16, 2);
  @TempDir Path folder;

  // ---- damaged bytes

  static Stream<Arguments> headers() {
    return Stream.of(
        // The frame.
        raw("empty file", bytes(), "byte 0", "the file is empty"),
        raw("one byte", bytes(1), "byte 0", "at least 8 bytes"),
        raw("seven bytes", bytes(1, 0, 0, 0, 0, 0, 0), "byte 0", "this one has 7"),
        raw("length only", bytes(9, 0, 0, 0, 0, 0, 0, 0), "byte 0", "only 0 bytes follow"),
        raw("length 0", SafetensorsBytes.of(0, text("{}")), "byte 0", "got 0"),
        raw("length 1", SafetensorsBytes.of(1, text("{")), "byte 0", "got 1"),
        raw("length one too long", SafetensorsBytes.of(3, text("{}")), "byte 0", "only 2 bytes"),
        raw("length 100 MB", SafetensorsBytes.of(100_000_000, text("{}")), "byte 0", "follow"),
        raw("length over 100 MB", SafetensorsBytes.of(100_000_001, text("{}")), "byte 0", "must"),
        raw("length 2^31", SafetensorsBytes.of(1L << 31, text("{}")), "byte 0", "2147483648"),
        raw("length 2^63 - 1", SafetensorsBytes.of(Long.MAX_VALUE, text("{}")), "byte 0", "must"),
        raw("length 2^63", SafetensorsBytes.of(Long.MIN_VALUE, text("{}")), "byte 0", "9223372"),
        raw("length 2^64 - 1", SafetensorsBytes.of(-1, text("{}")), "byte 0", "18446744"),
        raw("length big-endian", bytes(0, 0, 0, 0, 0, 0, 0, 2, '{', '}'), "byte 0", "must be in"),
        raw("a PNG", concat(bytes(0x89, 'P', 'N', 'G', 13, 10, 26, 10), 40), "byte 0", "must"),
        raw("a zip", concat(bytes('P', 'K', 3, 4, 20, 0, 0, 0), 40), "byte 0", "must be in"),
        raw("a pickle", concat(bytes(0x80, 2, 0x8a, 10, 'l', 0xfc, 0x9c, 'F'), 40), "byte 0", ""),
        raw("zeros", new byte[64], "byte 0", "got 0"),
        // Text that is no JSON object.
        raw("bad UTF-8", SafetensorsBytes.of(6, cut("{\"\u00e9\":")), "byte 10", "UTF-8"),
        raw("overlong UTF-8", framed('{', '"', 0xC0, 0xAF, '"', '}'), "byte 10", "UTF-8"),
        raw("surrogate in UTF-8", framed('{', '"', 0xED, 0xA0, 0x80, '"', '}'), "byte 10", "UTF-8"),
        raw("UTF-16", framed('{', 0, '}', 0), "header character 2", "no valid JSON"),
        raw("byte order mark", framed(0xEF, 0xBB, 0xBF, '{', '}'), "byte 8", "must begin with '{'"),
        json("an array", "[]", "byte 8", "must begin with '{'"),
        json("a space first", " {}", "byte 8", "must begin with '{'"),
        json("unclosed", "{\"a\"", "header character", "no valid JSON"),
        json("no closing brace", U8, "header character", "no valid JSON"),
        json("two objects", "{}{}", "header character", "goes on after its end"),
        json("text behind", "{}x", "header character", "no valid JSON"),
        json("zero bytes behind", "{}\0\0", "header character", "no valid JSON"),
        json("a comment", "{/* */}", "header character", "no valid JSON"),
        json("single quotes", "{'a':1}", "header character", "no valid JSON"),
        json("line break in a name", "{\"a\nb\":1}", "header character", "no valid JSON"),
        // The parts of the header.
        json("tensor is a number", "{\"a\":1}", "tensor 'a'", "must be an object"),
        json("tensor is null", "{\"a\":null}", "tensor 'a'", "must be an object"),
        json("deep arrays", "{\"a\":" + "[".repeat(50_000) + "}", "tensor 'a'", "an object"),
        json("deep objects", "{\"a\":".repeat(50_000), "tensor 'a'", "unknown key 'a'"),
        json("deep shape", entry("U8", "[".repeat(9_000), "0,2"), "shape", "whole numbers"),
        json(
            "no dtype", "{\"a\":{\"shape\":[2],\"data_offsets\":[0,2]}}", "tensor 'a'", "no dtype"),
        json("no shape", "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,2]}}", "'a'", "no shape"),
        json("no offsets", "{\"a\":{\"dtype\":\"U8\",\"shape\":[2]}}", "'a'", "no data_offsets"),
        json("unknown key", U8.replace("}", ",\"x\":1}") + "}", "tensor 'a'", "unknown key 'x'"),
        json("dtype twice", U8.replace("}", ",\"dtype\":\"U8\"}") + "}", "'a'", "dtype twice"),
        json("shape twice", U8.replace("}", ",\"shape\":[2]}") + "}", "'a'", "shape twice"),
        json("tensor twice", U8 + "," + U8.substring(1) + "}", "'a'", "listed twice"),
        json("dtype unknown", entry("X9", "[2]", "0,2"), "tensor 'a'", "unknown dtype 'X9'"),
        json("dtype lower case", entry("u8", "[2]", "0,2"), "tensor 'a'", "unknown dtype 'u8'"),
        json("dtype complex", entry("C64", "[2]", "0,16"), "tensor 'a'", "unknown dtype 'C64'"),
        json("dtype number", entry("U8", "[2]", "0,2").replace("\"U8\"", "8"), "dtype", "a string"),
        json("shape is text", entry("U8", "\"2\"", "0,2"), "'a' shape", "must be an array"),
        json("shape has text", entry("U8", "[\"2\"]", "0,2"), "'a' shape", "whole numbers"),
        json("shape has a fraction", entry("U8", "[2.0]", "0,2"), "'a' shape", "whole numbers"),
        json("shape has NaN", entry("U8", "[NaN]", "0,2"), "header character", "no valid JSON"),
        json("shape negative", entry("U8", "[-2]", "0,2"), "'a' shape", "got -2"),
        json("shape twice negative", entry("U8", "[-1,-2]", "0,2"), "'a' shape", "got -1"),
        json("shape 2^63", entry("U8", "[9223372036854775808]", "0,2"), "shape", "[0, 2^63)"),
        json("shape 40 digits", entry("U8", "[" + "9".repeat(40) + "]", "0,2"), "header", "JSON"),
        json("shape overflows", entry("U8", "[4294967296,4294967296,1]", "0,2"), "'a'", "counted"),
        json("bytes overflow", entry("F64", "[2305843009213693952]", "0,2"), "'a'", "counted"),
        json(
            "zero hides overflow", entry("U8", "[0,4294967296,4294967296]", "0,0"), "'a'", "count"),
        json("overflow to the size", entry("I16", "[9223372036854775807,2]", "0,2"), "'a'", "coun"),
        json("65 dimensions", entry("U8", "[2" + ",1".repeat(64) + "]", "0,2"), "shape", "than 64"),
        json("one offset", entry("U8", "[2]", "0"), "data_offsets", "[begin, end]"),
        json("three offsets", entry("U8", "[2]", "0,2,2"), "data_offsets", "more than 2"),
        json("offsets backwards", entry("U8", "[2]", "2,0"), "data_offsets", "[begin, end]"),
        json("offset negative", entry("U8", "[2]", "-2,0"), "data_offsets", "got -2"),
        json("offset 2^63 - 1", entry("U8", "[2]", "0,9223372036854775807"), "'a'", "needs 2 byt"),
        json("shape larger", entry("U8", "[3]", "0,2"), "tensor 'a'", "needs 3 bytes"),
        json("shape smaller", entry("U8", "[1]", "0,2"), "tensor 'a'", "needs 1 bytes"),
        json("a petabyte", entry("F32", "[1000000,1000000,250]", "0,2"), "'a'", "needs 10000000"),
        json(
            "a petabyte in both",
            entry("U8", "[1125899906842624]", "0,1125899906842624"),
            "",
            "has"),
        json("begins late", entry("U8", "[2]", "1,3"), "tensor 'a'", "a hole before it"),
        json("two with a hole", two("0,1", "2,3"), "tensor 'b'", "a hole before it"),
        json("two overlap", two("0,1", "0,1"), "tensor 'b'", "overlaps another"),
        json("data missing", entry("U8", "[3]", "0,3"), "byte", "need 3 bytes of data"),
        json("data left over", entry("U8", "[1]", "0,1"), "byte", "the file has 2"),
        json("no tensors but data", "{}", "byte", "need 0 bytes of data, the file has 2"),
        json("metadata is text", "{\"__metadata__\":\"x\"}", "__metadata__", "an object"),
        json("metadata number", "{\"__metadata__\":{\"k\":1}}", "__metadata__ 'k'", "a string"),
        json("metadata nested", "{\"__metadata__\":{\"k\":{}}}", "__metadata__ 'k'", "a string"),
        json(
            "metadata key twice", "{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", "__m", "'k' twice"),
        json("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", "__m", "listed twice"),
        json("endless name", "{\"" + "n".repeat(20_000) + "\":1}", "header", "no valid JSON"),
        json(
            "control in a name",
            "{\"a\\n\\u001b[2J\":1}",
            "a\\u000a\\u001b[2J",
            "must be an object"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("headers")
  void aDamagedHeaderIsRefused(String name, byte[] content, String place, String what)
      throws IOException {
    Path file = folder.resolve("damaged.safetensors");
    Files.write(file, content);
    assertRefused(() -> SafetensorsHeader.read(file), file, place, what);
    assertRefused(() -> Safetensors.open(file), file, place, what);
    assertRefused(() -> ModelFile.load(file), file, place, what);
  }

  /** Whatever the place a whole file is cut at, it is refused. */
  @Test
  void everyTruncationIsRefused() throws IOException {
    Path whole = folder.resolve("whole.safetensors");
    try (Scope scope = Scope.open()) {
      Safetensors.write(
          whole, Map.of("w", Ops.floats(new float[] {1, 2, 3}, 3)), Map.of("key", "value"));
    }
    byte[] content = Files.readAllBytes(whole);
    Path file = folder.resolve("cut.safetensors");
    for (int length = 0; length < content.length; length++) {
      Files.write(file, Arrays.copyOf(content, length));
      assertRefused(() -> Safetensors.open(file), file, "byte", "");
    }
  }

  /** Bits of the header turned over one by one: refused in one line, or a valid file still. */
  @Test
  void noTurnedBitIsAnythingButAnIoException() throws IOException {
    byte[] content =
        SafetensorsBytes.of(
            "{\"__metadata__\":{\"k\":\"v\"}," + U8.substring(1) + "}", bytes(1, 2));
    Path file = folder.resolve("bit.safetensors");
    int refused = 0;
    for (int bit = 0; bit < 8 * (content.length - 2); bit++) {
      byte[] turned = content.clone();
      turned[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, turned);
      try {
        SafetensorsHeader header = SafetensorsHeader.read(file);
        assertThat(header.dataBytes()).isEqualTo(2);
      } catch (IOException e) {
        assertThat(e.getMessage()).startsWith(file + ": ").doesNotContain("\n");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(8 * content.length / 2);
  }

  // ---- things that are no file

  @Test
  void whatIsNoFileIsNamed() throws IOException {
    assertRefused(() -> Safetensors.open(folder), folder, "", "is a folder; give a file inside it");
    Path missing = folder.resolve("missing");
    assertRefused(() -> ModelFile.load(missing), missing, "", "no such file; check the path");
    Path device = Path.of("/dev/zero");
    if (Files.exists(device)) {
      assertRefused(() -> Safetensors.open(device), device, "", "is not a regular file");
    }
    assertThat(FileProblem.reading(missing, new java.nio.file.AccessDeniedException("x")))
        .hasMessage(missing + ": may not be read; change its permissions");
  }

  @Test
  void aBooleanIsNothingButZeroOrOne() throws IOException {
    Path file = folder.resolve("bool.safetensors");
    Files.write(file, SafetensorsBytes.of(entry("BOOL", "[3]", "0,3"), bytes(1, 0, 2)));
    try (SafetensorsFile opened = Safetensors.open(file)) {
      assertRefused(() -> opened.tensor("a"), file, "tensor 'a' is BOOL", "a byte is 2");
    }
  }

  // ---- whole files that are no model

  static Stream<Arguments> models() {
    String good = "{\"type\":\"lenet\",\"channels\":1,\"height\":16,\"width\":16,\"classes\":2}";
    return Stream.of(
        model("no architecture", "architecture", ABSENT, "metadata", "is missing"),
        model("empty architecture", "architecture", "", "semblance.architecture", "not readable"),
        model("architecture is null", "architecture", "null", "semblance.architecture", ""),
        model("architecture is text", "architecture", "LeNet", "semblance.architecture", ""),
        model("architecture is a list", "architecture", "[" + good + "]", "architecture", ""),
        model("two architectures", "architecture", good + good, "architecture", ""),
        model("no type", "architecture", good.replace("type", "kind"), "architecture", ""),
        model("unknown type", "architecture", good.replace("lenet", "lanet"), "type", "got lanet"),
        model("class name as type", "architecture", good.replace("lenet", "java.io.File"), "", ""),
        model("no classes", "architecture", good.replace(",\"classes\":2", ""), "", "classes"),
        model("classes null", "architecture", good.replace(":2", ":null"), "", "classes"),
        model("classes NaN", "architecture", good.replace(":2", ":NaN"), "architecture", "NaN"),
        model("classes text", "architecture", good.replace(":2", ":\"2\""), "architecture", ""),
        model("classes a fraction", "architecture", good.replace(":2", ":2.5"), "", ""),
        model("no class", "architecture", good.replace(":2", ":0"), "", "classes must be >= 1"),
        model("classes 2^31 - 1", "architecture", good.replace(":2", ":2147483647"), "", "larger"),
        model("classes 2^31", "architecture", good.replace(":2", ":2147483648"), "", ""),
        model("height 2^30", "architecture", good.replace("t\":16", "t\":1073741824"), "", ""),
        model("an option more", "architecture", good.replace("}", ",\"x\":1}"), "", "\"x\""),
        model("deep", "architecture", embedders(40), "architecture", ""),
        model("very deep", "architecture", "[".repeat(20_000), "architecture", ""),
        model(
            "epsilon NaN",
            "architecture",
            "{\"type\":\"resnet\",\"channels\":1,\"depth\":4,\"widths\":[1],\"classes\":2,"
                + "\"epsilon\":\"NaN\"}",
            "architecture",
            ""),
        model(
            "depth 2^31 - 2",
            "architecture",
            "{\"type\":\"resnet\",\"channels\":1,\"depth\":2147483646,\"widths\":[1],\"classes\":2,"
                + "\"epsilon\":0.1}",
            "architecture",
            "larger"),
        model(
            "other architecture",
            "architecture",
            "{\"type\":\"squeezenet\",\"classes\":2}",
            "",
            ""),
        model("no preprocessing", "preprocessing", ABSENT, "metadata", "is missing"),
        model("empty preprocessing", "preprocessing", "", "semblance.preprocessing", ""),
        model("preprocessing null", "preprocessing", "null", "preprocessing", "null"),
        model("mean missing", "preprocessing", preprocessing("", "[1]"), "", "mean"),
        model("mean too long", "preprocessing", preprocessing("[1,2]", "[1]"), "", "got 2 and 1"),
        model("mean NaN", "preprocessing", preprocessing("[\"NaN\"]", "[1]"), "", ""),
        model("mean infinite", "preprocessing", preprocessing("[1e999]", "[1]"), "", "finite"),
        model("deviation 0", "preprocessing", preprocessing("[1]", "[0]"), "", "must be > 0"),
        model("deviation negative", "preprocessing", preprocessing("[1]", "[-1]"), "", "> 0"),
        model("no names", "class_names", ABSENT, "metadata", "is missing"),
        model("names an object", "class_names", "{}", "semblance.class_names", ""),
        model("a name null", "class_names", "[null]", "semblance.class_names", "null"),
        model("names numbers", "class_names", "[1]", "semblance.class_names", ""),
        model("other version", "model", "2", "semblance.model", "another version"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void aDamagedModelIsRefused(String name, String key, String value, String place, String what)
      throws IOException {
    Path file = savedWith(texts -> texts.put("semblance." + key, value), Map.of());
    assertRefused(() -> ModelFile.load(file), file, place, what);
  }

  @Test
  void tensorsThatDoNotBelongAreNamed() throws IOException {
    try (Scope scope = Scope.open()) {
      // A tensor without dimensions stands for none here.
      Path file = savedWith(texts -> {}, Map.of("fc2.bias", Ops.zeros(ScalarType.Float)));
      assertRefused(() -> ModelFile.load(file), file, "tensor 'fc2.bias'", "[84] is missing");

      Path more = savedWith(texts -> {}, Map.of("fc4.bias", Ops.zeros(ScalarType.Float, 1)));
      assertRefused(() -> ModelFile.load(more), more, "tensor 'fc4.bias'", "not part of");

      Path shape = savedWith(texts -> {}, Map.of("fc2.bias", Ops.zeros(ScalarType.Float, 84, 1)));
      assertRefused(() -> ModelFile.load(shape), shape, "'fc2.bias'", "must be [84], got [84, 1]");

      Path type = savedWith(texts -> {}, Map.of("fc2.bias", Ops.zeros(ScalarType.Long, 84)));
      assertRefused(() -> ModelFile.load(type), type, "'fc2.bias'", "got I64");
    }
  }

  @Test
  void foreignFilesThatNobodyKnowsAreRefused() throws IOException {
    try (Scope scope = Scope.open()) {
      Tensor w = Ops.zeros(ScalarType.Float, 1);
      assertForeign(Map.of("w", w), Map.of(), "tensors", "no known architecture");
      assertForeign(Map.of("w", w), Map.of("architecture", "VGG"), "tensors", "says 'VGG'");
      Map<String, Tensor> squeeze =
          Map.of(
              "features.0.weight", Ops.zeros(ScalarType.Float, 64, 3, 3, 3),
              "classifier.1.weight", Ops.zeros(ScalarType.Float, 7, 512, 1, 1));
      assertForeign(squeeze, Map.of(), "tensor 'features.0.bias'", "[64] is missing");
      Map<String, Tensor> lenet =
          Map.of(
              "conv1.weight", Ops.zeros(ScalarType.Float, 6, 3, 5, 5),
              "fc1.weight", Ops.zeros(ScalarType.Float, 120, 400),
              "fc3.weight", Ops.zeros(ScalarType.Float, 10, 84),
              "room", Ops.zeros(ScalarType.Float, 100_000));
      assertForeign(lenet, Map.of(), "tensor 'conv1.bias'", "[6] is missing");
      assertForeign(lenet, Map.of("dataset", "SVHN"), "metadata dataset", "got 'SVHN' with 10");
      Map<String, Tensor> resnet =
          Map.of(
              "conv1.weight", Ops.zeros(ScalarType.Float, 2, 3, 3, 3),
              "layer1.0.bn1.weight", Ops.zeros(ScalarType.Float, 2),
              "layer1.0.conv1.weight", Ops.zeros(ScalarType.Float, 2, 2, 3, 3),
              "fc.weight", Ops.zeros(ScalarType.Float, 10, 2),
              "room", Ops.zeros(ScalarType.Float, 1000));
      assertForeign(resnet, Map.of(), "tensor 'conv1.bias'", "is missing");
      assertForeign(resnet, Map.of("batch_norm_epsilon", "tiny"), "batch_norm_epsilon", "tiny");
      assertForeign(resnet, Map.of("batch_norm_epsilon", "NaN"), "batch_norm_epsilon", "NaN");
    }
  }

  private void assertForeign(
      Map<String, Tensor> tensors, Map<String, String> texts, String place, String what)
      throws IOException {
    Path file = folder.resolve("foreign.safetensors");
    Safetensors.write(file, tensors, texts);
    assertRefused(() -> ModelFile.load(file), file, place, what);
    assertRefused(() -> Pretrained.open(file), file, place, what);
  }

  // ---- making the files

  private interface Change {
    void to(Map<String, String> texts);
  }

  /** A whole model with other texts and other tensors. */
  private Path savedWith(Change change, Map<String, Tensor> otherTensors) throws IOException {
    Path whole = folder.resolve("whole-model.safetensors");
    Path file = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open();
        Net net = LENET.build(1)) {
      ModelFile.save(
          whole, net, Preprocessing.of(new ImageShape(1, 16, 16)), List.of("a", "b"), Map.of());
      try (SafetensorsFile opened = Safetensors.open(whole)) {
        Map<String, String> texts = new LinkedHashMap<>(opened.metadata());
        change.to(texts);
        texts.values().removeIf(ABSENT::equals);
        Map<String, Tensor> tensors = new LinkedHashMap<>(opened.tensors());
        tensors.putAll(otherTensors);
        tensors.values().removeIf(tensor -> tensor.dim() == 0);
        Safetensors.write(file, tensors, texts);
      }
    }
    return file;
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable open,
      Path file,
      String place,
      String what) {
    assertThatThrownBy(open)
        .isInstanceOf(IOException.class)
        .message()
        .startsWith(file + ": ")
        .contains(place)
        .contains(what)
        .contains("; ")
        .doesNotContain("\n")
        .doesNotContain("\u001b")
        .hasSizeLessThan(file.toString().length() + 600);
  }

  private static Arguments raw(String name, byte[] content, String place, String what) {
    return Arguments.of(name, content, place, what);
  }

  /** A header with two bytes of data. */
  private static Arguments json(String name, String header, String place, String what) {
    return Arguments.of(name, SafetensorsBytes.of(header, bytes(1, 2)), place, what);
  }

  private static Arguments model(String name, String key, String value, String place, String what) {
    return Arguments.of(name, key, value, place, what);
  }

  private static String entry(String dtype, String shape, String offsets) {
    return "{\"a\":{\"dtype\":\""
        + dtype
        + "\",\"shape\":"
        + shape
        + ",\"data_offsets\":["
        + offsets
        + "]}}";
  }

  private static String two(String first, String second) {
    String one = "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[";
    return "{\"a\":" + one + first + "]},\"b\":" + one + second + "]}}";
  }

  private static String embedders(int depth) {
    return "{\"type\":\"embedder\",\"dimension\":1,\"normalize\":true,\"backbone\":".repeat(depth)
        + "{\"type\":\"squeezenet\",\"classes\":2}"
        + "}".repeat(depth);
  }

  private static String preprocessing(String mean, String deviation) {
    return "{\"shape\":{\"channels\":1,\"height\":16,\"width\":16},"
        + (mean.isEmpty() ? "" : "\"mean\":" + mean + ",")
        + "\"deviation\":"
        + deviation
        + "}";
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] framed(int... header) {
    return SafetensorsBytes.of(header.length, bytes(header));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Without the last byte of the last character but two. */
  private static byte[] cut(String text) {
    byte[] whole = text(text);
    byte[] cut = new byte[whole.length - 1];
    System.arraycopy(whole, 0, cut, 0, 3);
    System.arraycopy(whole, 4, cut, 3, whole.length - 4);
    return Arrays.copyOf(cut, 6);
  }

  private static byte[] concat(byte[] start, int more) {
    return Arrays.copyOf(start, start.length + more);
  }
}
