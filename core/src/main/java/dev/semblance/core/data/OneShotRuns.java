package dev.semblance.core.data;

import dev.semblance.core.Source;
import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Lake's one-shot classification runs: 20 runs of one alphabet each, 20 training images by one
 * drawer, 20 test images by another; each test image is to be matched to the training image of its
 * character.
 *
 * <p>The published error is wrong matches over all 400 test images. Images are as in {@code
 * omniglot}: ink 0, paper 255, 28x28 unless a size is asked for.
 */
@Source(key = "lake2015human", where = "one-shot classification, 20-way within alphabet")
public final class OneShotRuns implements AutoCloseable {
  private static final String KEY = "class_labels.txt";
  private static final String AGAIN = "get all_runs.zip of Omniglot again";

  private final List<Run> runs;
  private final ImageSet images;

  private OneShotRuns(List<Run> runs, ImageSet images) {
    this.runs = runs;
    this.images = images;
  }

  /**
   * One run.
   *
   * @param name for instance {@code run01}
   * @param training rows of {@link #images} to match to, one a class
   * @param test rows of {@link #images} to be matched
   * @param answers for each test row the index into {@code training} of its character
   */
  public record Run(String name, long[] training, long[] test, int[] answers) {
    public Run {
      if (test.length != answers.length) {
        throw new IllegalArgumentException(
            "answers must be one for each of " + test.length + " test rows, got " + answers.length);
      }
    }
  }

  /** Opens the runs of the set {@code omniglot}. */
  public static OneShotRuns open(DataOptions options) throws IOException {
    Path folder = DataHome.current().require("omniglot");
    for (String candidate : List.of("one_shot_runs.zip", "all_runs.zip", "one_shot_runs")) {
      if (Files.exists(folder.resolve(candidate))) {
        return open(folder.resolve(candidate), options);
      }
    }
    throw FileProblem.of(folder, "holds no one_shot_runs.zip", AGAIN);
  }

  /** Opens the runs in a zip or folder. */
  public static OneShotRuns open(Path path, DataOptions options) throws IOException {
    if (!Files.exists(path)) {
      throw FileProblem.of(path, "no such file", AGAIN);
    }
    Archive archive = Files.isDirectory(path) ? FolderArchive.open(path) : ZipArchive.open(path);
    try (archive) {
      List<Run> runs = new ArrayList<>();
      List<String> paths = new ArrayList<>();
      List<Integer> labels = new ArrayList<>();
      List<String> classNames = new ArrayList<>();
      for (String key : archive.paths()) {
        if (key.endsWith("/" + KEY)) {
          runs.add(run(archive, key, paths, labels, classNames));
        }
      }
      if (runs.isEmpty()) {
        throw FileProblem.of(path, "holds no run: no runNN/" + KEY, AGAIN);
      }
      Pictures pictures = new Pictures.InFiles(archive, List.copyOf(paths));
      int[] classes = labels.stream().mapToInt(label -> label).toArray();
      ImageSet images =
          Listing.of("omniglot one-shot runs", pictures, classes, classNames, paths::get)
              .open(Omniglot.usual(options).withMemoryBudget(Long.MAX_VALUE));
      return new OneShotRuns(List.copyOf(runs), images);
    }
  }

  private static Run run(
      Archive archive,
      String key,
      List<String> paths,
      List<Integer> labels,
      List<String> classNames)
      throws IOException {
    String folder = key.substring(0, key.length() - KEY.length() - 1);
    String name = folder.substring(folder.lastIndexOf('/') + 1);
    String around = folder.substring(0, folder.length() - name.length());
    List<String> tests = new ArrayList<>();
    List<String> answers = new ArrayList<>();
    String text = new String(archive.read(key), StandardCharsets.UTF_8);
    int line = 0;
    for (String pair : text.lines().map(String::strip).toList()) {
      line++;
      if (pair.isEmpty()) {
        continue;
      }
      String[] files = pair.split("\\s+");
      for (String file : files) {
        if (files.length != 2 || !archive.paths().contains(around + file)) {
          throw FileProblem.of(
              archive.where(key),
              "line "
                  + line
                  + " must name a test and a training image of the archive, got '"
                  + pair
                  + "'",
              AGAIN);
        }
      }
      tests.add(around + files[0]);
      answers.add(around + files[1]);
    }
    List<String> training = answers.stream().distinct().sorted(NaturalOrder.INSTANCE).toList();
    if (training.size() < 2) {
      throw FileProblem.of(
          archive.where(key), "names " + training.size() + " classes, expected 20", AGAIN);
    }
    int firstClass = classNames.size();
    int firstRow = paths.size();
    for (String file : training) {
      String stem = file.substring(file.lastIndexOf('/') + 1).replaceFirst("\\.[^.]*$", "");
      classNames.add(String.format(Locale.ROOT, "%s/%s", name, stem));
      labels.add(labels.size() - firstRow + firstClass);
      paths.add(file);
    }
    int[] answer = new int[tests.size()];
    for (int i = 0; i < answer.length; i++) {
      answer[i] = training.indexOf(answers.get(i));
      paths.add(tests.get(i));
      labels.add(firstClass + answer[i]);
    }
    long[] trainingRows = rows(firstRow, training.size());
    return new Run(name, trainingRows, rows(firstRow + training.size(), tests.size()), answer);
  }

  private static long[] rows(int from, int count) {
    long[] rows = new long[count];
    Arrays.setAll(rows, i -> from + i);
    return rows;
  }

  /** The runs in their order. */
  public List<Run> runs() {
    return runs;
  }

  /** The images of all runs; classes are {@code run01/class01} and so on. Closes with the runs. */
  public ImageSet images() {
    return images;
  }

  @Override
  public void close() {
    images.close();
  }
}
