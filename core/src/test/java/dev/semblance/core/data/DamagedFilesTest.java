package dev.semblance.core.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged, hostile and empty files of every kind: each is refused in one line that names the file
 * and says what to do, quickly and without allocating what it claims.
 */
class DamagedFilesTest {
  private static final long MOST_ALLOCATED = 40L << 20;
  private static final long MOST_MILLIS = 5_000;

  @TempDir Path temp;

  /** Opens what is damaged. */
  @FunctionalInterface
  interface Opener {
    void open(Path path) throws IOException;
  }

  private record Damaged(String title, Path path, String named, Opener opener) {}

  private final List<Damaged> cases = new ArrayList<>();

  @TestFactory
  Stream<DynamicTest> everyDamagedFileIsRefusedInOneLine() throws IOException {
    idx();
    png();
    otherImages();
    zip();
    tables();
    cifar();
    omniglot();
    folders();
    assertThat(cases.size()).as("damaged files").isGreaterThanOrEqualTo(200);
    return cases.stream().map(one -> DynamicTest.dynamicTest(one.title, () -> check(one)));
  }

  private static void check(Damaged damaged) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getTotalThreadAllocatedBytes();
    long start = System.nanoTime();
    Throwable thrown = null;
    try {
      damaged.opener.open(damaged.path);
    } catch (Throwable e) {
      thrown = e;
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    long allocated = threads.getTotalThreadAllocatedBytes() - before;
    assertThat(thrown).as("refused").isNotNull();
    assertThat(thrown).isInstanceOfAny(IOException.class, IllegalArgumentException.class);
    assertThat(thrown.getMessage())
        .doesNotContain("\n")
        .contains(damaged.named)
        .contains("; ")
        .hasSizeLessThan(700)
        .doesNotContain("null")
        .doesNotContain("report this as a bug");
    assertThat(millis).as("milliseconds").isLessThan(MOST_MILLIS);
    assertThat(allocated).as("bytes allocated").isLessThan(MOST_ALLOCATED);
  }

  // ---- IDX

  private void idx() throws IOException {
    byte[] images = Samples.idx(new int[] {20, 8, 8}, Samples.noise(20 * 64));
    byte[] labels = Samples.idx(new int[] {20}, tenLabels(20));
    int n = images.length;
    for (int length : new int[] {0, 1, 2, 3, 4, 7, 8, 11, 12, 15, 16, 17, 100, n - 64, n - 1}) {
      idxPair("images cut to " + length, Arrays.copyOf(images, length), labels, "train-images");
    }
    for (int length : new int[] {0, 1, 3, 4, 7, 8, 9, 27}) {
      idxPair("labels cut to " + length, images, Arrays.copyOf(labels, length), "train-labels");
    }
    idxPair("images longer", Arrays.copyOf(images, n + 1), labels, "train-images");
    idxPair("labels longer", images, Arrays.copyOf(labels, 29), "train-labels");
    for (int first : new int[] {1, 0x50, 0xff}) {
      idxPair("magic " + first, with(images, 0, first), labels, "train-images");
    }
    idxPair("little endian", with(with(images, 0, 3), 3, 0), labels, "train-images");
    for (int type : new int[] {0, 9, 0x0b, 0x0c, 0x0d, 0x0e}) {
      idxPair("element type " + type, with(images, 2, type), labels, "train-images");
    }
    for (int dimensions : new int[] {0, 1, 2, 4, 255}) {
      idxPair(dimensions + " dimensions", with(images, 3, dimensions), labels, "train-images");
    }
    int max = Integer.MAX_VALUE;
    int min = Integer.MIN_VALUE;
    for (int[] shape :
        new int[][] {
          {0, 8, 8},
          {-1, 8, 8},
          {20, 0, 8},
          {20, 8, -5},
          {max, 8, 8},
          {20, max, max},
          {max, max, max},
          {20, 65536, 65536},
          {min, min, 8},
          {21, 8, 8},
          {20, 8, 7}
        }) {
      byte[] lying = Samples.idx(shape, Samples.noise(20 * 64));
      idxPair("claims " + Arrays.toString(shape), lying, labels, "train-images");
      idxPair("gzip claims " + Arrays.toString(shape), Samples.gzip(lying), labels, "train-images");
    }
    idxPair("too few labels", images, Samples.idx(new int[] {19}, tenLabels(19)), "train-labels");
    idxPair("too many labels", images, Samples.idx(new int[] {21}, tenLabels(21)), "train-labels");
    idxPair("swapped", labels, images, "train-images");
    idxPair("labels are images", images, images, "train-labels");
    byte[] zipped = Samples.gzip(images);
    int z = zipped.length;
    for (int length : new int[] {2, 9, 10, 17, 18, 30, z / 2, z - 9, z - 8, z - 4, z - 1}) {
      idxPair("gzip cut to " + length, Arrays.copyOf(zipped, length), labels, "train-images");
    }
    for (int at : new int[] {2, 3, 40, z / 2, z - 20, z - 7, z - 2}) {
      int changed = zipped[at] ^ 0x55;
      idxPair("gzip flipped at " + at, with(zipped, at, changed), labels, "train-images");
    }
    idxPair(
        "gzip of too much", Samples.gzip(Arrays.copyOf(images, 100 << 20)), labels, "train-images");
    byte[] bomb = Samples.gzip(Samples.idx(new int[] {1 << 16, 128, 128}, new byte[64]));
    ByteBuffer.wrap(bomb).order(ByteOrder.LITTLE_ENDIAN).putInt(bomb.length - 4, (1 << 30) + 16);
    idxPair("gzip claims a bomb", bomb, labels, "train-images");
    idxPair("text", Samples.ascii("<html>not found</html>"), labels, "train-images");

    Path alone = folder().resolve("train-images-idx3-ubyte");
    Files.write(alone, images);
    add("no labels beside", alone, "train-images", DamagedFilesTest::openTrain);
    Path nameless = folder().resolve("data.idx");
    Files.write(nameless, images);
    add("no labels name", nameless, "data.idx", DamagedFilesTest::openSet);
    Path directory = Files.createDirectories(folder().resolve("x-images-idx3-ubyte"));
    Files.write(directory.resolveSibling("x-labels-idx1-ubyte"), labels);
    add("a folder called IDX", directory, "x-images", DamagedFilesTest::openSet);
    Path file = idxFiles(images, labels).resolveSibling("train-images-idx3-ubyte");
    add(
        "no test part",
        file,
        file.getParent().getFileName().toString(),
        path -> DataSets.open(path.toString(), Split.TEST, DataOptions.defaults()));
    for (int label : new int[] {10, 128, 255}) {
      Path home = folder();
      Path named = Files.createDirectories(home.resolve("fashion-mnist"));
      Files.write(named.resolve("train-images-idx3-ubyte"), images);
      Files.write(named.resolve("train-labels-idx1-ubyte"), with(labels, 15, label));
      add("label " + label, home, "train-labels", path -> openNamed("fashion-mnist", path));
    }
  }

  private void idxPair(String title, byte[] images, byte[] labels, String named)
      throws IOException {
    add("idx: " + title, idxFiles(images, labels), named, DamagedFilesTest::openTrain);
  }

  private Path idxFiles(byte[] images, byte[] labels) throws IOException {
    Path folder = folder();
    Files.write(folder.resolve("train-labels-idx1-ubyte"), labels);
    return Files.write(folder.resolve("train-images-idx3-ubyte"), images);
  }

  private static byte[] tenLabels(int count) {
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % 10);
    }
    return labels;
  }

  // ---- images

  private void png() throws IOException {
    byte[] png = Samples.image("png");
    int n = png.length;
    for (int length : new int[] {0, 1, 4, 7, 8, 12, 20, 32, 33, 45, n / 2, n - 12, n - 5, n - 1}) {
      image("png cut to " + length, "a.png", Arrays.copyOf(png, length));
    }
    for (int at : new int[] {0, 9, 13, 18, 25, 30, 36, 38, 60, n / 2, n - 15, n - 6}) {
      image("png flipped at " + at, "a.png", with(png, at, png[at] ^ 0x10));
    }
    byte[] none = new byte[0];
    byte[] lines = new byte[4 * 5];
    int max = Integer.MAX_VALUE;
    for (int[] size :
        new int[][] {{0, 4}, {4, 0}, {-1, 4}, {100_000, 100_000}, {max, max}, {12_000, 8_000}}) {
      String title = "png claims " + size[0] + "x" + size[1];
      image(title, "a.png", Samples.png(size[0], size[1], 8, 0, none, lines));
    }
    image("png without pixels", "a.png", Samples.png(4, 4, 8, 0, none, none));
    image("png with few lines", "a.png", Samples.png(4, 9, 8, 0, none, lines));
    image("png filter 9", "a.png", Samples.png(4, 4, 8, 0, none, with(lines, 5, 9)));
    image("png depth 3", "a.png", Samples.png(4, 4, 3, 0, none, lines));
    image("png type 5", "a.png", Samples.png(4, 4, 8, 5, none, lines));
    image("png without palette", "a.png", Samples.png(4, 4, 8, 3, none, lines));
    byte[] palette = {1, 2, 3, 4, 5, 6};
    image("png off its palette", "a.png", Samples.png(4, 4, 8, 3, palette, with(lines, 7, 2)));
    byte[] garbled =
        Samples.join(
            Arrays.copyOf(png, 33),
            Samples.chunk("IDAT", Samples.noise(90)),
            Samples.chunk("IEND", none));
    image("png of noise", "a.png", garbled);
  }

  private void otherImages() throws IOException {
    byte[] jpeg = Samples.image("jpg");
    int n = jpeg.length;
    for (int length : new int[] {2, 3, 10, 20, 100, n / 2, n - 20, n - 2, n - 1}) {
      image("jpeg cut to " + length, "a.jpg", Arrays.copyOf(jpeg, length));
    }
    int frame = find(jpeg, 0xff, 0xc0) + 5;
    image(
        "jpeg claims 65500x65500",
        "a.jpg",
        with(with(with(with(jpeg, frame, 255), frame + 1, 220), frame + 2, 255), frame + 3, 220));
    image("jpeg of no width", "a.jpg", with(with(jpeg, frame + 2, 0), frame + 3, 0));
    image("jpeg of 9 components", "a.jpg", with(jpeg, frame + 4, 9));
    image("jpeg only its ends", "a.jpg", new byte[] {-1, -40, -1, -39});

    byte[] pixels = Samples.noise(64);
    byte[] pgm = Samples.join(Samples.ascii("P5\n8 8\n255\n"), pixels);
    for (int length : new int[] {2, 3, 5, 7, 10, 11, 30, pgm.length - 1}) {
      image("pgm cut to " + length, "a.pgm", Arrays.copyOf(pgm, length));
    }
    for (String head :
        new String[] {
          "P5\n8 8\n0\n",
          "P5\n8 8\n70000\n",
          "P5\n-8 8\n255\n",
          "P5\n0 8\n255\n",
          "P5 eight 8 255\n",
          "P5\n99999 99999\n255\n",
          "P5\n9999999999 9999999999\n255\n",
          "P6\n8 8\n255\n",
          "P5\n8 8\n65535\n",
          "P4\n80 80\n",
          "P2\n8 8\n255\n1 2 3 ",
          "P3\n8 8\n255\n1 2 3 ",
          "P1\n30 30\n0 1 ",
          "P2\n3 3\n255\n1 2 x 4 5 6 7 8 9 0 0 0 0 0 0 "
        }) {
      image("pnm " + head.replace('\n', '_'), "a.pgm", Samples.join(Samples.ascii(head), pixels));
    }
    byte[] tiffOfNan = Samples.floatTiff(3, 3, new float[] {0, 0, 0, 0, Float.NaN, 0, 0, 0, 0});
    image("tiff with NaN", "a.tif", tiffOfNan);
    image("pfm", "a.pgm", Samples.join(Samples.ascii("Pf\n4 4\n-1.0\n"), pixels));

    byte[] bmp = Samples.image("bmp");
    for (int length : new int[] {2, 20, 30, 53, 54, bmp.length / 2, bmp.length - 1}) {
      image("bmp cut to " + length, "a.bmp", Arrays.copyOf(bmp, length));
    }
    image(
        "bmp of -1 width",
        "a.bmp",
        with(with(with(with(bmp, 18, 255), 19, 255), 20, 255), 21, 255));
    image("bmp claims 16 million lines", "a.bmp", with(with(bmp, 24, 255), 23, 255));
    image("bmp pixels beyond the end", "a.bmp", with(bmp, 12, 127));

    byte[] gif = Samples.image("gif");
    for (int length : new int[] {4, 6, 12, 13, gif.length / 2, gif.length - 1}) {
      image("gif cut to " + length, "a.gif", Arrays.copyOf(gif, length));
    }
    byte[] tiff = Samples.image("tiff");
    for (int length : new int[] {3, 8, 60, tiff.length / 2}) {
      image("tiff cut to " + length, "a.tif", Arrays.copyOf(tiff, length));
    }
    image("webp cut", "a.webp", Samples.ascii("RIFF\u0040\0\0\0WEBPVP8 "));
    image("text called png", "a.png", Samples.ascii("this is no image"));
    image("html called jpg", "a.jpg", Samples.ascii("<html></html>"));
    image("zeros called png", "a.png", new byte[5000]);
    image("noise called bmp", "a.bmp", Samples.join(Samples.ascii("BM"), Samples.noise(500)));
    add("no such image", temp.resolve("none.png"), "none.png", ImageFiles::read);
    add(
        "a folder called png",
        Files.createDirectory(temp.resolve("f.png")),
        "f.png",
        ImageFiles::read);
  }

  private void image(String title, String name, byte[] bytes) throws IOException {
    add("image: " + title, Files.write(folder().resolve(name), bytes), name, ImageFiles::read);
  }

  private static int find(byte[] bytes, int first, int second) {
    for (int i = 0; i + 1 < bytes.length; i++) {
      if ((bytes[i] & 0xff) == first && (bytes[i + 1] & 0xff) == second) {
        return i;
      }
    }
    throw new IllegalStateException("marker not found");
  }

  // ---- zip

  private void zip() throws IOException {
    byte[] whole = Samples.zip(Samples.classes("set/"), true);
    int n = whole.length;
    for (int length : new int[] {0, 1, 4, 30, n / 2, n - 30, n - 22, n - 1}) {
      zip("cut to " + length, Arrays.copyOf(whole, length), "a.zip");
    }
    zip("empty", Samples.zip(Map.of(), false), "a.zip");
    zip("text", Samples.ascii("not a zip at all, but long enough to be one"), "a.zip");
    byte[] dog = Samples.classes("").get("dog/2.png");
    int at = indexOf(whole, dog);
    zip("wrong checksum", with(whole, at + 60, whole[at + 60] ^ 1), "set/dog/2.png");
    for (String name :
        new String[] {
          "../x.png", "/etc/x.png", "a/../../x.png", "a\\..\\x.png", "C:/x.png", "a/..", "a/\0.png"
        }) {
      Map<String, byte[]> entries = Samples.classes("");
      entries.put(name, dog);
      zip("name " + name.replace('\0', '0'), Samples.zip(entries, true), "a.zip");
    }
    byte[] twice = Samples.zip(Samples.classes(""), true);
    byte[] first = Samples.ascii("dog/1.png");
    byte[] second = Samples.ascii("dog/2.png");
    for (int i = 0; i + first.length <= twice.length; i++) {
      if (Arrays.equals(twice, i, i + first.length, first, 0, first.length)) {
        System.arraycopy(second, 0, twice, i, second.length);
      }
    }
    zip("twice the same name", twice, "dog/2.png");
    Map<String, byte[]> bomb = Samples.classes("");
    bomb.put("dog/bomb.png", new byte[24 << 20]);
    zip("bomb", Samples.zip(bomb, false), "dog/bomb.png");
    byte[] liar = whole.clone();
    int central = lastIndexOf(liar, new byte[] {'P', 'K', 1, 2});
    ByteBuffer.wrap(liar).order(ByteOrder.LITTLE_ENDIAN).putInt(central + 24, 0x7fffffff);
    zip("claims 2 GiB in an entry", liar, "a.zip");
    byte[] deflated = Samples.zip(Samples.classes("set/"), false);
    for (int shift : new int[] {60, 80, 100}) {
      zip("flipped at " + shift, with(deflated, shift, deflated[shift] ^ 0xff), "set/cat/1.png");
    }
    zip("images in no folder", Samples.zip(Map.of("x.png", dog, "y.png", dog), true), "x.png");
    Map<String, byte[]> stray = Samples.classes("");
    stray.put("z.png", dog);
    zip("a stray image", Samples.zip(stray, true), "z.png");
    zip("only text", Samples.zip(Map.of("cat/a.txt", dog, "dog/b.txt", dog), true), "a.zip");
    Map<String, byte[]> fake = Samples.classes("");
    fake.put("dog/4.png", Samples.ascii("no image"));
    zip("text called png", Samples.zip(fake, true), "dog/4.png");
    fake.put("dog/4.png", new byte[0]);
    zip("nothing called png", Samples.zip(fake, true), "dog/4.png");
    fake.put("dog/4.png", Arrays.copyOf(dog, dog.length - 20));
    zip("a cut image", Samples.zip(fake, true), "dog/4.png");
    Path train =
        Files.write(folder().resolve("t.zip"), Samples.zip(Samples.classes("set/train/"), true));
    add(
        "zip: no test part",
        train,
        "t.zip",
        path -> DataSets.open(path.toString(), Split.TEST, DataOptions.defaults()).close());
  }

  private void zip(String title, byte[] bytes, String named) throws IOException {
    Path file = Files.write(folder().resolve("a.zip"), bytes);
    add("zip: " + title, file, named, DamagedFilesTest::openSet);
  }

  private static int indexOf(byte[] bytes, byte[] wanted) {
    for (int i = 0; i + wanted.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i;
      }
    }
    throw new IllegalStateException("not found");
  }

  private static int lastIndexOf(byte[] bytes, byte[] wanted) {
    for (int i = bytes.length - wanted.length; i >= 0; i--) {
      if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i;
      }
    }
    throw new IllegalStateException("not found");
  }

  // ---- tables

  private void tables() throws IOException {
    for (String text :
        new String[] {
          "",
          "\n\n\n",
          "1,2,a\n3,x,b\n",
          "1,2,a\n3,NaN,b\n",
          "1,2,a\n3,Infinity,b\n",
          "1,2,a\n3,-inf,b\n",
          "1,2,a\n3,b\n",
          "1,2,a\n3,4,5,b\n",
          "1,2,a\n3,4,\n",
          "1\n2\n",
          "1,2,a\n3,,b\n",
          "one,two,class\n",
          "1,2,a\n3,1e999,b\n",
          "1,2,a\n3,4,b\n\0\0\0",
          "1;2;a\n3;4;b\n",
          "x,y,class\n1,2,a\nx,y,class\n",
          "nan,nan,a\n1,2,b\n"
        }) {
      Path file = Files.writeString(folder().resolve("a.data"), text);
      add(
          "table: " + text.replaceAll("[\n\0]", "_"),
          file,
          "a.data",
          path -> Table.read(path, Table.ClassColumn.LAST));
    }
    add(
        "table: none",
        temp.resolve("none.data"),
        "none.data",
        path -> Table.read(path, Table.ClassColumn.FIRST));
    add("table: a folder", folder(), "case", path -> Table.read(path, Table.ClassColumn.FIRST));
  }

  // ---- CIFAR-10

  private void cifar() throws IOException {
    byte[] two = Samples.cifar(3, 9);
    for (int length : new int[] {0, 1, 3072, 3074, 6145}) {
      cifar("cut to " + length, "data_batch_1.bin", Arrays.copyOf(two, length), "data_batch_1.bin");
    }
    cifar("label 10", "data_batch_1.bin", with(two, 3073, 10), "data_batch_1.bin");
    cifar("label 255", "data_batch_1.bin", with(two, 0, 255), "data_batch_1.bin");
    cifar(
        "nine names",
        "batches.meta.txt",
        Samples.ascii("a\nb\nc\nd\ne\nf\ng\nh\ni\n"),
        "batches.meta.txt");
    cifar("no names", "batches.meta.txt", new byte[0], "batches.meta.txt");
    cifar("long names", "batches.meta.txt", new byte[20_000], "batches.meta.txt");
    Path folder = folder();
    Files.write(folder.resolve("data_batch_1.bin"), two);
    add(
        "cifar: no test part",
        folder,
        folder.getFileName().toString(),
        path -> DataSets.open(path.toString(), Split.TEST, DataOptions.defaults()));

    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("cifar-10-batches-bin/data_batch_1.bin", two);
    byte[] tar = Samples.tar(files);
    byte[] gz = Samples.gzip(tar);
    for (int length : new int[] {0, 5, 18, gz.length / 2, gz.length - 3}) {
      tar("cut to " + length, Arrays.copyOf(gz, length));
    }
    tar("of zeros", Samples.gzip(new byte[2048]));
    tar("no gzip", tar);
    tar("no tar", Samples.gzip(Samples.noise(3000)));
    tar("wrong sum", Samples.gzip(with(tar, 1, 'x')));
    tar("cut inside", Samples.gzip(Arrays.copyOf(tar, 2000)));
    tar("cut header", Samples.gzip(Arrays.copyOf(tar, 300)));
    files.put("x/data_batch_2.bin", Samples.noise(100));
    tar("short batch", Samples.gzip(Samples.tar(files)));
    tar("nothing wanted", Samples.gzip(Samples.tar(Map.of("readme.html", two))));
  }

  private void cifar(String title, String name, byte[] bytes, String named) throws IOException {
    Path folder = folder();
    Files.write(folder.resolve("data_batch_1.bin"), Samples.cifar(1, 2));
    Files.write(folder.resolve(name), bytes);
    add("cifar: " + title, folder, named, DamagedFilesTest::openSet);
  }

  private void tar(String title, byte[] bytes) throws IOException {
    Path file = Files.write(folder().resolve("a.tar.gz"), bytes);
    add("tar: " + title, file, "a.tar.gz", DamagedFilesTest::openSet);
  }

  // ---- Omniglot

  private void omniglot() throws IOException {
    byte[] part = Samples.zip(Samples.classes("images_background/Latin/"), true);
    omniglot("no files", Map.of("readme.txt", part), "images_background");
    omniglot("no evaluation", Map.of("images_background.zip", part), "images_evaluation");
    omniglot(
        "empty zip",
        Map.of("images_background.zip", part, "images_evaluation.zip", new byte[0]),
        "images_evaluation.zip");
    omniglot(
        "cut zip",
        Map.of(
            "images_background.zip",
            part,
            "images_evaluation.zip",
            Arrays.copyOf(part, part.length / 2)),
        "images_evaluation.zip");

    byte[] png = Samples.classes("").get("dog/2.png");
    Map<String, byte[]> run = new LinkedHashMap<>();
    run.put("run01/training/class01.png", png);
    run.put("run01/training/class02.png", png);
    run.put("run01/test/item01.png", png);
    run.put("run01/test/item02.png", png);
    String key = "run01/class_labels.txt";
    runs("no key", run);
    for (String text :
        new String[] {
          "",
          "run01/test/item01.png\n",
          "run01/test/item01.png run01/training/class01.png x\n",
          "run01/test/item01.png run01/training/class09.png\n",
          "run01/test/item09.png run01/training/class01.png\n",
          "run01/test/item01.png ../class01.png\n",
          "run01/test/item01.png run01/training/class01.png\n"
        }) {
      run.put(key, Samples.ascii(text));
      runs("key " + text.strip(), run);
    }
    run.put(
        key,
        Samples.ascii(
            "run01/test/item01.png run01/training/class01.png\n"
                + "run01/test/item02.png run01/training/class02.png\n"));
    run.put("run01/training/class02.png", Arrays.copyOf(png, 50));
    runs("a cut image", run);
    add(
        "runs: none",
        temp.resolve("none.zip"),
        "none.zip",
        path -> OneShotRuns.open(path, DataOptions.defaults()));
  }

  private void omniglot(String title, Map<String, byte[]> files, String named) throws IOException {
    Path home = folder();
    Path folder = Files.createDirectory(home.resolve("omniglot"));
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
    }
    add("omniglot: " + title, home, named, path -> openNamed("omniglot", path));
  }

  private void runs(String title, Map<String, byte[]> entries) throws IOException {
    Path file = Files.write(folder().resolve("runs.zip"), Samples.zip(entries, true));
    add(
        "runs: " + title,
        file,
        "runs.zip",
        path -> OneShotRuns.open(path, DataOptions.defaults()).close());
  }

  // ---- folders and names

  private void folders() throws IOException {
    addFolder("empty", folder());
    Path nested = folder();
    Files.createDirectories(nested.resolve("a/b/c"));
    addFolder("empty inside", nested);
    Path half = classFolders();
    Files.createDirectory(half.resolve("bird"));
    add("folder: empty class", half, "bird", DamagedFilesTest::openSet);
    Path text = folder();
    Files.writeString(Files.createDirectory(text.resolve("cat")).resolve("a.txt"), "miaow");
    addFolder("only text", text);
    Path root = folder();
    Files.write(root.resolve("x.png"), Samples.image("png"));
    add("folder: image in no class", root, "x.png", DamagedFilesTest::openSet);
    for (byte[] content :
        List.of(new byte[0], Samples.ascii("text"), Arrays.copyOf(Samples.image("png"), 99))) {
      Path folder = classFolders();
      Files.write(folder.resolve("dog/9.png"), content);
      add("folder: image of " + content.length, folder, "9.png", DamagedFilesTest::openSet);
    }
    Path dangling = classFolders();
    Files.createSymbolicLink(dangling.resolve("dog/9.png"), dangling.resolve("nowhere.png"));
    add("folder: dangling link", dangling, "9.png", DamagedFilesTest::openSet);
    Path loop = classFolders();
    Files.createSymbolicLink(loop.resolve("dog/loop"), loop);
    add("folder: a loop", loop, "loop", DamagedFilesTest::openSet);
    Path deep = folder();
    Files.createDirectories(deep.resolve("1/2/3/4/5/6/7/8/9/10/11/12/13/14"));
    add("folder: too deep", deep, "12", DamagedFilesTest::openSet);
    Path validation = folder();
    for (Map.Entry<String, byte[]> file : Samples.classes("test/").entrySet()) {
      Path to = validation.resolve(file.getKey());
      Files.createDirectories(to.getParent());
      Files.write(to, file.getValue());
    }
    add(
        "folder: no training part",
        validation,
        validation.getFileName().toString(),
        path -> DataSets.open(path.toString(), Split.TRAIN, DataOptions.defaults()));
    Path unknown = Files.writeString(folder().resolve("notes.txt"), "text");
    add("unknown kind of file", unknown, "notes.txt", DamagedFilesTest::openSet);
    add("no such path", temp.resolve("nowhere"), "nowhere", DamagedFilesTest::openSet);
    Path home = folder();
    for (String name : List.of("mnist", "omniglot", "cifar10", "orl-faces")) {
      add("no " + name, home, home.getFileName().toString(), path -> openNamed(name, path));
      Path empty = folder();
      Files.createDirectory(empty.resolve(name));
      add("empty " + name, empty, name, path -> openNamed(name, path));
    }
    add("a name with a zero", home, "x", path -> openSet("x\0y"));
  }

  private Path classFolders() throws IOException {
    Path folder = folder();
    for (Map.Entry<String, byte[]> file : Samples.classes("").entrySet()) {
      Path to = folder.resolve(file.getKey());
      Files.createDirectories(to.getParent());
      Files.write(to, file.getValue());
    }
    return folder;
  }

  private void addFolder(String title, Path folder) {
    String name = folder.getFileName().toString();
    add("folder: " + title, folder, name, DamagedFilesTest::openSet);
  }

  // ---- all

  private void add(String title, Path path, String named, Opener opener) {
    cases.add(new Damaged(title, path, named, opener));
  }

  private Path folder() throws IOException {
    return Files.createDirectory(temp.resolve("case" + cases.size() + "-" + System.nanoTime()));
  }

  private static void openSet(Path path) throws IOException {
    openSet(path.toString());
  }

  private static void openTrain(Path path) throws IOException {
    DataSets.open(path.toString(), Split.TRAIN, DataOptions.defaults()).close();
  }

  private static void openSet(String path) throws IOException {
    DataSets.open(path, Split.ALL, DataOptions.defaults()).close();
  }

  private static void openNamed(String name, Path home) throws IOException {
    Split split = name.equals("fashion-mnist") ? Split.TRAIN : Split.ALL;
    DataSets.open(name, split, DataOptions.defaults(), new DataHome(List.of(home), true)).close();
  }

  private static byte[] with(byte[] bytes, int at, int value) {
    byte[] changed = bytes.clone();
    changed[at] = (byte) value;
    return changed;
  }
}
