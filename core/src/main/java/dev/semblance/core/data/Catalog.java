package dev.semblance.core.data;

import dev.semblance.core.Spelling;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sets that have a name. Touches no native library, so that listing them is quick. */
public final class Catalog {
  private Catalog() {}

  /** What a set is. */
  public enum Kind {
    /** Images in files. */
    IMAGES,
    /** Images drawn from a seed; nothing to download. */
    SYNTHETIC,
    /** Rows of numbers, see {@link Table}. */
    TABLE
  }

  /**
   * A named set.
   *
   * @param name what {@link DataSets#open} or {@link Table#open} takes
   * @param description one line
   * @param size how many items of what size, one line
   * @param parts what the training and the test part are, one line
   * @param licence in short
   * @param folder the folder of a {@link DataHome} it stands in; null for a synthetic set
   * @param file a file of it, by which it is found; null: the folder suffices
   * @param downloadable whether {@link Download} knows its official address
   */
  public record Entry(
      String name,
      Kind kind,
      String description,
      String size,
      String parts,
      String licence,
      @Nullable String folder,
      @Nullable String file,
      boolean downloadable) {

    /** Where it stands, or null where it was not found or is synthetic. */
    public @Nullable Path where(DataHome home) {
      if (folder == null) {
        return null;
      }
      Path found = home.find(folder);
      if (found == null || (file != null && !Files.exists(found.resolve(file)))) {
        return null;
      }
      return file == null ? found : found.resolve(file);
    }

    /** True if it can be opened: found, or synthetic. */
    public boolean available(DataHome home) {
      return kind == Kind.SYNTHETIC || where(home) != null;
    }
  }

  private static final String OWN = "train and test as published";
  private static final String FIFTH = "divided 80/20 within each class";

  private static final List<Entry> ENTRIES =
      List.of(
          synthetic(
              "strokes",
              "digits drawn from jittered pen strokes",
              "any number of grey 28x28, 10 classes (6,000 + 2,000 unless asked)"),
          synthetic(
              "reliefs",
              "height maps of relief patterns on curved surfaces, as in SHREC'20",
              "any number of grey 64x64, 11 classes (1,100 + 220 unless asked)"),
          images(
              "fashion-mnist",
              "photographs of clothes (Zalando)",
              "60,000 + 10,000 grey 28x28, 10 classes",
              OWN,
              "MIT"),
          images(
              "mnist",
              "handwritten digits (LeCun, Cortes)",
              "60,000 + 10,000 grey 28x28, 10 classes",
              OWN,
              "CC BY-SA 3.0 as usually stated"),
          images(
              "cifar10",
              "small photographs of animals and vehicles (Krizhevsky)",
              "50,000 + 10,000 colour 32x32, 10 classes",
              OWN,
              "none stated; research use with citation"),
          images(
              "omniglot",
              "handwritten characters of 50 alphabets, ink dark (Lake)",
              "19,280 + 13,180 grey 105x105 (28x28 unless asked), 964 + 659 classes",
              "background and evaluation alphabets",
              "MIT"),
          new Entry(
              "orl-faces",
              Kind.IMAGES,
              "faces of 40 people (AT&T Laboratories Cambridge)",
              "400 grey 112x92, 40 classes",
              "people 1-30 and 31-40",
              "free with credit, no formal licence",
              "orl-faces",
              null,
              false),
          table("iris", "iris.data", "measures of flowers (Fisher)", "150 rows of 4, 3 classes"),
          table("wine", "wine.data", "chemical analysis of wines", "178 rows of 13, 3 classes"),
          table("ionosphere", "ionosphere.data", "radar returns", "351 rows of 34, 2 classes"),
          table(
              "balance-scale",
              "balance-scale.data",
              "which way a balance tips",
              "625 rows of 4, 3 classes"),
          new Entry(
              "optdigits",
              Kind.TABLE,
              "handwritten digits as 8x8 counts",
              "3,823 + 1,797 rows of 64, 10 classes",
              OWN,
              "CC BY 4.0",
              "uci",
              "optdigits.tra",
              false));

  /** All named sets, in the order to show them. */
  public static List<Entry> entries() {
    return ENTRIES;
  }

  /** The set of this name, or null. */
  public static @Nullable Entry find(String name) {
    for (Entry entry : ENTRIES) {
      if (entry.name.equals(name)) {
        return entry;
      }
    }
    return null;
  }

  /** The name most like {@code text}, or null where none is within a third of its length. */
  public static @Nullable String nearest(String text) {
    List<String> names = ENTRIES.stream().map(Entry::name).toList();
    return Spelling.nearest(text, names, Math.max(1, text.length() / 3));
  }

  private static Entry synthetic(String name, String description, String size) {
    return new Entry(
        name,
        Kind.SYNTHETIC,
        description,
        size,
        "separate draws from the seed",
        "none needed",
        null,
        null,
        false);
  }

  private static Entry images(
      String name, String description, String size, String parts, String licence) {
    return new Entry(name, Kind.IMAGES, description, size, parts, licence, name, null, true);
  }

  private static Entry table(String name, String file, String description, String size) {
    return new Entry(name, Kind.TABLE, description, size, FIFTH, "CC BY 4.0", "uci", file, false);
  }
}
