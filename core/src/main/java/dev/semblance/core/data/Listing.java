package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;

/**
 * What a reader found: pictures with labels and ids, nothing decoded yet.
 *
 * @param rows for each row of the set, the index of its picture
 * @param labels for each row, an index into classNames
 * @param id the stable name of a picture, by its index
 */
record Listing(
    String name,
    Pictures pictures,
    int[] rows,
    int[] labels,
    List<String> classNames,
    IntFunction<String> id) {
  private static final long LARGEST_ARRAY = Integer.MAX_VALUE - 16;

  /** All pictures, in their order. */
  static Listing of(
      String name,
      Pictures pictures,
      int[] labels,
      List<String> classNames,
      IntFunction<String> id) {
    int[] rows = new int[labels.length];
    Arrays.setAll(rows, row -> row);
    return new Listing(name, pictures, rows, labels, classNames, id);
  }

  /**
   * A part of a set that has no parts of its own: within each class the fifth of the rows (rounded,
   * at least one where there are two) whose ids have the smallest SHA-256 is the test part. A
   * function of the ids alone.
   */
  Listing share(Split split) {
    if (split == Split.ALL) {
      return this;
    }
    boolean[] test = new boolean[rows.length];
    for (int[] members : PkSampler.rowsByClass(labels)) {
      record Keyed(int row, long key) {}
      List<Keyed> keyed = new ArrayList<>();
      for (int row : members) {
        keyed.add(new Keyed(row, key(id.apply(rows[row]))));
      }
      keyed.sort(Comparator.comparingLong(Keyed::key));
      int count = members.length < 2 ? 0 : Math.max(1, (members.length + 2) / 5);
      for (Keyed one : keyed.subList(0, count)) {
        test[one.row] = true;
      }
    }
    List<Integer> kept = new ArrayList<>();
    for (int row = 0; row < rows.length; row++) {
      if (test[row] == (split == Split.TEST)) {
        kept.add(row);
      }
    }
    int[] chosen = kept.stream().mapToInt(row -> rows[row]).toArray();
    int[] chosenLabels = kept.stream().mapToInt(row -> labels[row]).toArray();
    return new Listing(name, pictures, chosen, chosenLabels, classNames, id);
  }

  /** The rows whose label is wanted, with only their classes. */
  Listing classes(int from, int to) {
    List<Integer> kept = new ArrayList<>();
    for (int row = 0; row < rows.length; row++) {
      if (labels[row] >= from && labels[row] < to) {
        kept.add(row);
      }
    }
    return new Listing(
        name,
        pictures,
        kept.stream().mapToInt(row -> rows[row]).toArray(),
        kept.stream().mapToInt(row -> labels[row] - from).toArray(),
        classNames.subList(Math.min(from, classNames.size()), Math.min(to, classNames.size())),
        id);
  }

  /** These rows, then those of another listing, whose classes are others. */
  Listing followedBy(Listing other) {
    List<String> bothNames = new ArrayList<>(classNames);
    bothNames.addAll(other.classNames);
    return followedBy(other, classNames.size(), bothNames);
  }

  /** These rows, then those of another listing with the same classes. */
  Listing followedBySame(Listing other) {
    return followedBy(other, 0, classNames);
  }

  private Listing followedBy(Listing other, int firstClass, List<String> bothNames) {
    int[] bothRows = Arrays.copyOf(rows, rows.length + other.rows.length);
    int[] bothLabels = Arrays.copyOf(labels, bothRows.length);
    int first = pictures.size();
    for (int row = 0; row < other.rows.length; row++) {
      bothRows[rows.length + row] = first + other.rows[row];
      bothLabels[rows.length + row] = firstClass + other.labels[row];
    }
    return new Listing(
        name,
        new Pictures.Joined(pictures, other.pictures),
        bothRows,
        bothLabels,
        bothNames,
        index -> index < first ? id.apply(index) : other.id.apply(index - first));
  }

  private static long key(String id) {
    return ByteBuffer.wrap(Digest.sha256().digest(id.getBytes(StandardCharsets.UTF_8))).getLong();
  }

  /**
   * Decodes what fits the budget, or prepares to decode batch by batch. The pictures are closed, at
   * once or with the set.
   */
  ImageSet open(DataOptions options) throws IOException {
    boolean streamed = false;
    try {
      if (rows.length == 0) {
        throw FileProblem.of(name, "this part holds no images", "open another part, or all");
      }
      ImageShape shape = Fitting.shape(this, options);
      long bytes = (long) rows.length * MemoryImages.bytesOf(shape);
      if (pictures instanceof Pictures.InMemory memory
          && memory.common().equals(shape)
          && memory.size() == rows.length) {
        return MemoryImages.of(name, shape, memory.pixels(), labels, classNames, this::rowId);
      }
      if (bytes > Math.min(options.memoryBudget(), LARGEST_ARRAY)) {
        streamed = true;
        return StreamedImages.of(this, shape, options.memoryBudget());
      }
      return MemoryImages.of(name, shape, decode(shape), labels, classNames, this::rowId);
    } finally {
      if (!streamed) {
        pictures.close();
      }
    }
  }

  String rowId(int row) {
    return id.apply(rows[row]);
  }

  private byte[] decode(ImageShape shape) throws IOException {
    int each = MemoryImages.bytesOf(shape);
    byte[] pixels = new byte[rows.length * each];
    EachRow.run(
        rows.length,
        row -> {
          byte[] one = pictures.read(rows[row]).fit(shape).pixels();
          System.arraycopy(one, 0, pixels, row * each, each);
        });
    return pixels;
  }
}
