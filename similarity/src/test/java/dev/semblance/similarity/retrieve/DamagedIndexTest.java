package dev.semblance.similarity.retrieve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.FSDirectory;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is wrong with a folder: one line that names it, and nothing in it is touched. */
class DamagedIndexTest {
  @TempDir static Path shared;
  @TempDir Path folder;

  private static final IndexDescription DESCRIPTION =
      IndexDescription.of(IndexMeasure.SQUARED_EUCLIDEAN, 3);

  /** Makes a folder that must be refused, from a whole index in it where the case wants one. */
  private interface Damage {
    void to(Path index) throws IOException;
  }

  private record Case(String name, boolean startsWhole, Damage damage) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Two segments, one with a deletion. */
  @BeforeAll
  static void whole() throws IOException {
    Path path = shared.resolve("whole");
    try (LuceneIndexWriter writer = LuceneIndexWriter.create(path, DESCRIPTION)) {
      for (int i = 0; i < 20; i++) {
        writer.add(new Item("item " + i, "label", i + ".png"), new float[] {i, 1, 2});
      }
      writer.commit();
      writer.delete("item 7");
      writer.add(new Item("last", "label", "last.png"), new float[] {0, 1, 2});
      writer.commit();
    }
    LuceneIndex.open(path).close();
  }

  static List<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    for (String name : LuceneIndexTest.names(shared.resolve("whole"))) {
      if (!name.equals("write.lock")) {
        damagedFile(cases, name);
      }
    }
    cases.add(new Case("nothing there", false, path -> {}));
    cases.add(new Case("empty folder", false, Files::createDirectory));
    cases.add(new Case("a file", false, path -> Files.writeString(path, "segments_1")));
    cases.add(new Case("an empty file", false, Files::createFile));
    cases.add(new Case("a dangling link", false, p -> Files.createSymbolicLink(p, p.resolve("x"))));
    cases.add(new Case("a link to itself", false, path -> Files.createSymbolicLink(path, path)));
    cases.add(new Case("somebody's photographs", false, path -> write(path, "photo.jpg", 5000)));
    cases.add(new Case("only a lock", false, path -> write(path, "write.lock", 0)));
    cases.add(new Case("an empty segments file", false, path -> write(path, "segments_1", 0)));
    cases.add(new Case("noise as a segments file", false, path -> write(path, "segments_1", 700)));
    cases.add(new Case("a text as segments file", false, path -> write(path, "segments", 40)));
    cases.add(new Case("an unfinished commit", false, p -> write(p, "pending_segments_1", 300)));
    cases.add(
        new Case(
            "a folder as segments file",
            false,
            path -> Files.createDirectories(path.resolve("segments_1"))));
    cases.add(new Case("a later commit that is noise", true, p -> write(p, "segments_zz", 300)));
    cases.add(
        new Case("a foreign index", false, path -> foreign(path, Map.of(), Codec.getDefault())));
    cases.add(
        new Case(
            "a foreign index with a commit text",
            false,
            path ->
                foreign(
                    path, Map.of("format", "other-index", "version", "1"), Codec.getDefault())));
    cases.add(
        new Case(
            "an unknown codec",
            false,
            path ->
                foreign(
                    path,
                    DESCRIPTION.toCommitData(),
                    new FilterCodec("Unheard", Codec.getDefault()) {})));
    for (String[] entry :
        new String[][] {
          {"format", null},
          {"format", "semblance-Index"},
          {"version", null},
          {"version", "2"},
          {"version", "0"},
          {"version", "one"},
          {"measure", null},
          {"measure", "manhattan"},
          {"measure", "cosine"},
          {"dimension", null},
          {"dimension", "0"},
          {"dimension", "-3"},
          {"dimension", "4"},
          {"dimension", "99999999999"},
          {"dimension", "three"},
          {"graph.connections", null},
          {"graph.connections", "100000"},
          {"graph.build-beam", "0"},
          {"graph.search-beam", "many"},
          {"graph.exhaustive-up-to", "-1"},
          {"model", null},
          {"provenance", null},
          {"preprocessing", null},
        }) {
      cases.add(
          new Case(
              "commit data " + entry[0] + " = " + entry[1],
              true,
              path -> withCommitData(path, entry[0], entry[1])));
    }
    cases.add(new Case("an item without a vector", true, path -> addDocument(path, false)));
    cases.add(
        new Case(
            "a future version of Lucene's file",
            true,
            path ->
                patch(path, "segments_", bytes -> bytes[4 + 1 + "segments".length() + 3] = 99)));
    cases.add(
        new Case(
            "an ancient version of Lucene's file",
            true,
            path -> patch(path, "segments_", bytes -> bytes[4 + 1 + "segments".length() + 3] = 1)));
    return cases;
  }

  private static void damagedFile(List<Case> cases, String name) {
    Path whole = shared.resolve("whole").resolve(name);
    cases.add(new Case(name + " missing", true, path -> Files.delete(path.resolve(name))));
    for (double part : new double[] {0, 0.1, 0.5, 0.99}) {
      cases.add(
          new Case(
              name + " cut at " + part,
              true,
              path -> {
                byte[] bytes = Files.readAllBytes(whole);
                rewrite(path, name, Arrays.copyOf(bytes, (int) (part * bytes.length)));
              }));
    }
    for (double part : new double[] {0, 0.3, 0.6, 0.999}) {
      cases.add(
          new Case(
              name + " with a bit flipped at " + part,
              true,
              path -> {
                byte[] bytes = Files.readAllBytes(whole);
                bytes[(int) (part * bytes.length)] ^= 0x10;
                rewrite(path, name, bytes);
              }));
    }
    cases.add(
        new Case(
            name + " zeroed",
            true,
            path -> rewrite(path, name, new byte[(int) Files.size(whole)])));
    cases.add(
        new Case(
            name + " with bytes appended",
            true,
            path -> {
              byte[] bytes = Files.readAllBytes(whole);
              rewrite(path, name, Arrays.copyOf(bytes, bytes.length + 7));
            }));
    cases.add(
        new Case(
            name + " as a folder",
            true,
            path -> {
              Files.delete(path.resolve(name));
              Files.createDirectory(path.resolve(name));
            }));
  }

  @Test
  void thereAreEnoughCases() throws IOException {
    assertThat(cases().size()).isGreaterThanOrEqualTo(100);
    assertThat(cases().stream().map(Case::name)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isRefusedInOneLineAndLeftAlone(Case damaged) throws IOException {
    Path path = folder.resolve("index");
    if (damaged.startsWhole) {
      copy(shared.resolve("whole"), path);
    }
    damaged.damage.to(path);
    Map<String, String> before = contents(folder);

    refused(path, () -> LuceneIndex.open(path));
    refused(path, () -> LuceneIndexWriter.open(path));
    if (Files.exists(path) && !damaged.name.equals("empty folder")) {
      refused(path, () -> LuceneIndexWriter.create(path, DESCRIPTION));
      refused(path, () -> LuceneIndexWriter.createOrReplace(path, DESCRIPTION));
    }
    assertThat(contents(folder)).isEqualTo(before);
  }

  /** Whatever stands in the small files: a checksum that fits does not make an index. */
  @Test
  void aForgedCommitIsRefusedOrOpensAsItWas() throws IOException {
    Path path = folder.resolve("index");
    copy(shared.resolve("whole"), path);
    int refused = 0;
    for (String name : LuceneIndexTest.names(path)) {
      if (!name.startsWith("segments_") && !name.endsWith(".si")) {
        continue;
      }
      byte[] whole = Files.readAllBytes(path.resolve(name));
      int[] flips = {0x01, 0x80, 0xFF};
      for (int position = 0; position < whole.length - 16; position += 2) {
        byte[] forged = whole.clone();
        forged[position] ^= (byte) flips[position / 2 % 3];
        Files.write(path.resolve(name), signed(forged));
        Throwable error = catchThrowable(() -> LuceneIndex.open(path).close());
        if (error != null) {
          assertOneLine(path, name + " at " + position, error);
          refused++;
        }
      }
      Files.write(path.resolve(name), whole);
    }
    assertThat(refused).isGreaterThan(100);
    LuceneIndex.open(path).close();
  }

  /** What a crashed writer left beside the commit does no harm. */
  @Test
  void leftoversAreNotDamage() throws IOException {
    Path path = folder.resolve("index");
    copy(shared.resolve("whole"), path);
    write(path, "_9.si", 10);
    write(path, "_9.fdt", 100);
    write(path, "pending_segments_9", 50);
    write(path, "notes.txt", 50);
    try (LuceneIndex index = LuceneIndex.open(path)) {
      assertThat(index.size()).isEqualTo(20);
    }
    LuceneIndexWriter.open(path).close();
    assertThat(Files.readString(path.resolve("notes.txt"))).hasSize(50);
  }

  @Test
  void aPlaceThatCannotBeWrittenIsToldOf() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    List<Path> places = new ArrayList<>(List.of(file.resolve("index"), file.resolve("a/b/index")));
    if (Files.isDirectory(Path.of("/proc/self"))) {
      places.add(Path.of("/proc/index"));
    }
    for (Path place : places) {
      refused(place, () -> LuceneIndexWriter.create(place, DESCRIPTION));
      refused(place, () -> LuceneIndexWriter.createOrReplace(place, DESCRIPTION));
    }
    assertThatCode(() -> LuceneIndexWriter.create(folder.resolve("x/y/z"), DESCRIPTION).close())
        .doesNotThrowAnyException();
  }

  private static void refused(Path path, ThrowingCallable action) {
    assertOneLine(path, "", catchThrowable(action));
  }

  private static void assertOneLine(Path path, String where, Throwable error) {
    assertThat(error).as(where).isInstanceOf(IOException.class);
    assertThat(error.getMessage())
        .as(where)
        .startsWith(path + ": ")
        .doesNotContain("\n")
        .hasSizeLessThan(path.toString().length() + 330)
        .containsPattern(
            "index again|make it first|make the index first|an index is a folder|left alone|"
                + "another place|another folder|rights");
  }

  private static void write(Path folder, String name, int length) throws IOException {
    Files.createDirectories(folder);
    byte[] noise = new byte[length];
    Arrays.fill(noise, (byte) '?');
    Files.write(folder.resolve(name), noise);
  }

  private static void rewrite(Path folder, String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
  }

  private static void foreign(Path path, Map<String, String> data, Codec codec) throws IOException {
    try (FSDirectory directory = FSDirectory.open(path);
        IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig().setCodec(codec))) {
      Document document = new Document();
      document.add(new StoredField("title", "Somebody's book"));
      writer.addDocument(document);
      writer.setLiveCommitData(data.entrySet());
      writer.commit();
    } catch (IllegalArgumentException e) {
      // Lucene reads its commit again when it closes, and does not know the made-up codec.
      if (!Files.exists(path.resolve("segments_1"))) {
        throw e;
      }
    }
  }

  private static void withCommitData(Path path, String key, String value) throws IOException {
    Map<String, String> data = new HashMap<>(DESCRIPTION.toCommitData());
    if (value == null) {
      data.remove(key);
    } else {
      data.put(key, value);
    }
    try (FSDirectory directory = FSDirectory.open(path);
        IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
      writer.setLiveCommitData(data.entrySet());
      writer.commit();
    }
  }

  private static void addDocument(Path path, boolean vector) throws IOException {
    try (FSDirectory directory = FSDirectory.open(path);
        IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
      Document document = new Document();
      document.add(new StringField("id", "extra", Field.Store.YES));
      if (vector) {
        document.add(
            new KnnFloatVectorField("vector", new float[3], VectorSimilarityFunction.EUCLIDEAN));
      }
      writer.addDocument(document);
      writer.commit();
    }
  }

  private interface Patch {
    void to(byte[] bytes);
  }

  private static void patch(Path path, String prefix, Patch patch) throws IOException {
    for (String name : LuceneIndexTest.names(path)) {
      if (name.startsWith(prefix)) {
        byte[] bytes = Files.readAllBytes(path.resolve(name));
        patch.to(bytes);
        Files.write(path.resolve(name), signed(bytes));
      }
    }
  }

  /** The bytes with the checksum that fits them: the last eight, of all before. */
  private static byte[] signed(byte[] bytes) {
    CRC32 checksum = new CRC32();
    checksum.update(bytes, 0, bytes.length - 8);
    ByteBuffer.wrap(bytes).putLong(bytes.length - 8, checksum.getValue());
    return bytes;
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    for (String name : LuceneIndexTest.names(from)) {
      Files.copy(from.resolve(name), to.resolve(name));
    }
  }

  private static Map<String, String> contents(Path folder) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        String content =
            Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                ? new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                : "";
        contents.put(
            file.toString(), Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS) + content);
      }
    }
    return contents;
  }
}
