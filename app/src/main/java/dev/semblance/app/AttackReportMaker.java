package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.adversarial.access.OracleUnavailableException;
import dev.semblance.adversarial.attack.GreyLevels;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.ball.L0;
import dev.semblance.adversarial.ball.Linf;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.app.report.AttackData;
import dev.semblance.app.report.AttackPage;
import dev.semblance.app.report.Chart;
import dev.semblance.app.report.ClassRow;
import dev.semblance.app.report.Example;
import dev.semblance.app.report.Fact;
import dev.semblance.app.report.Guess;
import dev.semblance.app.report.Metric;
import dev.semblance.app.report.PngImage;
import dev.semblance.core.data.ImageFiles;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.file.Atomic;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Makes the report of an attack: a page for people, JSON for machines, tensors for both. */
final class AttackReportMaker {
  private static final double CONFIDENCE = 0.95;
  private static final int MOST_EXAMPLES = 12;

  /** Values in all pictures of the page, at most: about half of them are bytes of the file. */
  private static final long MOST_VALUES = 4_000_000;

  private static final int MOST_CLASSES = 60;
  private static final int MANY_CLASSES = 100;

  private final Attacked attacked;
  private final View model;
  private final long[] labels;

  /** The model's answers; null where asking costs somebody's queries. */
  private final long @Nullable [] before;

  private final long @Nullable [] after;

  AttackReportMaker(Attacked attacked) {
    this.attacked = attacked;
    this.model = attacked.view();
    this.labels = Ops.toLongs(attacked.samples().labels());
    this.before = model.free() ? Answers.classes(model, attacked.samples().images()) : null;
    this.after = model.free() ? Answers.classes(model, attacked.result().adversarial()) : null;
  }

  /** Writes index.html, attack.json and adversarial.safetensors; returns the page. */
  Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    attacked.writeTensors(folder.resolve("adversarial.safetensors"));
    ObjectNode json = attacked.wholeJson(before, after);
    Atomic.text(
        folder.resolve("attack.json"),
        Output.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    return AttackPage.write(folder, data());
  }

  private AttackData data() throws IOException {
    String name = attacked.kind().name();
    List<Integer> chosen = chosen();
    return new AttackData(
        "%s against %s".formatted(name, Attacked.fileName(attacked.model())),
        sentence(),
        attacked.command(),
        attacked.allWarnings(),
        metrics(),
        examples(chosen),
        attacked.fooled(),
        charts(),
        classes(),
        facts());
  }

  private String sentence() {
    long right = attacked.result().correct();
    long fooled = attacked.fooled();
    String within =
        Double.isFinite(attacked.radius())
            ? switch (attacked.norm()) {
              case Linf linf ->
                  "without changing any value by more than " + attacked.size(attacked.radius());
              case L0 l0 -> "by changing at most " + attacked.size(attacked.radius()) + " pixels";
              default ->
                  "by changes of an "
                      + attacked.norm()
                      + " of at most "
                      + attacked.size(attacked.radius());
            }
            : "by the smallest change it could find";
    String done =
        attacked.goal() instanceof Misclassify
            ? "fooled"
            : "brought to " + Goals.text(attacked.goal(), attacked.classNames());
    return attacked.labelled()
        ? "Of %,d images that the model has right, %,d were %s %s. Accuracy: %s before, %s after."
            .formatted(
                right,
                fooled,
                done,
                within,
                percent(attacked.cleanAccuracy()),
                percent(attacked.robustAccuracy()))
        : "On %,d of %,d images the model was %s %s. Its own answers to the clean images were taken for the truth."
            .formatted(fooled, right, done, within);
  }

  private static String percent(double share) {
    return "%.1f\u00A0%%".formatted(100 * share);
  }

  private List<Metric> metrics() {
    long n = attacked.tried();
    long right = attacked.result().correct();
    long fooled = attacked.fooled();
    long files =
        attacked.result().outcomes().stream()
            .filter(o -> attacked.fooled(o) && o.eightBit())
            .count();
    List<Metric> metrics = new ArrayList<>();
    if (attacked.labelled()) {
      metrics.add(
          share("clean_accuracy", "Accuracy before", right, n, "On the images as they are."));
    }
    metrics.add(
        share(
            "robust_accuracy",
            attacked.labelled() ? "Accuracy after" : "Answers kept",
            attacked.standing(),
            n,
            "Right before and after. No attack finds everything: the truth is at most this."));
    if (right > 0) {
      metrics.add(
          share(
              "success",
              "Fooled, of the right ones",
              fooled,
              right,
              "How often the attack succeeds where there is something to attack."));
    }
    double median = attacked.result().medianDistance();
    boolean levels = attacked.inLevels();
    metrics.add(
        new Metric(
            "median_distance",
            levels ? "Median change, of 255 levels" : "Median change",
            Metric.Scale.NUMBER,
            Double.isFinite(median) ? (levels ? 255 : 1) * median : Double.NaN,
            Double.NaN,
            Double.NaN,
            "Half of all images fall to a change of this size (%s), counting errors as 0; not"
                    .formatted(attacked.norm())
                + " measured where fewer than half fell."));
    if (fooled > 0) {
      metrics.add(
          share(
              "eight_bit",
              "Still fooled as 8-bit files",
              files,
              fooled,
              "Of the fooled ones, when the change is cut to whole grey levels towards 0."));
    }
    metrics.add(number("forwards", "Forward passes an image", Outcome::forwards));
    metrics.add(number("backwards", "Backward passes an image", Outcome::backwards));
    if (attacked.result().total(Outcome::queries) > 0) {
      metrics.add(number("queries", "Queries an image", Outcome::queries));
    }
    return metrics;
  }

  private Metric number(String name, String label, ToLongFunction<Outcome> figure) {
    double mean = (double) attacked.result().total(figure) / attacked.tried();
    return new Metric(
        name, label, Metric.Scale.NUMBER, mean, Double.NaN, Double.NaN, "Mean over all images.");
  }

  private static Metric share(String name, String label, long part, long of, String why) {
    Interval interval = Interval.exact(part, of, CONFIDENCE);
    return new Metric(
        name,
        label,
        Metric.Scale.FRACTION,
        (double) part / of,
        interval.low(),
        interval.high(),
        why);
  }

  private List<Chart> charts() {
    List<Chart> charts = new ArrayList<>();
    boolean queried = attacked.result().total(Outcome::queries) > 0;
    ToLongFunction<Outcome> cost = queried ? Outcome::queries : Outcome::steps;
    long right = attacked.result().correct();
    double[] costs =
        attacked.result().outcomes().stream()
            .filter(attacked::fooled)
            .mapToDouble(cost::applyAsLong)
            .sorted()
            .toArray();
    if (right > 0 && !attacked.kind().nearest()) {
      double most =
          Math.max(
              1,
              attacked.result().outcomes().stream()
                  .filter(o -> o.verdict() != Verdict.MISCLASSIFIED)
                  .mapToLong(cost)
                  .max()
                  .orElse(1));
      double[] x = places(costs, 0, most);
      double[] y = Arrays.stream(x).map(at -> (double) atMost(costs, at) / right).toArray();
      charts.add(
          new Chart(
              "Fooled, the longer it is tried",
              queried ? "queries of an image" : "gradient steps",
              queried ? Chart.Scale.LOGARITHMIC : Chart.Scale.WHOLE,
              Double.NaN,
              "",
              "Share of the images that the model had right.",
              List.of(Chart.Line.of("fooled", true, x, y))));
    }
    charts.add(accuracyByRadius());
    return charts;
  }

  private Chart accuracyByRadius() {
    long n = attacked.tried();
    double[] distances =
        attacked.result().outcomes().stream()
            .filter(Outcome::fooled)
            .mapToDouble(Outcome::distance)
            .sorted()
            .toArray();
    double most =
        Double.isFinite(attacked.radius())
            ? 1.25 * attacked.radius()
            : distances.length == 0 ? 1 : 1.05 * distances[distances.length - 1];
    double[] x = places(distances, 0, most);
    double[] y = new double[x.length];
    double[] low = new double[x.length];
    double[] high = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      long standing = attacked.result().robustAt(x[i]);
      Interval interval = Interval.exact(standing, n, CONFIDENCE);
      y[i] = (double) standing / n;
      low[i] = interval.low();
      high[i] = interval.high();
    }
    return new Chart(
        "Accuracy, the more may be changed",
        "radius, " + attacked.norm(),
        Chart.Scale.LINEAR,
        Double.isFinite(attacked.radius()) ? attacked.radius() : Double.NaN,
        attacked.norm() + " " + attacked.size(attacked.radius()),
        attacked.kind().nearest()
            ? "From the smallest change found for each image."
            : "From the changes found, carried to every larger radius. The attack was made for the"
                + " marked radius: left of it the curve is only an upper bound.",
        List.of(new Chart.Line("accuracy", true, x, y, low, high)));
  }

  /** The ends and, of the values between them, at most about 200. */
  private static double[] places(double[] sorted, double low, double high) {
    double[] inside = Arrays.stream(sorted).filter(v -> v > low && v < high).distinct().toArray();
    int every = Math.max(1, inside.length / 200);
    return IntStream.range(0, inside.length + 2)
        .filter(i -> i == 0 || i == inside.length + 1 || i % every == 0)
        .mapToDouble(i -> i == 0 ? low : i == inside.length + 1 ? high : inside[i - 1])
        .toArray();
  }

  private static int atMost(double[] sorted, double value) {
    int count = 0;
    while (count < sorted.length && sorted[count] <= value) {
      count++;
    }
    return count;
  }

  private List<ClassRow> classes() {
    if (!attacked.labelled()) {
      return List.of();
    }
    List<ClassRow> rows = new ArrayList<>();
    for (int k = 0; k < attacked.classNames().size(); k++) {
      long n = 0;
      long right = 0;
      long standing = 0;
      Map<Long, Long> becomes = new TreeMap<>();
      for (int i = 0; i < labels.length; i++) {
        Outcome outcome = attacked.result().outcomes().get(i);
        if (labels[i] != k || outcome.verdict() == Verdict.UNTRIED) {
          continue;
        }
        n++;
        right += outcome.verdict() == Verdict.MISCLASSIFIED ? 0 : 1;
        if (attacked.fooled(outcome)) {
          if (after != null) {
            becomes.merge(after[i], 1L, Long::sum);
          }
        } else if (outcome.robust() || outcome.fooled()) {
          standing++;
        }
      }
      if (n > 0) {
        Interval interval = Interval.exact(standing, n, CONFIDENCE);
        Map.Entry<Long, Long> most =
            becomes.entrySet().stream().max(Map.Entry.comparingByValue()).orElse(Map.entry(0L, 0L));
        rows.add(
            new ClassRow(
                attacked.classNames().get(k),
                n,
                right,
                standing,
                interval.low(),
                interval.high(),
                attacked.classNames().get(most.getKey().intValue()),
                most.getValue()));
      }
    }
    return rows.stream()
        .sorted(
            Comparator.comparingDouble((ClassRow row) -> (double) row.standing() / row.n())
                .thenComparingDouble(row -> (double) row.right() / row.n()))
        .limit(MOST_CLASSES)
        .toList();
  }

  /** Fooled images, a class at a time, each class in the order of the set. */
  private List<Integer> chosen() {
    ImageShape shape = attacked.set().shape();
    long each = 3L * shape.channels() * shape.height() * shape.width();
    int most = (int) Math.clamp(MOST_VALUES / each, 1, MOST_EXAMPLES);
    Map<Long, List<Integer>> byClass = new TreeMap<>();
    for (int i = 0; i < labels.length; i++) {
      if (attacked.fooled(attacked.result().outcomes().get(i))) {
        byClass.computeIfAbsent(labels[i], label -> new ArrayList<>()).add(i);
      }
    }
    List<Integer> chosen = new ArrayList<>();
    for (int round = 0; chosen.size() < most; round++) {
      int turn = round;
      List<Integer> some =
          byClass.values().stream().filter(l -> l.size() > turn).map(l -> l.get(turn)).toList();
      if (some.isEmpty()) {
        break;
      }
      chosen.addAll(some.subList(0, Math.min(some.size(), most - chosen.size())));
    }
    return attacked.labelled() ? chosen : chosen.stream().sorted().toList();
  }

  /** Pictures with the model's answers; none where an endpoint no longer gives any. */
  private List<Example> examples(List<Integer> chosen) throws IOException {
    try {
      return answered(chosen);
    } catch (OracleUnavailableException gone) {
      return List.of();
    }
  }

  private List<Example> answered(List<Integer> chosen) throws IOException {
    List<Example> examples = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      if (chosen.isEmpty()) {
        return examples;
      }
      long[] rows = chosen.stream().mapToLong(Integer::longValue).toArray();
      Tensor index = Ops.longs(rows, rows.length);
      Tensor clean = attacked.samples().images().index_select(0, index);
      Tensor found = attacked.result().adversarial().index_select(0, index);
      Tensor cut = GreyLevels.cut(found, clean, model.box());
      List<PngImage> files = files(cut);
      Tensor decoded = decoded(files, clean);
      boolean[] file = Ops.toBooleans(aim(clean, index).reached(model.logits().apply(decoded)));
      List<PngImage> originals = files(clean);
      List<List<Guess>> first = guesses(clean);
      List<List<Guess>> then = guesses(found);
      List<List<Guess>> last = guesses(decoded);
      for (int r = 0; r < rows.length; r++) {
        int i = chosen.get(r);
        Tensor delta = found.select(0, r).sub(clean.select(0, r)).to(ScalarType.Double);
        double most = delta.abs().max().item_double() / model.box().width();
        double magnification = magnification(most);
        Outcome outcome = attacked.result().outcomes().get(i);
        examples.add(
            new Example(
                attacked.set().id(Math.toIntExact(outcome.id())),
                attacked.classNames().get((int) labels[i]),
                "fooled",
                true,
                originals.get(r),
                magnified(delta, magnification),
                magnification,
                files.get(r),
                first.get(r),
                then.get(r),
                last.get(r),
                file[r],
                sizes(delta, outcome)));
      }
    }
    return examples;
  }

  private Aim aim(Tensor clean, Tensor index) {
    Tensor logits = model.logits().apply(clean);
    return attacked.goal().resolve(logits, attacked.samples().labels().index_select(0, index));
  }

  private List<List<Guess>> guesses(Tensor images) {
    int most = attacked.classNames().size() < MANY_CLASSES ? 3 : 5;
    return Answers.guesses(model, images, most, attacked.classNames());
  }

  /** So large that the change can be seen, as a power of 2. */
  private static double magnification(double most) {
    return most > 0 ? Math.max(1, Math.pow(2, Math.floor(Math.log(0.5 / most) / Math.log(2)))) : 1;
  }

  private List<String> sizes(Tensor delta, Outcome outcome) {
    Tensor one = delta.unsqueeze(0);
    List<String> sizes = new ArrayList<>();
    sizes.add(
        "largest change "
            + "%.3g".formatted(255 * delta.abs().max().item_double() / model.box().width())
            + " of 255 levels");
    sizes.add("l2 " + "%.3g".formatted(Ops.toDoubles(Norm.L2.of(one))[0]));
    long pixels = (long) Ops.toDoubles(Norm.L0.of(one))[0];
    long all = delta.size(delta.dim() - 1) * delta.size(delta.dim() - 2);
    sizes.add("%,d of %,d pixels".formatted(pixels, all));
    sizes.add(
        outcome.queries() > 0
            ? "%,d queries".formatted(outcome.queries())
            : outcome.steps() == 1 ? "1 step" : "%,d steps".formatted(outcome.steps()));
    return sizes;
  }

  private PngImage magnified(Tensor delta, double magnification) throws IOException {
    Tensor around =
        delta
            .mul(Ops.scalar(magnification / model.box().width()))
            .add(Ops.scalar(0.5))
            .unsqueeze(0);
    return png(around, 0, 1).getFirst();
  }

  private List<PngImage> files(Tensor images) throws IOException {
    return png(images, model.box().low(), model.box().width());
  }

  private static List<PngImage> png(Tensor images, double low, double width) throws IOException {
    List<PngImage> files = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      Tensor levels =
          images
              .to(ScalarType.Double)
              .sub(Ops.scalar(low))
              .mul(Ops.scalar(255 / width))
              .round()
              .clamp_(new ScalarOptional(Ops.scalar(0)), new ScalarOptional(Ops.scalar(255)));
      byte[] all = Ops.toBytes(levels.to(ScalarType.Byte));
      int channels = Math.toIntExact(images.size(1));
      int height = Math.toIntExact(images.size(2));
      int columns = Math.toIntExact(images.size(3));
      int each = channels * height * columns;
      for (int r = 0; r < images.size(0); r++) {
        files.add(
            PngImage.of(
                channels, height, columns, Arrays.copyOfRange(all, r * each, (r + 1) * each)));
      }
    }
    return files;
  }

  /** The files read again, as the model takes them. */
  private Tensor decoded(List<PngImage> files, Tensor like) throws IOException {
    byte[] all = new byte[Math.toIntExact(like.numel())];
    int each = all.length / files.size();
    for (int r = 0; r < files.size(); r++) {
      byte[] pixels =
          ImageFiles.read(files.get(r).bytes(), "picture " + r)
              .withChannels(Math.toIntExact(like.size(1)))
              .pixels();
      System.arraycopy(pixels, 0, all, r * each, each);
    }
    long[] shape = {like.size(0), like.size(1), like.size(2), like.size(3)};
    Tensor unit = Ops.bytes(all, shape).to(ScalarType.Float).div(Ops.scalar(255));
    return model
        .box()
        .clamp(unit.mul(Ops.scalar(model.box().width())).add(Ops.scalar(model.box().low())));
  }

  private List<Fact> facts() {
    List<Fact> facts = new ArrayList<>();
    facts.add(new Fact("model", attacked.model()));
    facts.add(new Fact("model SHA-256", attacked.modelDigest()));
    facts.add(new Fact("data", attacked.set().name()));
    facts.add(new Fact("data digest", attacked.set().digest()));
    facts.add(
        new Fact(
            "images",
            "%,d, drawn from %,d".formatted(attacked.samples().size(), attacked.set().size())));
    facts.add(new Fact("classes from", attacked.labelled() ? "the data" : "the model's answers"));
    facts.add(new Fact("attack", attacked.described()));
    facts.add(new Fact("source", attacked.kind().citation() + " [" + attacked.kind().key() + "]"));
    facts.add(new Fact("goal", Goals.text(attacked.goal(), attacked.classNames())));
    facts.add(new Fact("seed", Long.toString(attacked.seed())));
    facts.add(new Fact("seconds", "%.1f".formatted(attacked.seconds())));
    Provenance.versions()
        .properties()
        .forEach(entry -> facts.add(new Fact(entry.getKey(), entry.getValue().asText())));
    facts.add(new Fact("git revision", Provenance.gitRevision()));
    return facts;
  }
}
