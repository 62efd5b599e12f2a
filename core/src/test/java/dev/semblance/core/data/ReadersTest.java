package dev.semblance.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Made-up sets in every layout. */
class ReadersTest {
  @TempDir Path temp;

  @Test
  void anIdxPairPlainAndZippedIsTheSame() throws IOException {
    byte[] pixels = Samples.noise(3 * 5 * 4);
    byte[] images = Samples.idx(new int[] {3, 5, 4}, pixels);
    byte[] labels = Samples.idx(new int[] {3}, new byte[] {2, 0, 2});
    Path plain = Files.createDirectory(temp.resolve("plain"));
    Files.write(plain.resolve("x-images-idx3-ubyte"), images);
    Files.write(plain.resolve("x-labels-idx1-ubyte"), labels);
    Path zipped = Files.createDirectory(temp.resolve("zipped"));
    Files.write(zipped.resolve("x-images-idx3-ubyte.gz"), Samples.gzip(images));
    Files.write(zipped.resolve("x-labels-idx1-ubyte.gz"), Samples.gzip(labels));
    try (ImageSet a = open(plain.resolve("x-images-idx3-ubyte"), Split.ALL);
        ImageSet b = open(zipped.resolve("x-images-idx3-ubyte.gz"), Split.ALL);
        Scope scope = Scope.open()) {
      assertThat(a.labels()).containsExactly(2, 0, 2);
      assertThat(a.classNames()).containsExactly("0", "1", "2");
      assertThat(a.shape()).isEqualTo(new ImageShape(1, 5, 4));
      assertThat(Ops.toBytes(a.images(0, 1, 2))).isEqualTo(pixels);
      assertThat(b.digest()).isEqualTo(a.digest());
      assertThat(a.id(1)).isEqualTo("x-images-idx3-ubyte/00001");
    }
  }

  @Test
  void foldersNameClassesHoweverDeepTheyLie() throws IOException {
    for (String prefix : new String[] {"", "set/", "a/b/set/"}) {
      Path zip = zip(Samples.classes(prefix), prefix.replace('/', '_'));
      try (ImageSet set = open(zip, Split.ALL)) {
        assertThat(set.classNames()).containsExactly("cat", "dog");
        assertThat(set.labels()).containsExactly(0, 0, 0, 1, 1, 1);
        assertThat(set.id(0)).isEqualTo(prefix + "cat/1.png");
        assertThat(set.shape()).isEqualTo(new ImageShape(1, 12, 12));
      }
    }
  }

  @Test
  void aFolderEqualsItsZip() throws IOException {
    Map<String, byte[]> files = Samples.classes("");
    Path folder = temp.resolve("folder");
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path to = folder.resolve(file.getKey());
      Files.createDirectories(to.getParent());
      Files.write(to, file.getValue());
    }
    Files.writeString(folder.resolve("README.md"), "ignored");
    Files.writeString(folder.resolve(".hidden.png"), "ignored");
    try (ImageSet a = open(folder, Split.ALL);
        ImageSet b = open(zip(files, "same"), Split.ALL)) {
      assertThat(a.digest()).isEqualTo(b.digest());
      assertThat(a.id(4)).isEqualTo(b.id(4)).isEqualTo("dog/2.png");
    }
  }

  @Test
  void partsAreTakenFromTheirFolders() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>(Samples.classes("set/Train/"));
    files.put("set/Test/eel/1.png", Samples.image("png"));
    files.put("set/Test/cat/1.png", Samples.image("png"));
    Path zip = zip(files, "parts");
    try (ImageSet train = open(zip, Split.TRAIN);
        ImageSet test = open(zip, Split.TEST);
        ImageSet all = open(zip, Split.ALL)) {
      assertThat(train.size()).isEqualTo(6);
      assertThat(test.size()).isEqualTo(2);
      assertThat(all.size()).isEqualTo(8);
      assertThat(train.classNames()).containsExactly("cat", "dog", "eel");
      assertThat(test.classNames()).isEqualTo(train.classNames());
      assertThat(test.labels()).containsExactly(0, 2);
      assertThat(all.id(0)).startsWith("set/Train/");
      assertThat(train.shape().channels()).as("grey training part").isEqualTo(1);
      assertThat(all.shape().channels()).as("colour in the test part").isEqualTo(3);
    }
  }

  @Test
  void validationStandsInForTest() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>(Samples.classes("train/"));
    files.putAll(Samples.classes("val/"));
    try (ImageSet test = open(zip(files, "val"), Split.TEST)) {
      assertThat(test.id(0)).isEqualTo("val/cat/1.png");
    }
    files.putAll(Samples.classes("test/"));
    try (ImageSet test = open(zip(files, "valtest"), Split.TEST);
        ImageSet train = open(zip(files, "valtest2"), Split.TRAIN)) {
      assertThat(test.id(0)).isEqualTo("test/cat/1.png");
      assertThat(train.size()).isEqualTo(6);
    }
  }

  @Test
  void elsewhereAFifthOfEachClassIsHeldOut() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    byte[] png = Samples.classes("").get("cat/1.png");
    for (int i = 0; i < 25; i++) {
      files.put("a/" + i + ".png", png);
      if (i < 10) {
        files.put("b/" + i + ".png", png);
      }
    }
    files.put("lonely/1.png", png);
    files.put("pair/1.png", png);
    files.put("pair/2.png", png);
    Path zip = zip(files, "shares");
    try (ImageSet train = open(zip, Split.TRAIN);
        ImageSet test = open(zip, Split.TEST);
        ImageSet again = open(zip, Split.TEST);
        ImageSet all = open(zip, Split.ALL)) {
      assertThat(counts(test)).containsExactly(5, 2, 0, 1);
      assertThat(counts(train)).containsExactly(20, 8, 1, 1);
      List<String> both = new ArrayList<>(ids(train));
      both.addAll(ids(test));
      assertThat(both).containsExactlyInAnyOrderElementsOf(ids(all));
      assertThat(ids(again)).isEqualTo(ids(test));
    }
    // Another class changes nothing for this one.
    files.put("c/1.png", png);
    List<String> before;
    try (ImageSet test = open(zip, Split.TEST)) {
      before = ids(test).stream().filter(id -> id.startsWith("a/")).toList();
    }
    try (ImageSet test = open(zip(files, "shares2"), Split.TEST)) {
      assertThat(ids(test).stream().filter(id -> id.startsWith("a/")).toList()).isEqualTo(before);
    }
  }

  @Test
  void nestedFoldersMakeNestedClasses() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    byte[] png = Samples.classes("").get("cat/1.png");
    for (String path : List.of("x/Latin/c10/1", "x/Latin/c2/1", "x/Greek/c1/1", "x/Greek/c1/2")) {
      files.put(path + ".png", png);
    }
    try (ImageSet set = open(zip(files, "nested"), Split.ALL)) {
      assertThat(set.classNames()).containsExactly("Greek/c1", "Latin/c2", "Latin/c10");
    }
  }

  @Test
  void everyOptionOfReadingMatters() throws IOException {
    Path zip = zip(Samples.classes(""), "options");
    DataOptions options = DataOptions.defaults();
    try (ImageSet usual = DataSets.open(zip.toString(), Split.ALL, options);
        ImageSet sized =
            DataSets.open(zip.toString(), Split.ALL, options.withSize(ImageSize.square(7)));
        ImageSet colour = DataSets.open(zip.toString(), Split.ALL, options.withColour(Colour.RGB));
        ImageSet streamed = DataSets.open(zip.toString(), Split.ALL, options.withMemoryBudget(0))) {
      assertThat(usual.shape()).isEqualTo(new ImageShape(1, 12, 12));
      assertThat(sized.shape()).isEqualTo(new ImageShape(1, 7, 7));
      assertThat(colour.shape()).isEqualTo(new ImageShape(3, 12, 12));
      assertThat(streamed).isInstanceOf(StreamedImages.class);
    }
    // Seed and count concern synthetic sets, see DataSetsTest.
  }

  @Test
  void sizesThatDisagreeMeetAtTheMedianOfTheShorterSides() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    int[][] sizes = {{40, 30}, {50, 60}, {20, 90}, {600, 700}, {44, 45}};
    for (int i = 0; i < sizes.length; i++) {
      files.put(
          "a/" + i + ".png",
          Samples.encode(
              Samples.picture(sizes[i][0], sizes[i][1], java.awt.image.BufferedImage.TYPE_INT_RGB),
              "png"));
    }
    try (ImageSet set = open(zip(files, "sizes"), Split.ALL)) {
      assertThat(set.shape()).isEqualTo(new ImageShape(3, 44, 44));
    }
    files.keySet().removeIf(path -> !path.equals("a/3.png"));
    try (ImageSet set = open(zip(files, "large"), Split.ALL)) {
      assertThat(set.shape()).as("large photographs").isEqualTo(new ImageShape(3, 128, 128));
    }
  }

  @Test
  void cifarBinaryInAFolderAndInATar() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(
        "cifar-10-batches-bin/batches.meta.txt",
        Samples.ascii(String.join("\n", CifarBinary.CLASSES) + "\n\n"));
    files.put("cifar-10-batches-bin/data_batch_1.bin", Samples.cifar(3, 9));
    files.put("cifar-10-batches-bin/data_batch_2.bin", Samples.cifar(0));
    files.put("cifar-10-batches-bin/test_batch.bin", Samples.cifar(7));
    Path tar =
        Files.write(temp.resolve("cifar-10-binary.tar.gz"), Samples.gzip(Samples.tar(files)));
    Path home = temp.resolve("home");
    Path folder = Files.createDirectories(home.resolve("cifar10/cifar-10-batches-bin"));
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(folder.resolve(Path.of(file.getKey()).getFileName()), file.getValue());
    }
    DataOptions options = DataOptions.defaults();
    for (Split split : Split.values()) {
      try (ImageSet a = open(tar, split);
          ImageSet b = open(folder, split);
          ImageSet c =
              DataSets.open("cifar10", split, options, new DataHome(List.of(home), true))) {
        int[] expected =
            switch (split) {
              case TRAIN -> new int[] {3, 9, 0};
              case TEST -> new int[] {7};
              case ALL -> new int[] {3, 9, 0, 7};
            };
        assertThat(a.labels()).containsExactly(expected);
        assertThat(b.digest()).isEqualTo(a.digest());
        assertThat(c.digest()).isEqualTo(a.digest());
        assertThat(a.classNames()).isEqualTo(CifarBinary.CLASSES);
      }
    }
    try (ImageSet train = open(tar, Split.TRAIN);
        Scope scope = Scope.open()) {
      assertThat(train.id(2)).isEqualTo("data_batch_2/00000");
      assertThat(Ops.toBytes(train.images(1))).isEqualTo(Samples.noise(3072));
    }
  }

  @Test
  void aTableWithAndWithoutNames() throws IOException {
    Path file =
        Files.writeString(temp.resolve("t.csv"), "x, y ,kind\n1,2e1,b\n\n-3,.5,a10\n0,0,a9\n");
    Table table = Table.read(file, Table.ClassColumn.LAST);
    assertThat(table.columns()).containsExactly("x", "y");
    assertThat(table.features()).isDeepEqualTo(new double[][] {{1, 20}, {-3, 0.5}, {0, 0}});
    assertThat(table.classNames()).containsExactly("a9", "a10", "b");
    assertThat(table.labels()).containsExactly(2, 1, 0);
    Path first = Files.writeString(temp.resolve("f.csv"), "7,1,2\n8,3,4\n");
    Table byNumber = Table.read(first, Table.ClassColumn.FIRST);
    assertThat(byNumber.classNames()).containsExactly("7", "8");
    assertThat(byNumber.columns()).containsExactly("x1", "x2");
    assertThat(byNumber.features()).isDeepEqualTo(new double[][] {{1, 2}, {3, 4}});
  }

  @Test
  void peopleCountInNaturalOrder() {
    List<String> sorted =
        List.of("a", "s1", "s1/1", "s1/2", "s1/10", "s01x", "s2", "s10", "s10b", "t");
    for (int seed = 0; seed < 20; seed++) {
      List<String> shuffled = new ArrayList<>(sorted);
      java.util.Collections.shuffle(shuffled, new java.util.Random(seed));
      TreeSet<String> ours = new TreeSet<>(NaturalOrder.INSTANCE);
      ours.addAll(shuffled);
      assertThat(List.copyOf(ours)).isEqualTo(sorted);
    }
  }

  @Test
  void theDigestSeesPixelsLabelsShapeAndNames() {
    ImageShape shape = new ImageShape(1, 2, 2);
    byte[] pixels = Samples.noise(8);
    int[] labels = {0, 1};
    List<String> names = List.of("a", "b");
    byte[] other = pixels.clone();
    other[7] ^= 1;
    List<String> sums =
        List.of(
            digest(shape, pixels, labels, names),
            digest(shape, other, labels, names),
            digest(shape, pixels, new int[] {1, 0}, names),
            digest(new ImageShape(1, 1, 4), pixels, labels, names),
            digest(shape, pixels, labels, List.of("a", "c")));
    assertThat(sums).doesNotHaveDuplicates();
    assertThat(digest(shape, pixels, labels, names)).isEqualTo(sums.get(0));
  }

  @Test
  void aSetInMemoryChecksItsArguments() {
    ImageShape shape = new ImageShape(1, 2, 2);
    assertThatThrownBy(() -> digest(shape, new byte[7], new int[] {0, 0}, List.of("a")))
        .hasMessageContaining("pixels must be 2x1x2x2 = 8 bytes, got 7");
    assertThatThrownBy(() -> digest(shape, new byte[8], new int[] {0, 1}, List.of("a")))
        .hasMessageContaining("label of row 1 must be in 0..0, got 1");
    assertThatThrownBy(() -> digest(shape, new byte[0], new int[0], List.of("a")))
        .hasMessageContaining("at least one image");
  }

  private static String digest(ImageShape shape, byte[] pixels, int[] labels, List<String> names) {
    try (ImageSet set = MemoryImages.of("x", shape, pixels, labels, names, Integer::toString)) {
      return set.digest();
    }
  }

  private Path zip(Map<String, byte[]> entries, String name) throws IOException {
    return Files.write(temp.resolve("z" + name + ".zip"), Samples.zip(entries, false));
  }

  private static ImageSet open(Path path, Split split) throws IOException {
    return DataSets.open(path.toString(), split, DataOptions.defaults());
  }

  private static List<String> ids(ImageSet set) {
    return IntStream.range(0, set.size()).mapToObj(set::id).toList();
  }

  private static int[] counts(ImageSet set) {
    int[] counts = new int[set.classNames().size()];
    Arrays.stream(set.labels()).forEach(label -> counts[label]++);
    return counts;
  }
}
