package dev.semblance.app.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Reports of realistic size from generated data, for tests and to be looked at: {@code main FOLDER}
 * writes one of each kind.
 */
public final class SampleReports {
  private static final List<String> CLOTHES =
      List.of(
          "T-shirt/top",
          "Trouser",
          "Pullover",
          "Dress",
          "Coat",
          "Sandal",
          "Shirt",
          "Sneaker",
          "Bag",
          "Ankle boot");
  private static final String COMMAND =
      "semblance train triplet --data fashion-mnist --out runs/fashion-triplet --set epochs=12"
          + " --set margin=0.2 --seed 7";

  private SampleReports() {}

  /** Writes all kinds below a folder. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    System.out.println(Report.write(folder.resolve("grey"), full(CLOTHES, 2_000, 1, 28, 28)));
    System.out.println(Report.write(folder.resolve("colour"), full(CLOTHES, 2_000, 3, 32, 32)));
    System.out.println(Report.write(folder.resolve("large"), full(CLOTHES, 10_000, 1, 28, 28)));
    System.out.println(Report.write(folder.resolve("faces"), full(named(40), 400, 1, 112, 92)));
    System.out.println(
        Report.write(folder.resolve("thousand"), full(named(1_000), 5_000, 3, 64, 64)));
    System.out.println(
        Report.write(folder.resolve("single"), full(List.of("only"), 200, 1, 28, 28)));
    System.out.println(Report.write(folder.resolve("broken"), broken()));
    System.out.println(Report.write(folder.resolve("empty"), ReportData.of("Nothing yet", "")));
  }

  static List<String> named(int classes) {
    return IntStream.range(0, classes).mapToObj(i -> "person " + (i + 1)).toList();
  }

  /** A report with every part. */
  static ReportData full(List<String> names, int n, int channels, int height, int width) {
    Random random = new Random(7);
    int classes = names.size();
    int[] labels = IntStream.range(0, n).map(i -> i % classes).toArray();
    int[] rows = IntStream.range(0, n).toArray();
    float[][] pca = clusters(random, labels, classes, 1.5);
    int[] sample = IntStream.range(0, n).filter(i -> n <= 1_000 || i / classes % 2 == 0).toArray();
    float[][] all = clusters(random, labels, classes, 0.75);
    float[] x = new float[sample.length];
    float[] y = new float[sample.length];
    for (int i = 0; i < sample.length; i++) {
      x[i] = 9 * all[0][sample[i]];
      y[i] = 9 * all[1][sample[i]];
    }
    Pictures memory =
        Pictures.of(channels, height, width, pictures(labels, channels, height, width));
    Pictures pictures =
        new Pictures(channels, height, width, memory.source(), row -> "test/%05d".formatted(row));
    List<Retrieval> gallery = new ArrayList<>();
    List<Retrieval> mistakes = new ArrayList<>();
    for (int q = 0; q < Math.min(24, n); q++) {
      gallery.add(retrieval(random, q, labels, classes, q % 4 == 1 ? 0.5 : 0.04, ""));
    }
    for (int q = 0; q < Math.min(12, n) && classes > 1; q++) {
      int query = Math.floorMod(q * 37 + 6, n);
      mistakes.add(
          retrieval(
              random, query, labels, classes, 0.97, "first right hit at rank " + (9 + 31 * q)));
    }
    return ReportData.of("Triplet on fashion-mnist", COMMAND)
        .withFacts(
            List.of(
                new Fact("run", "fashion-triplet"),
                new Fact("data", "fashion-mnist test, " + n + " pictures of 1x28x28"),
                new Fact(
                    "data digest",
                    "sha256:9f2b0c6e4d5a8f7e1c3b2a190817263544f5e6d7c8b9a0f1e2d3c4b5a6978812"),
                new Fact("seed", "7"),
                new Fact("seconds", "412"),
                new Fact("versions", "Semblance 0.1.0, libtorch 2.10.0, Java 25, Linux amd64"),
                new Fact("git revision", "c734f67")))
        .withMetrics(
            List.of(
                Metric.of("precision_at_1", 0.9142, 0.9086, 0.9196),
                Metric.of("r_precision", 0.8033, 0.7979, 0.8088),
                Metric.of("map_at_r", 0.7710, 0.7649, 0.7771),
                Metric.of("map", 0.8421, 0.8368, 0.8476),
                Metric.of("recall_at_5", 0.9661, 0.9624, 0.9695),
                Metric.of("ami", 0.7214, 0.71, 0.733),
                Metric.of("auc", 0.9712, 0.9701, 0.9723),
                Metric.of("n", n),
                Metric.of("classes", classes)))
        .withCurves(curves(random))
        .withClassNames(names)
        .withMap(
            new EmbeddingMap(
                rows,
                labels,
                List.of(
                    Projection.ofAll(
                        "PCA",
                        "The two directions shown hold 41 % of the variance.",
                        pca[0],
                        pca[1]),
                    new Projection(
                        "t-SNE",
                        "Neighbourhoods mean something, distances between groups do not.",
                        sample,
                        x,
                        y))))
        .withGallery(gallery)
        .withMistakes(mistakes)
        .withRoc(roc())
        .withConfusion(confusion(random, classes, n))
        .withPictures(pictures);
  }

  /** A report of a run that went wrong: gaps, infinities, lost points, warnings. */
  static ReportData broken() {
    ReportData full = full(CLOTHES, 300, 1, 28, 28);
    double[] values = new double[80];
    Arrays.setAll(
        values, i -> i > 60 ? Double.NaN : i == 30 ? Double.POSITIVE_INFINITY : 2.0 / (i + 1));
    double[] nothing = new double[80];
    Arrays.fill(nothing, Double.NaN);
    long[] steps = new long[80];
    Arrays.setAll(steps, i -> 10L * i);
    float[] x = new float[300];
    float[] y = new float[300];
    Arrays.setAll(steps, i -> 10L * i);
    for (int i = 0; i < 300; i++) {
      x[i] = i % 9 == 0 ? Float.NaN : 1e-9f * (i % 17);
      y[i] = 0;
    }
    return full.withWarnings(
            List.of(
                "The embedding has collapsed: the loss sits at the margin (0.2) since step 140 and 99.8"
                    + " % of triplets are active. Use semi-hard selection first, or a smaller learning"
                    + " rate.",
                "20 values of the loss are not finite; the last good checkpoint is of step 600."))
        .withMetrics(
            List.of(
                Metric.of("precision_at_1", Double.NaN), Metric.of("map_at_r", 0.1, 0.09, 0.11)))
        .withCurves(
            List.of(
                Curve.of("Loss", "", steps, values),
                Curve.of("Rank", "", steps, nothing),
                Curve.of("One", "", new long[] {5}, new double[] {0.25})))
        .withMap(
            new EmbeddingMap(
                IntStream.range(0, 300).toArray(),
                IntStream.range(0, 300).map(i -> i % 10).toArray(),
                List.of(Projection.ofAll("PCA", "", x, y))))
        .withPictures(null);
  }

  private static float[][] clusters(Random random, int[] labels, int classes, double spread) {
    float[][] places = new float[2][labels.length];
    for (int i = 0; i < labels.length; i++) {
      double turn = 2 * Math.PI * labels[i] * 0.61803;
      double radius = 1.2 + 4.5 * Math.sqrt((labels[i] + 0.4) / classes);
      double wide =
          spread * (0.35 + 0.35 * ((labels[i] * 7) % 5) / 5.0) * Math.min(1, 12.0 / classes + 0.2);
      places[0][i] = (float) (radius * Math.cos(turn) + wide * random.nextGaussian());
      places[1][i] = (float) (0.8 * radius * Math.sin(turn) + wide * random.nextGaussian());
    }
    return places;
  }

  /** Bright curves, a family for each class, no two pictures alike. */
  static byte[] pictures(int[] labels, int channels, int height, int width) {
    Random random = new Random(11);
    byte[] pixels = new byte[labels.length * channels * height * width];
    for (int i = 0; i < labels.length; i++) {
      int c = labels[i];
      double phase = random.nextDouble() * 0.8 + c;
      double size = 0.28 + 0.1 * random.nextDouble();
      double[] tint = {
        0.5 + 0.5 * Math.sin(c), 0.5 + 0.5 * Math.sin(c + 2), 0.5 + 0.5 * Math.sin(c + 4)
      };
      for (int s = 0; s < 900; s++) {
        double t = s * 2 * Math.PI / 900;
        double px = 0.5 + size * Math.sin((1 + c % 3) * t + phase);
        double py = 0.5 + size * 1.15 * Math.cos((1 + c / 3 % 4) * t + 0.3 * c);
        for (int ch = 0; ch < channels; ch++) {
          int plane = (i * channels + ch) * height * width;
          double value = channels == 1 ? 235 : 40 + 210 * tint[ch];
          int at = plane + (int) (py * height) * width + (int) (px * width);
          pixels[at] = (byte) Math.min(255, value);
        }
      }
      for (int p = 0; p < channels * height * width; p++) {
        int at = i * channels * height * width + p;
        pixels[at] =
            (byte) Math.min(255, (pixels[at] & 0xFF) + random.nextInt(channels == 1 ? 12 : 40));
      }
    }
    return pixels;
  }

  private static Retrieval retrieval(
      Random random, int query, int[] labels, int classes, double wrong, String note) {
    List<Retrieval.Hit> hits = new ArrayList<>();
    double distance = 0.02 + 0.05 * random.nextDouble();
    for (int k = 0; k < 5; k++) {
      int label = random.nextDouble() < wrong ? random.nextInt(classes) : labels[query];
      int row = label + classes * random.nextInt(Math.max(1, labels.length / classes));
      distance += 0.03 * random.nextDouble();
      hits.add(new Retrieval.Hit(row, label, distance, label == labels[query]));
    }
    return new Retrieval(query, labels[query], hits, note);
  }

  private static List<Curve> curves(Random random) {
    int n = 4_800;
    long[] steps = new long[n];
    double[] loss = new double[n];
    double[] active = new double[n];
    double[] rate = new double[n];
    for (int i = 0; i < n; i++) {
      steps[i] = i;
      loss[i] = (0.18 * Math.exp(-i / 900.0) + 0.012) * Math.exp(0.22 * random.nextGaussian());
      active[i] =
          Math.clamp(0.75 * Math.exp(-i / 1500.0) + 0.12 + 0.03 * random.nextGaussian(), 0, 1);
      rate[i] = 1e-3 * 0.5 * (1 + Math.cos(Math.PI * i / n)) * Math.min(1, (i + 1) / 200.0);
    }
    long[] epochs = new long[12];
    double[] train = new double[12];
    double[] validation = new double[12];
    double[] map = new double[12];
    for (int e = 0; e < 12; e++) {
      epochs[e] = 400L * (e + 1) - 1;
      train[e] = 0.95 - 0.2 * Math.exp(-e / 2.5);
      validation[e] = 0.914 - 0.16 * Math.exp(-e / 2.2) + 0.003 * random.nextGaussian();
      map[e] = 0.772 - 0.3 * Math.exp(-e / 2.6) + 0.004 * random.nextGaussian();
    }
    return List.of(
        new Curve("Loss", "train", "", steps, loss),
        new Curve("Precision at 1", "train", "", epochs, train),
        new Curve("Precision at 1", "validation", "", epochs, validation),
        new Curve("Active triplets", "share", "", steps, active),
        new Curve("MAP at R", "validation", "", epochs, map),
        new Curve("Learning rate", "rate", "", steps, rate));
  }

  private static Roc roc() {
    int n = 20_000;
    double[] fpr = new double[n];
    double[] tpr = new double[n];
    for (int i = 0; i < n; i++) {
      double p = (double) i / (n - 1);
      fpr[i] = Math.pow(p, 5);
      tpr[i] = 1 - Math.pow(1 - Math.pow(p, 1.3), 5);
    }
    tpr[n - 1] = 1;
    double auc = 0;
    double eer = 1;
    for (int i = 1; i < n; i++) {
      auc += (fpr[i] - fpr[i - 1]) * (tpr[i] + tpr[i - 1]) / 2;
      if (fpr[i - 1] < 1 - tpr[i - 1] && fpr[i] >= 1 - tpr[i]) {
        eer = fpr[i];
      }
    }
    return new Roc(
        fpr,
        tpr,
        eer,
        auc,
        List.of(
            new Roc.OperatingPoint(0.1, 0.941, true),
            new Roc.OperatingPoint(0.01, 0.803, true),
            new Roc.OperatingPoint(0.001, 0.611, true),
            new Roc.OperatingPoint(0.00001, 0.302, false)),
        "4,998,000 pairs of one class, 44,997,000 of two.");
  }

  private static Confusion confusion(Random random, int classes, int n) {
    long[][] counts = new long[classes][classes];
    for (int i = 0; i < n; i++) {
      int c = i % classes;
      boolean wrong = random.nextDouble() < (c == 6 ? 0.3 : c % 3 == 0 ? 0.12 : 0.02);
      int near = classes == 1 ? 0 : Math.floorMod(c + (random.nextBoolean() ? 2 : -4), classes);
      counts[c][wrong ? (random.nextInt(4) == 0 ? random.nextInt(classes) : near) : c]++;
    }
    return new Confusion(counts);
  }
}
