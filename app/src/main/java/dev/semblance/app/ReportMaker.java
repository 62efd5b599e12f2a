package dev.semblance.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.app.report.Confusion;
import dev.semblance.app.report.Curve;
import dev.semblance.app.report.EmbeddingMap;
import dev.semblance.app.report.Fact;
import dev.semblance.app.report.Metric;
import dev.semblance.app.report.Pictures;
import dev.semblance.app.report.Projection;
import dev.semblance.app.report.Report;
import dev.semblance.app.report.ReportData;
import dev.semblance.app.report.Retrieval;
import dev.semblance.app.report.Roc;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.eval.Neighbours;
import dev.semblance.similarity.eval.RetrievalReport;
import dev.semblance.similarity.eval.Verification;
import dev.semblance.similarity.map.Pca;
import dev.semblance.similarity.map.Tsne;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Makes the report of a run: embeds a set, measures, draws maps, finds mistakes. */
final class ReportMaker {
  private static final int NEIGHBOURS = 5;
  private static final int QUERIES = 24;
  private static final int MISTAKES = 24;
  private static final int MAP_POINTS = 5_000;
  private static final int TSNE_POINTS = 1_500;

  /** Pairs that the verification curve is drawn from. */
  private static final int PAIRS = 500_000;

  private final Output output;

  ReportMaker(Output output) {
    this.output = output;
  }

  /** What was measured on the way, and where the page is. */
  record Made(Path page, RetrievalReport retrieval) {}

  Made make(Run run, Model model, ImageSet set) throws IOException {
    try (Scope scope = Scope.open()) {
      return make(run, model, set, Evaluator.embed(model, set, output));
    }
  }

  /** The report of embeddings that are there already, float32 [n, d]. */
  Made make(Run run, Model model, ImageSet set, Tensor embeddings) throws IOException {
    ObjectNode description = run.readDescription();
    int[] labels = set.labels();
    Evaluator evaluator = new Evaluator(Models.measure(model));
    RetrievalReport retrieval = evaluator.retrieval(embeddings, labels);
    int k = Math.min(NEIGHBOURS, set.size() - 1);
    Neighbours neighbours = Neighbours.of(evaluator.measure(), embeddings, k);
    List<Metric> metrics = new ArrayList<>();
    Evaluator.metrics(retrieval)
        .forEach(
            (name, estimate) ->
                metrics.add(
                    Metric.of(
                        name,
                        estimate.value(),
                        estimate.interval().low(),
                        estimate.interval().high())));
    ReportData data =
        ReportData.of(
                description.path("recipe").asText() + " on " + set.name(),
                description.path("command").asText())
            .withClassNames(set.classNames())
            .withFacts(facts(description, set))
            .withWarnings(warnings(description))
            .withMetrics(metrics)
            .withCurves(curves(run.metrics()))
            .withPictures(pictures(set))
            .withMap(map(embeddings, labels, description.path("seed").asLong()))
            .withGallery(gallery(neighbours, labels, description.path("seed").asLong()))
            .withMistakes(mistakes(neighbours, labels))
            .withRoc(roc(evaluator, embeddings, labels))
            .withConfusion(confusion(neighbours, labels, set.classNames().size()));
    Path page = Report.write(run.report(), data);
    return new Made(page, retrieval);
  }

  private static List<Fact> facts(ObjectNode description, ImageSet set) {
    List<Fact> facts = new ArrayList<>();
    facts.add(
        new Fact("measured on", set.name() + ", " + set.size() + " images of " + set.shape()));
    for (String key :
        new String[] {
          "data_name",
          "data_digest",
          "training_images",
          "validation_images",
          "parameters",
          "steps",
          "seconds",
          "seed",
          "git_revision",
          "started"
        }) {
      if (description.has(key)) {
        facts.add(new Fact(key.replace('_', ' '), description.path(key).asText()));
      }
    }
    description
        .path("versions")
        .properties()
        .forEach(entry -> facts.add(new Fact(entry.getKey(), entry.getValue().asText())));
    return facts;
  }

  private static List<String> warnings(ObjectNode description) {
    List<String> warnings = new ArrayList<>();
    description.path("warnings").forEach(warning -> warnings.add(warning.asText()));
    return warnings;
  }

  /**
   * The curves of {@code metrics.jsonl}: the loss, what the training said beside it, the
   * validation.
   */
  static List<Curve> curves(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    Map<String, List<double[]>> points = new LinkedHashMap<>();
    for (String line : Files.readAllLines(file)) {
      JsonNode node;
      try {
        node = Output.JSON.readTree(line);
      } catch (IOException torn) { // the last line of a killed run
        continue;
      }
      double step = node.path("step").asDouble();
      for (var entry : node.properties()) {
        String name = entry.getKey();
        if (entry.getValue().isNumber()
            && !name.equals("step")
            && !name.equals("epoch")
            && !name.equals("seconds")) {
          points
              .computeIfAbsent(name, unused -> new ArrayList<>())
              .add(new double[] {step, entry.getValue().asDouble()});
        }
      }
    }
    List<Curve> curves = new ArrayList<>();
    points.forEach(
        (name, list) ->
            curves.add(
                new Curve(
                    chart(name),
                    name.startsWith("validation_") ? name.substring("validation_".length()) : name,
                    "",
                    list.stream().mapToLong(p -> (long) p[0]).toArray(),
                    list.stream().mapToDouble(p -> p[1]).toArray())));
    return curves;
  }

  private static String chart(String name) {
    if (name.startsWith("validation_")) {
      return "Validation";
    }
    return switch (name) {
      case "loss" -> "Loss";
      case "active" -> "Active share";
      case "rate" -> "Learning rate";
      case "items_per_second" -> "Speed";
      default -> name;
    };
  }

  private static Pictures pictures(ImageSet set) {
    return new Pictures(
        set.shape().channels(),
        set.shape().height(),
        set.shape().width(),
        rows -> {
          try (Scope scope = Scope.open()) {
            return Ops.toBytes(set.images(Arrays.stream(rows).asLongStream().toArray()));
          }
        },
        set::id);
  }

  private EmbeddingMap map(Tensor embeddings, int[] labels, long seed) {
    int[] rows = sample(labels.length, MAP_POINTS, seed);
    int[] mapLabels = Arrays.stream(rows).map(row -> labels[row]).toArray();
    List<Projection> projections = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      Tensor part =
          embeddings.index_select(0, Ops.longs(Arrays.stream(rows).asLongStream().toArray()));
      double[][] plane = Pca.fit(part, Math.min(2, Math.toIntExact(part.size(1)))).map(part);
      projections.add(
          Projection.ofAll(
              "PCA",
              "The two directions of largest variance.",
              column(plane, 0),
              column(plane, 1)));
      int n = Math.min(rows.length, TSNE_POINTS);
      if (n > 100) {
        output.log("drawing a map of " + n + " images");
        double[][] placed = Tsne.of(n).map(part.narrow(0, 0, n)).points();
        projections.add(
            new Projection(
                "t-SNE",
                "Neighbourhoods of " + n + " images; distances between groups mean little.",
                IntStream.range(0, n).toArray(),
                column(placed, 0),
                column(placed, 1)));
      }
    }
    return new EmbeddingMap(rows, mapLabels, projections);
  }

  private static float[] column(double[][] points, int column) {
    float[] values = new float[points.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = column < points[i].length ? (float) points[i][column] : 0;
    }
    return values;
  }

  /**
   * Rows in random order, at most {@code most} of them: any beginning of the list is a sample, too.
   */
  private static int[] sample(int n, int most, long seed) {
    int[] order = Rng.of(seed, Rng.Purpose.EVALUATE, 1, 0).permutation(n);
    return Arrays.copyOf(order, Math.min(n, most));
  }

  private static List<Retrieval> gallery(Neighbours neighbours, int[] labels, long seed) {
    // One query of each class in turn, so that every class is seen.
    Map<Integer, List<Integer>> byClass = new LinkedHashMap<>();
    for (int row : sample(labels.length, labels.length, seed)) {
      byClass.computeIfAbsent(labels[row], unused -> new ArrayList<>()).add(row);
    }
    List<Integer> classes = byClass.keySet().stream().sorted().toList();
    List<Retrieval> gallery = new ArrayList<>();
    for (int round = 0; gallery.size() < Math.min(QUERIES, labels.length); round++) {
      boolean any = false;
      for (int c : classes) {
        List<Integer> members = byClass.get(c);
        if (members != null && round < members.size() && gallery.size() < QUERIES) {
          gallery.add(retrieval(neighbours, labels, members.get(round), ""));
          any = true;
        }
      }
      if (!any) {
        break;
      }
    }
    return gallery;
  }

  private static Retrieval retrieval(Neighbours neighbours, int[] labels, int query, String note) {
    List<Retrieval.Hit> hits = new ArrayList<>();
    int[] rows = neighbours.rows()[query];
    float[] distances = neighbours.distances()[query];
    for (int i = 0; i < rows.length; i++) {
      hits.add(
          new Retrieval.Hit(
              rows[i], labels[rows[i]], distances[i], labels[rows[i]] == labels[query]));
    }
    return new Retrieval(query, labels[query], hits, note);
  }

  /** Queries whose neighbours are all wrong and near: the surest mistakes first. */
  private static List<Retrieval> mistakes(Neighbours neighbours, int[] labels) {
    int[][] rows = neighbours.rows();
    float[][] distances = neighbours.distances();
    return IntStream.range(0, labels.length)
        .filter(query -> labels[rows[query][0]] != labels[query])
        .boxed()
        .sorted(
            Comparator.<Integer>comparingInt(query -> -wrong(rows[query], labels, query))
                .thenComparingDouble(query -> distances[query][0]))
        .limit(MISTAKES)
        .map(
            query ->
                retrieval(
                    neighbours,
                    labels,
                    query,
                    wrong(rows[query], labels, query) + " of " + rows[query].length + " wrong"))
        .toList();
  }

  private static int wrong(int[] rows, int[] labels, int query) {
    int wrong = 0;
    for (int row : rows) {
      if (labels[row] != labels[query]) {
        wrong++;
      }
    }
    return wrong;
  }

  private static @Nullable Roc roc(Evaluator evaluator, Tensor embeddings, int[] labels) {
    Verification verification =
        Verification.sampled(evaluator.measure(), embeddings, labels, PAIRS, 0);
    List<Roc.OperatingPoint> points = new ArrayList<>();
    for (double rate : new double[] {0.1, 0.01, 0.001}) {
      if (rate * verification.negatives() >= 1) {
        Verification.OperatingPoint at = verification.atFalsePositiveRate(rate);
        points.add(new Roc.OperatingPoint(rate, at.tpr(), at.reliable()));
      }
    }
    return new Roc(
        verification.falsePositiveRates(),
        verification.truePositiveRates(),
        verification.equalErrorRate(),
        verification.auc(),
        points,
        String.format(
            Locale.ROOT,
            "%,d pairs of one class and %,d of different classes, drawn at random.",
            verification.positives(),
            verification.negatives()));
  }

  private static Confusion confusion(Neighbours neighbours, int[] labels, int classes) {
    long[][] counts = new long[classes][classes];
    for (int query = 0; query < labels.length; query++) {
      counts[labels[query]][labels[neighbours.rows()[query][0]]]++;
    }
    return new Confusion(counts);
  }
}
