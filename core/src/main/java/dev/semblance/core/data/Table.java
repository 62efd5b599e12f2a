package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/**
 * A table of numbers with a class in each row, from a comma-separated file.
 *
 * <p>Fields are trimmed; empty lines are skipped; a first line of which no field but the class
 * could be a number is taken for column names. Every other field must be a finite number.
 *
 * @param name a short name for people
 * @param features [n][d], in the order of the file, the class left out
 * @param labels n indices into {@code classNames}
 * @param classNames the classes in natural order
 * @param columns d names of columns; {@code x1} and so on where the file names none
 */
public record Table(
    String name, double[][] features, int[] labels, List<String> classNames, List<String> columns) {
  private static final long MOST_BYTES = 256L << 20;

  public Table {
    if (features.length != labels.length || labels.length == 0) {
      throw new IllegalArgumentException(
          name
              + ": labels must be one for each of "
              + features.length
              + " rows and at least one,"
              + " got "
              + labels.length);
    }
    for (int label : labels) {
      if (label < 0 || label >= classNames.size()) {
        throw new IllegalArgumentException(
            name + ": label must be in 0.." + (classNames.size() - 1) + ", got " + label);
      }
    }
    classNames = List.copyOf(classNames);
    columns = List.copyOf(columns);
  }

  /** Where a row has its class. */
  public enum ClassColumn {
    FIRST,
    LAST
  }

  /** The number of rows. */
  public int size() {
    return labels.length;
  }

  /** The number of features. */
  public int dimension() {
    return features[0].length;
  }

  /**
   * Opens {@code iris}, {@code wine}, {@code ionosphere}, {@code balance-scale} or {@code
   * optdigits} of the folder {@code uci}, or the path of a file whose class comes last.
   *
   * @param split optdigits has parts of its own; elsewhere a fifth of each class is the test part,
   *     chosen by the row's number
   */
  public static Table open(String nameOrPath, Split split) throws IOException {
    return open(nameOrPath, split, DataHome.current());
  }

  /** Opens a table, looking for names in {@code home}. */
  public static Table open(String nameOrPath, Split split, DataHome home) throws IOException {
    return switch (nameOrPath) {
      case "iris", "ionosphere" ->
          read(uci(home, nameOrPath + ".data"), ClassColumn.LAST).named(nameOrPath).share(split);
      case "wine", "balance-scale" ->
          read(uci(home, nameOrPath + ".data"), ClassColumn.FIRST).named(nameOrPath).share(split);
      case "optdigits" ->
          switch (split) {
            case TRAIN -> read(uci(home, "optdigits.tra"), ClassColumn.LAST).named(nameOrPath);
            case TEST -> read(uci(home, "optdigits.tes"), ClassColumn.LAST).named(nameOrPath);
            case ALL ->
                open(nameOrPath, Split.TRAIN, home).followedBy(open(nameOrPath, Split.TEST, home));
          };
      default -> read(Path.of(nameOrPath), ClassColumn.LAST).share(split);
    };
  }

  private static Path uci(DataHome home, String file) throws IOException {
    Path path = home.require("uci").resolve(file);
    if (!Files.exists(path)) {
      throw FileProblem.of(path, "no such file", "get it from the UCI repository");
    }
    return path;
  }

  /** Reads a comma-separated file. */
  public static Table read(Path file, ClassColumn classColumn) throws IOException {
    List<String> lines = lines(file);
    List<double[]> rows = new ArrayList<>();
    List<String> classes = new ArrayList<>();
    List<String> columns = List.of();
    int fields = 0;
    for (int number = 1; number <= lines.size(); number++) {
      String line = lines.get(number - 1).strip();
      if (line.isEmpty()) {
        continue;
      }
      String[] cells = line.split(",", -1);
      if (fields == 0) {
        fields = cells.length;
        if (fields < 2) {
          throw FileProblem.of(
              file,
              "line " + number + " has one field, expected numbers and a class",
              "separate fields by commas");
        }
        if (isHeader(cells, classColumn)) {
          columns = features(cells, classColumn);
          continue;
        }
      }
      if (cells.length != fields) {
        throw FileProblem.of(
            file,
            "line " + number + " has " + cells.length + " fields, the first " + fields,
            "mend the line");
      }
      rows.add(numbers(file, number, features(cells, classColumn)));
      String name = cells[classColumn == ClassColumn.FIRST ? 0 : fields - 1].strip();
      if (name.isEmpty()) {
        throw FileProblem.of(file, "line " + number + " names no class", "mend the line");
      }
      classes.add(name);
    }
    if (rows.isEmpty()) {
      throw FileProblem.of(file, "holds no rows", "get the file again");
    }
    TreeSet<String> sorted = new TreeSet<>(NaturalOrder.INSTANCE);
    sorted.addAll(classes);
    List<String> names = List.copyOf(sorted);
    int[] labels =
        classes.stream()
            .mapToInt(label -> Collections.binarySearch(names, label, NaturalOrder.INSTANCE))
            .toArray();
    if (columns.isEmpty()) {
      String[] numbered = new String[fields - 1];
      Arrays.setAll(numbered, i -> "x" + (i + 1));
      columns = List.of(numbered);
    }
    String name = String.valueOf(file.getFileName());
    return new Table(name, rows.toArray(double[][]::new), labels, names, columns);
  }

  private static List<String> lines(Path file) throws IOException {
    try {
      if (Files.isDirectory(file)) {
        throw FileProblem.of(file, "is a folder, not a table", "name the file in it");
      }
      long size = Files.size(file);
      if (size == 0) {
        throw FileProblem.of(file, "is empty", "get the file again");
      }
      if (size > MOST_BYTES) {
        throw FileProblem.of(
            file, "has " + size + " bytes, more than " + MOST_BYTES, "take a part");
      }
      byte[] bytes = Files.readAllBytes(file);
      for (int i = 0; i < bytes.length; i++) {
        if (bytes[i] == 0) {
          throw FileProblem.of(file, "is no text: byte " + i + " is 0", "check the path");
        }
      }
      return new String(bytes, StandardCharsets.UTF_8).lines().toList();
    } catch (FileSystemException e) {
      throw FileProblem.reading(file, e);
    }
  }

  private static List<String> features(String[] cells, ClassColumn classColumn) {
    int from = classColumn == ClassColumn.FIRST ? 1 : 0;
    return Arrays.asList(cells).subList(from, from + cells.length - 1).stream()
        .map(String::strip)
        .toList();
  }

  private static boolean isHeader(String[] cells, ClassColumn classColumn) {
    return features(cells, classColumn).stream()
        .allMatch(cell -> !cell.isEmpty() && Character.isLetter(cell.charAt(0)) && !isWord(cell));
  }

  /** The words that Java would read as a number. */
  private static boolean isWord(String cell) {
    return cell.equalsIgnoreCase("nan") || cell.toLowerCase(Locale.ROOT).startsWith("inf");
  }

  private static double[] numbers(Path file, int line, List<String> cells) throws IOException {
    double[] numbers = new double[cells.size()];
    for (int i = 0; i < numbers.length; i++) {
      double value;
      try {
        value = Double.parseDouble(cells.get(i));
      } catch (NumberFormatException e) {
        value = Double.NaN;
      }
      if (!Double.isFinite(value)) {
        throw FileProblem.of(
            file,
            "line "
                + line
                + ", feature "
                + (i + 1)
                + " must be a finite number, got '"
                + cells.get(i)
                + "'",
            "mend or remove the line");
      }
      numbers[i] = value;
    }
    return numbers;
  }

  private Table named(String name) {
    return new Table(name, features, labels, classNames, columns);
  }

  private Table share(Split split) {
    Listing listing =
        Listing.of(
            name,
            new Pictures.InMemory(name, new ImageShape(1, 1, 1), new byte[size()]),
            labels,
            classNames,
            row -> name + "/" + row);
    return select(listing.share(split).rows());
  }

  private Table select(int[] rows) {
    if (rows.length == 0) {
      throw new IllegalArgumentException(name + ": this part holds no rows; open another, or all");
    }
    double[][] chosen = Arrays.stream(rows).mapToObj(row -> features[row]).toArray(double[][]::new);
    int[] chosenLabels = Arrays.stream(rows).map(row -> labels[row]).toArray();
    return new Table(name, chosen, chosenLabels, classNames, columns);
  }

  private Table followedBy(Table other) {
    double[][] both = Arrays.copyOf(features, size() + other.size());
    System.arraycopy(other.features, 0, both, size(), other.size());
    int[] bothLabels = Arrays.copyOf(labels, size() + other.size());
    System.arraycopy(other.labels, 0, bothLabels, size(), other.size());
    return new Table(name, both, bothLabels, classNames, columns);
  }
}
