package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.eval.Estimate;
import dev.semblance.generative.eval.FeatureNet;
import dev.semblance.generative.eval.Memorisation;
import dev.semblance.generative.eval.ModeCount;
import dev.semblance.generative.eval.TwoSampleTest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The findings of an assessment as lines of a table: for the terminal, for the page and as JSON.
 *
 * @param n images of each side
 * @param columns one for each assessed set of images
 */
record AssessTable(FeatureNet net, long n, List<Assessor.Findings> columns) {
  /** The classifier's p-values are told down to here. */
  private static final double SMALLEST = 1e-4;

  AssessTable {
    columns = List.copyOf(columns);
  }

  /**
   * A line.
   *
   * @param name of the number
   * @param values one for each column
   * @param meaning in a few words
   */
  record Line(String name, List<String> values, String meaning) {
    Line {
      values = List.copyOf(values);
    }
  }

  /** All lines, in the order they are shown. */
  List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    lines.add(
        line(
            net.label("FD", n),
            "0 is best; biased upwards, compare at equal n only",
            f -> "%.3f ± %.3f".formatted(f.frechet().distance(), f.frechet().standardError())));
    lines.add(
        line(
            "FD at endless n",
            "the intercept over 1/n; 0 is best",
            f ->
                f.atInfinity()
                    .map(m -> "%.3f ± %.3f".formatted(m.distance(), m.standardError()))
                    .orElse("needs more images")));
    lines.add(
        line(
            net.label("KD", n),
            "0 is best; unbiased, so it may be negative",
            f -> "%.4g ± %.2g".formatted(f.kernel().distance(), f.kernel().standardError())));
    lines.add(
        line(
            "precision",
            "share of images among the data; k = 3",
            f -> estimate(f.shares().precision())));
    lines.add(
        line(
            "recall",
            "share of the data among the images; k = 3",
            f -> estimate(f.shares().recall())));
    lines.add(
        line(
            "density",
            "how deep among the data; 1 for a perfect model, k = 5",
            f -> estimate(f.balls().density())));
    lines.add(
        line(
            "coverage",
            "share of the data with an image near; .969 for a perfect model, k = 5",
            f -> estimate(f.balls().coverage())));
    lines.add(
        line(
            "classes hit",
            "as the feature net names them",
            f ->
                f.modes()
                    .map(m -> "%d of %d".formatted(m.data().hit(), m.data().classes()))
                    .orElse("the net names other classes")));
    lines.add(
        line(
            "KL to equal shares",
            "of the classes, nats; the data's own need not be equal",
            f -> f.modes().map(m -> divergence(m.uniform())).orElse("")));
    lines.add(
        line(
            "KL to the data's shares",
            "a perfect model has (classes - 1)/2n, and as much again from the data's side",
            f -> f.modes().map(m -> divergence(m.data())).orElse("")));
    lines.add(
        line(
            "told by a net on features",
            "accuracy on images it has not seen; .5 cannot be told",
            f -> told(f.byFeatures())));
    lines.add(
        line(
            "told by a net on pixels",
            "accuracy on images it has not seen; .5 cannot be told",
            f -> told(f.byPixels())));
    lines.add(
        line(
            "1-NN, all",
            "accuracy of the nearest neighbour; .5 cannot be told",
            f ->
                "%s, p %s"
                    .formatted(
                        estimate(f.byNeighbours().accuracy()), p(f.byNeighbours().pValue()))));
    lines.add(
        line(
            "1-NN, on data",
            "below .5: the data have copies among the images",
            f -> estimate(f.byNeighbours().onReal())));
    lines.add(
        line(
            "1-NN, on images",
            "above .5: the images are near each other, collapse",
            f -> estimate(f.byNeighbours().onFake())));
    lines.add(
        line(
            "nearer to training",
            "share nearer to training than to held-out images; .5 without copying",
            f -> memory(f, m -> "%s, p %s".formatted(estimate(m.nearer()), p(m.pValue())))));
    lines.add(
        line(
            "copying z",
            "Mann-Whitney; far below 0: nearer to training than unseen data are",
            f -> memory(f, m -> "%.1f".formatted(m.z()))));
    lines.add(
        line(
            "pairs of twins",
            "nearer to each other than any two held-out images",
            f -> memory(f, m -> "%,d".formatted(m.twins().pairs()))));
    lines.add(
        line(
            "different images",
            "how many the twins tell of, by the birthday paradox",
            f -> memory(f, m -> support(m.twins()))));
    return lines;
  }

  private Line line(String name, String meaning, Function<Assessor.Findings, String> value) {
    return new Line(name, columns.stream().map(value).toList(), meaning);
  }

  private static String memory(
      Assessor.Findings findings, Function<Memorisation.Result, String> value) {
    return findings.memorisation().map(value).orElse("");
  }

  private static String estimate(Estimate estimate) {
    return "%.3f [%.3f, %.3f]"
        .formatted(estimate.value(), estimate.interval().low(), estimate.interval().high());
  }

  private static String divergence(ModeCount.Modes modes) {
    return "%.4f, perfect %.4f, p %s"
        .formatted(modes.divergence(), modes.expected(), p(modes.pValue()));
  }

  private static String told(TwoSampleTest.Result result) {
    return "%s, p %s".formatted(estimate(result.accuracy()), p(result.pValue()));
  }

  private static String support(Memorisation.Twins twins) {
    return twins.pairs() == 0
        ? "at least %,.0f".formatted(twins.supportAtLeast())
        : "%,.0f, at least %,.0f".formatted(twins.support(), twins.supportAtLeast());
  }

  private static String p(double value) {
    return value < SMALLEST ? "< .0001" : "%.4f".formatted(value);
  }

  /** The table as text: names, then a column for each. */
  List<String> text() {
    List<Line> lines = lines();
    List<String> heads = columns.stream().map(Assessor.Findings::name).toList();
    int first = lines.stream().mapToInt(line -> line.name.length()).max().orElse(0);
    int[] widths = new int[heads.size()];
    for (int c = 0; c < widths.length; c++) {
      int column = c;
      widths[c] =
          Math.max(
              heads.get(c).length(),
              lines.stream().mapToInt(line -> line.values.get(column).length()).max().orElse(0));
    }
    List<String> text = new ArrayList<>();
    text.add(row(" ".repeat(first), heads, first, widths));
    lines.forEach(line -> text.add(row(line.name, line.values, first, widths)));
    return text;
  }

  private static String row(String name, List<String> values, int first, int[] widths) {
    StringBuilder row = new StringBuilder(name).append(" ".repeat(first - name.length()));
    for (int c = 0; c < widths.length; c++) {
      String value = values.get(c);
      row.append("  ").append(value).append(" ".repeat(widths[c] - value.length()));
    }
    return row.toString().stripTrailing();
  }

  /** Everything of one column, numbers as they are; what is infinite or absent is null. */
  static ObjectNode json(Assessor.Findings findings) {
    ObjectNode node = Output.object();
    node.put("name", findings.name());
    node.put("fd", findings.frechet().distance());
    node.put("fd_error", findings.frechet().standardError());
    findings
        .atInfinity()
        .ifPresentOrElse(
            m -> node.put("fd_infinity", m.distance()).put("fd_infinity_error", m.standardError()),
            () -> node.putNull("fd_infinity").putNull("fd_infinity_error"));
    node.put("kd", findings.kernel().distance());
    node.put("kd_error", findings.kernel().standardError());
    put(node, "precision", findings.shares().precision());
    put(node, "recall", findings.shares().recall());
    put(node, "density", findings.balls().density());
    put(node, "coverage", findings.balls().coverage());
    findings
        .modes()
        .ifPresent(
            modes -> {
              node.put("classes_hit", modes.data().hit());
              node.put("classes", modes.data().classes());
              put(node, "kl_uniform", modes.uniform().divergence());
              node.put("kl_uniform_expected", modes.uniform().expected());
              node.put("kl_uniform_p", modes.uniform().pValue());
              put(node, "kl_data", modes.data().divergence());
              node.put("kl_data_expected", modes.data().expected());
              node.put("kl_data_p", modes.data().pValue());
            });
    told(node, "told_by_features", findings.byFeatures());
    told(node, "told_by_pixels", findings.byPixels());
    put(node, "neighbour_accuracy", findings.byNeighbours().accuracy());
    put(node, "neighbour_accuracy_real", findings.byNeighbours().onReal());
    put(node, "neighbour_accuracy_fake", findings.byNeighbours().onFake());
    node.put("neighbour_p", findings.byNeighbours().pValue());
    findings
        .memorisation()
        .ifPresent(
            memory -> {
              put(node, "nearer_to_training", memory.nearer());
              node.put("nearer_to_training_p", memory.pValue());
              node.put("copying_z", memory.z());
              node.put("copying_p", memory.zPValue());
              node.put("twins", memory.twins().pairs());
              node.put("twins_within", memory.twins().within());
              put(node, "support", memory.twins().support());
              node.put("support_at_least", memory.twins().supportAtLeast());
            });
    return node;
  }

  private static void told(ObjectNode node, String name, TwoSampleTest.Result result) {
    put(node, name, result.accuracy());
    node.put(name + "_p", result.pValue());
    node.put(name + "_n", result.n());
  }

  private static void put(ObjectNode node, String name, Estimate estimate) {
    node.put(name, estimate.value());
    node.putArray(name + "_ci").add(estimate.interval().low()).add(estimate.interval().high());
  }

  private static void put(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    } else {
      node.putNull(name);
    }
  }
}
