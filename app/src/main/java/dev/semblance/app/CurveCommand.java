package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.adversarial.verdict.SecurityCurve;
import dev.semblance.adversarial.verdict.SecurityCurve.Entrant;
import dev.semblance.adversarial.verdict.SecurityCurve.Point;
import dev.semblance.adversarial.verdict.SecurityCurve.Share;
import dev.semblance.app.report.AttackData;
import dev.semblance.app.report.AttackPage;
import dev.semblance.app.report.Chart;
import dev.semblance.app.report.Fact;
import dev.semblance.app.report.Metric;
import dev.semblance.core.file.Atomic;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Measures accuracy against radius. */
@Command(
    name = "curve",
    description = "Security curve: the accuracy that is left at each of many radii, in one pass.",
    footer = {
      "",
      "Each radius attacks only what stood the smaller ones, and every image found counts at all",
      "radii that hold it. Ctrl-C keeps the radii that are done.",
    })
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class CurveCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Mixin private TargetAndData given;

  @Option(
      names = "--attacks",
      defaultValue = "pgd",
      paramLabel = "A,...",
      description = "In this order; see: semblance attacks. Default ${DEFAULT-VALUE}.")
  private String names;

  @Mixin private AttackOptions options;

  @Option(
      names = "--eps",
      required = true,
      paramLabel = "R,...",
      description = "Radii that ascend, in units of pixels from 0 to 1: 0,0.02,8/255.")
  private String radii;

  @Option(
      names = "--n",
      defaultValue = "500",
      description = "How many images, drawn from the set; default ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--goal",
      paramLabel = "G",
      description = "What counts as fooled: " + Goals.FORMS + ".")
  private @Nullable String goalText;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "A folder for the report: index.html and curve.json.")
  private @Nullable Path out;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    List<AttackKind> kinds =
        Stream.of(names.split(",", -1))
            .map(name -> AttackKind.named("--attacks", name.strip()))
            .toList();
    Norm norm = options.norm(kinds.getFirst());
    kinds.forEach(kind -> kind.refuseNorm("--ball", norm.toString()));
    options.refuse(kinds);
    double[] wanted = AttackOptions.radii(radii);
    if (count < 1) {
      throw Problem.usage("--n must be >= 1, got " + count);
    }
    if (out != null && Files.isRegularFile(out)) {
      throw Problem.usage("--out must be a folder, got the file " + out);
    }
    try (TargetAndData.Target opened = given.open();
        Scope scope = Scope.open();
        Interruption interruption = Interruption.watch(output)) {
      View view = View.of(opened.model());
      Goal goal = Goals.parse(null, goalText, Attackable.classNames(opened));
      Attackable chosen = Attackable.draw(opened, view, goal, false, count);
      List<Entrant> entrants =
          kinds.stream().map(kind -> entrant(kind, opened, goal, norm, interruption)).toList();
      long start = System.nanoTime();
      SecurityCurve curve = SecurityCurve.measure(norm, wanted, entrants, chosen.samples());
      double seconds = (System.nanoTime() - start) * 1e-9;
      if (curve.points().isEmpty()) {
        throw Problem.failure("stopped before the clean images were done");
      }
      boolean stopped = curve.points().size() < wanted.length;
      String digest = Provenance.sha256(given.spec());
      Told told =
          new Told(opened, chosen, view, norm, goal, wanted, curve, stopped, seconds, digest);
      tell(output, told);
      return stopped ? 1 : 0;
    }
  }

  /** What there is to tell. */
  private record Told(
      TargetAndData.Target opened,
      Attackable chosen,
      View view,
      Norm norm,
      Goal goal,
      double[] wanted,
      SecurityCurve curve,
      boolean stopped,
      double seconds,
      String digest) {}

  private Entrant entrant(
      AttackKind kind,
      TargetAndData.Target opened,
      Goal goal,
      Norm norm,
      Interruption interruption) {
    return new Entrant(
        kind.name(),
        kind.nearest(),
        (ball, samples) -> {
          String what = kind.nearest() ? kind.name() : kind.name() + " at " + ball;
          try (Progress progress = Progress.start(what, samples.size())) {
            MadeAttack attack =
                options.made(
                    kind,
                    kind.nearest() ? null : new Ball(norm, ball.radius()),
                    opened.images().shape());
            return attack.run(
                opened.model(),
                samples,
                goal,
                options.effort(interruption::wished, done -> progress.update(done, Double.NaN)));
          }
        });
  }

  private void tell(Output output, Told told) throws IOException {
    output.line("%-12s %-9s %s".formatted("radius", "accuracy", "exact 95 % interval"));
    for (Point point : told.curve().points()) {
      output.line(
          "%-12s %.4f    [%.4f, %.4f]  (%,d of %,d)"
              .formatted(
                  size(told, point.radius()),
                  point.accuracy(),
                  point.interval().low(),
                  point.interval().high(),
                  point.standing(),
                  point.n()));
    }
    for (Share share : told.curve().shares()) {
      output.line(line(share));
    }
    warnings(told).forEach(warning -> output.log("note: " + warning));
    ObjectNode node = json(told);
    if (out != null) {
      Path page = write(told, node);
      node.put("report", page.toString());
      output.line("report: " + page);
    }
    if (told.stopped()) {
      output.log(
          "semblance: stopped: %d of %d radii were done%s"
              .formatted(
                  told.curve().points().size(),
                  told.wanted().length,
                  out == null ? "" : "; they are in " + out));
    }
    output.result(node);
  }

  private static String line(Share share) {
    return "%s: nearest for %,d images; %,d forward and %,d backward rows%s"
        .formatted(
            share.name(),
            share.nearest(),
            share.forwards(),
            share.backwards(),
            share.queries() > 0 ? ", %,d queries".formatted(share.queries()) : "");
  }

  private static String size(Told told, double radius) {
    return Attacked.size(told.norm(), told.view().box(), radius);
  }

  private List<String> warnings(Told told) {
    List<String> all = new ArrayList<>(told.chosen().warnings());
    if (told.stopped()) {
      all.add("Stopped early: the larger radii were not done.");
    }
    if (told.curve().points().getLast().standing() > 0 && names.strip().equals("fgsm")) {
      all.add("One step is the weakest attack; the truth may be far below this curve.");
    }
    long lost = told.curve().nearest().count(Verdict.GIVEN_UP);
    if (lost > 0) {
      all.add("%,d images could not be attacked and count as not robust.".formatted(lost));
    }
    return all;
  }

  private ObjectNode json(Told told) {
    ObjectNode node = Output.object();
    node.put("model", given.spec())
        .put("model_sha256", told.digest())
        .put("data", told.opened().images().name())
        .put("data_digest", told.opened().images().digest())
        .put("labels", told.chosen().labelled() ? "data" : "predicted")
        .put("attacks", names)
        .put("goal", Goals.text(told.goal(), Attackable.classNames(told.opened())))
        .put("ball", told.norm().toString())
        .put("seed", options.seed())
        .put("n", told.chosen().samples().size())
        .put("stopped", told.stopped())
        .put(
            "clean_accuracy",
            told.curve().points().getFirst().radius() == 0
                ? told.curve().points().getFirst().accuracy()
                : (double) told.curve().nearest().correct() / told.chosen().samples().size());
    ArrayNode points = node.putArray("points");
    for (Point point : told.curve().points()) {
      ObjectNode one =
          points
              .addObject()
              .put("radius", point.radius())
              .put("standing", point.standing())
              .put("robust_accuracy", point.accuracy());
      one.putArray("robust_accuracy_ci").add(point.interval().low()).add(point.interval().high());
    }
    ArrayNode shares = node.putArray("shares");
    for (Share share : told.curve().shares()) {
      shares
          .addObject()
          .put("attack", share.name())
          .put("nearest", share.nearest())
          .put("forwards", share.forwards())
          .put("backwards", share.backwards())
          .put("queries", share.queries());
    }
    node.put("forwards", told.curve().nearest().total(Outcome::forwards))
        .put("backwards", told.curve().nearest().total(Outcome::backwards))
        .put("queries", told.curve().nearest().total(Outcome::queries))
        .put("seconds", told.seconds());
    warnings(told).forEach(node.putArray("warnings")::add);
    return node;
  }

  private Path write(Told told, ObjectNode node) throws IOException {
    Path folder = Objects.requireNonNull(out);
    Files.createDirectories(folder);
    ObjectNode whole = node.deepCopy();
    whole.put("command", Provenance.command(spec)).put("git_revision", Provenance.gitRevision());
    whole.set("versions", Provenance.versions());
    ArrayNode samples = whole.putArray("samples");
    for (Outcome outcome : told.curve().nearest().outcomes()) {
      ObjectNode one =
          samples
              .addObject()
              .put("id", outcome.id())
              .put("verdict", outcome.verdict().name().toLowerCase(Locale.ROOT));
      if (Double.isFinite(outcome.distance())) {
        one.put("distance", outcome.distance());
      } else {
        one.putNull("distance");
      }
    }
    Atomic.text(
        folder.resolve("curve.json"),
        Output.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(whole) + "\n");
    return AttackPage.write(folder, page(told));
  }

  private AttackData page(Told told) {
    List<Point> points = told.curve().points();
    Point first = points.getFirst();
    Point last = points.getLast();
    String sentence =
        "Of %,d images the model has %,d right%s, and %,d still when the change may be %s in %s."
            .formatted(
                first.n(),
                first.standing(),
                first.radius() > 0 ? " at " + size(told, first.radius()) : "",
                last.standing(),
                size(told, last.radius()),
                told.norm());
    List<Metric> metrics =
        points.stream()
            .map(
                point ->
                    new Metric(
                        "accuracy",
                        point.radius() == 0
                            ? "As they are"
                            : "Within " + size(told, point.radius()),
                        Metric.Scale.FRACTION,
                        point.accuracy(),
                        point.interval().low(),
                        point.interval().high(),
                        "%,d of %,d stand.".formatted(point.standing(), point.n())))
            .toList();
    return new AttackData(
        "Security curve of " + Attacked.fileName(given.spec()),
        sentence,
        Provenance.command(spec),
        warnings(told),
        metrics,
        List.of(),
        0,
        List.of(chart(told)),
        List.of(),
        facts(told));
  }

  private Chart chart(Told told) {
    List<Point> points = told.curve().points();
    boolean levels = Attacked.inLevels(told.norm(), told.view().box());
    double unit = levels ? 255 : 1;
    Chart.Line line =
        new Chart.Line(
            "accuracy",
            false,
            column(points, unit),
            points.stream().mapToDouble(Point::accuracy).toArray(),
            points.stream().mapToDouble(point -> point.interval().low()).toArray(),
            points.stream().mapToDouble(point -> point.interval().high()).toArray());
    return new Chart(
        "Accuracy, the more may be changed",
        "radius, " + told.norm() + (levels ? ", of 255 grey levels" : ""),
        Chart.Scale.LINEAR,
        Double.NaN,
        "",
        "What %s found; no attack finds everything, so the truth lies on or below the line."
            .formatted(
                told.curve().shares().stream()
                    .map(Share::name)
                    .collect(Collectors.joining(" and "))),
        List.of(line));
  }

  private static double[] column(List<Point> points, double unit) {
    return points.stream().mapToDouble(point -> unit * point.radius()).toArray();
  }

  private List<Fact> facts(Told told) {
    List<Fact> facts = new ArrayList<>();
    facts.add(new Fact("model", given.spec()));
    facts.add(new Fact("model SHA-256", told.digest()));
    facts.add(new Fact("data", told.opened().images().name()));
    facts.add(new Fact("data digest", told.opened().images().digest()));
    facts.add(
        new Fact(
            "images",
            "%,d, drawn from %,d"
                .formatted(told.chosen().samples().size(), told.opened().images().size())));
    facts.add(new Fact("radii", Arrays.toString(told.wanted())));
    told.curve().shares().forEach(share -> facts.add(new Fact("attack", line(share))));
    facts.add(new Fact("goal", Goals.text(told.goal(), Attackable.classNames(told.opened()))));
    facts.add(new Fact("seed", Long.toString(options.seed())));
    facts.add(new Fact("seconds", "%.1f".formatted(told.seconds())));
    Provenance.versions()
        .properties()
        .forEach(entry -> facts.add(new Fact(entry.getKey(), entry.getValue().asText())));
    facts.add(new Fact("git revision", Provenance.gitRevision()));
    return facts;
  }
}
