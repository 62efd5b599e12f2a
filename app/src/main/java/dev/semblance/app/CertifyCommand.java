package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.app.report.plate.Chart;
import dev.semblance.app.report.plate.Plate;
import dev.semblance.app.report.plate.PlatePage;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Proves of how many images no perturbation within a bound changes the answer. */
@Command(
    name = "certify",
    description = "Prove on how many images a classifier's right answer cannot be changed.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class CertifyCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Mixin private TargetAndData given;

  @Option(
      names = "--method",
      required = true,
      description =
          "smoothing (L2, of the model under noise), ibp (Linf, small nets) or one-pixel (grey"
              + " images; tries 200,000 images for each of 28x28).")
  private String method;

  @Option(
      names = "--n",
      defaultValue = "100",
      description = "How many images, drawn by --seed; default ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--eps",
      paramLabel = "R",
      description =
          "The radius, 0.1 or 8/255: of ibp the one that is proved, default 0.01; of smoothing the"
              + " one whose certified accuracy comes first, default sigma.")
  private @Nullable String radius;

  @Option(
      names = "--sigma",
      defaultValue = "0.25",
      description = "Of smoothing: the noise; default ${DEFAULT-VALUE}.")
  private String sigma;

  @Option(
      names = "--n0",
      defaultValue = "100",
      description = "Of smoothing: draws that choose the class; default ${DEFAULT-VALUE}.")
  private int selection;

  @Option(
      names = "--draws",
      defaultValue = "1000",
      description =
          "Of smoothing: draws that bound its probability; the largest radius that can be proved is"
              + " 2.46 sigma with 1,000, 3.20 with 10,000 and 3.81 with 100,000; default"
              + " ${DEFAULT-VALUE}.")
  private int draws;

  @Option(
      names = "--alpha",
      defaultValue = "0.001",
      description =
          "Of smoothing: the risk of a wrong certificate for each image; default"
              + " ${DEFAULT-VALUE}.")
  private String alpha;

  @Option(
      names = "--radii",
      paramLabel = "R,...",
      description =
          "Radii that the certified accuracy is told at; default: eight up to the largest.")
  private @Nullable String radii;

  @Option(names = "--seed", defaultValue = "0", description = "Default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--out", paramLabel = "DIR", description = "Folder for a page with the curve.")
  private @Nullable Path out;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    if (count < 1) {
      throw Problem.usage("--n must be >= 1, got " + count);
    }
    Certifier certifier = certifier();
    if (radii != null && !certifier.curved()) {
      throw Problem.usage("--radii is for smoothing, which proves a radius for each image");
    }
    double[] at = radii(certifier);
    try (TargetAndData.Target target = given.open();
        Scope scope = Scope.open()) {
      ImageSet set = target.images();
      target.model().refuseOther(set);
      certifier.refuse(target.model());
      long[] rows = Drawn.rows(set.size(), count, seed);
      long start = System.nanoTime();
      List<Certifier.Row> found;
      try (Progress progress = Progress.start(method + " on " + set.name(), rows.length)) {
        found = certifier.run(target.model(), set, rows, progress);
      }
      tell(output, certifier, set, found, at, (System.nanoTime() - start) * 1e-9);
    }
    return 0;
  }

  private Certifier certifier() {
    return switch (method) {
      case "smoothing" -> {
        double noise = AttackOptions.number(sigma);
        double risk = AttackOptions.number(alpha);
        if (!(noise > 0) || Double.isInfinite(noise)) {
          throw Problem.usage("--sigma must be above 0 and finite, got " + sigma);
        }
        if (!(risk > 0 && risk < 1)) {
          throw Problem.usage("--alpha must be between 0 and 1, got " + alpha);
        }
        if (selection < 1 || draws < 1) {
          throw Problem.usage("--n0 and --draws must be >= 1, got " + selection + " and " + draws);
        }
        yield Certifier.smoothing(noise, selection, draws, risk, seed);
      }
      case "ibp" -> Certifier.intervals(AttackOptions.radius(radius == null ? "0.01" : radius));
      case "one-pixel" -> Certifier.onePixel();
      default -> throw Problem.usage("--method must be smoothing, ibp or one-pixel, got " + method);
    };
  }

  /** The radius that is asked about, and after it those of the curve. */
  private double[] radii(Certifier certifier) {
    double first = radius != null ? AttackOptions.radius(radius) : certifier.usual();
    DoubleStream more =
        radii != null
            ? Stream.of(radii.split(",", -1)).mapToDouble(CertifyCommand::notNegative).sorted()
            : certifier.curved()
                ? IntStream.rangeClosed(0, 8).mapToDouble(i -> certifier.largest() * i / 8)
                : DoubleStream.empty();
    return DoubleStream.concat(DoubleStream.of(first), more).toArray();
  }

  private static double notNegative(String text) {
    double value = AttackOptions.number(text);
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw Problem.usage("--radii must be >= 0 and finite, got " + text);
    }
    return value;
  }

  private void tell(
      Output output,
      Certifier certifier,
      ImageSet set,
      List<Certifier.Row> found,
      double[] at,
      double seconds)
      throws IOException {
    int n = found.size();
    long clean = found.stream().filter(Certifier.Row::right).count();
    long abstained = found.stream().filter(Certifier.Row::abstained).count();
    long forwards = found.stream().mapToLong(Certifier.Row::forwards).sum();
    ObjectNode node = Output.object();
    node.put("model", given.spec())
        .put("data", set.name())
        .put("data_digest", set.digest())
        .put("method", method)
        .put("certifier", certifier.toString())
        .put("ball", certifier.ball())
        .put("n", n)
        .put("clean_accuracy", (double) clean / n);
    output.line(
        "clean accuracy      %.4f  (%,d of %,d)%s"
            .formatted((double) clean / n, clean, n, certifier.cleanNote()));
    ArrayNode curve = node.putArray("curve");
    for (int i = 0; i < at.length; i++) {
      long proved = proved(found, at[i]);
      Interval interval = Interval.exact(proved, n, 0.95);
      if (i == 0) {
        node.put("certified_accuracy", (double) proved / n).put("radius", at[i]);
        node.putArray("certified_accuracy_ci").add(interval.low()).add(interval.high());
      }
      ObjectNode point = curve.addObject();
      point.put("radius", at[i]).put("certified_accuracy", (double) proved / n);
      point.putArray("ci").add(interval.low()).add(interval.high());
      output.line(
          "certified accuracy  %.4f  [%.4f, %.4f]  (%,d of %,d at %s %.4g)"
              .formatted(
                  (double) proved / n,
                  interval.low(),
                  interval.high(),
                  proved,
                  n,
                  certifier.ball(),
                  at[i]));
    }
    if (certifier.curved()) {
      output.line("abstained           %,d of %,d".formatted(abstained, n));
    }
    output.line("%,d rows through the model, %.1f s".formatted(forwards, seconds));
    node.put("abstained", abstained)
        .put("forwards", forwards)
        .put("backwards", 0)
        .put("queries", 0)
        .put("seconds", seconds)
        .put("seed", seed);
    ArrayNode samples = node.putArray("radii");
    found.forEach(row -> samples.add(row.radius()));
    if (out != null) {
      Path page = page(certifier, set, found, at, seconds).write(out);
      output.line("page: " + page.toUri());
      node.put("page", page.toString());
    }
    output.result(node);
  }

  private static long proved(List<Certifier.Row> found, double radius) {
    return found.stream().filter(row -> row.right() && row.radius() >= radius).count();
  }

  private PlatePage page(
      Certifier certifier, ImageSet set, List<Certifier.Row> found, double[] at, double seconds) {
    int n = found.size();
    PlatePage page = PlatePage.of("What cannot be changed: " + certifier.title(), command());
    long clean = found.stream().filter(Certifier.Row::right).count();
    page.headline("right", "%.1f %%".formatted(100.0 * clean / n));
    page.headline(
        "proved at %s %.4g".formatted(certifier.ball(), at[0]),
        "%.1f %%".formatted(100.0 * proved(found, at[0]) / n));
    page.headline("images", "%,d".formatted(n));
    page.section("What is proved", certifier.meaning());
    if (certifier.curved()) {
      int points = 200;
      double[] x = new double[points + 1];
      double[] y = new double[points + 1];
      for (int i = 0; i <= points; i++) {
        x[i] = certifier.largest() * i / points;
        y[i] = (double) proved(found, x[i]) / n;
      }
      String svg =
          Chart.svg(680, 320, "L2 radius", 0, 1, List.of(new Chart.Line("certified", x, y, true)));
      page.plates(
          List.of(
              new Plate.Svg(
                  svg,
                  680,
                  "Certified accuracy against the radius: the share of images whose answer is right"
                      + " and proved to stay within it.")));
    }
    List<List<String>> rows = new ArrayList<>();
    for (double radius : at) {
      long proved = proved(found, radius);
      Interval interval = Interval.exact(proved, n, 0.95);
      rows.add(
          List.of(
              "%s %.4g".formatted(certifier.ball(), radius),
              "%.1f %%".formatted(100.0 * proved / n),
              "%.1f to %.1f %%".formatted(100 * interval.low(), 100 * interval.high()),
              "%,d".formatted(proved)));
    }
    page.table(List.of("radius", "certified accuracy", "95 % interval", "images"), rows);
    page.section("Provenance", "What it was made of.");
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", given.spec());
    facts.put("data", set.name());
    facts.put("data digest", set.digest());
    facts.put("certifier", certifier.toString());
    facts.put("seed", Long.toString(seed));
    facts.put("seconds", "%.1f".formatted(seconds));
    facts.put(
        "semblance", Provenance.semblanceVersion() + ", revision " + Provenance.gitRevision());
    return page.facts(facts);
  }

  private String command() {
    return "./semblance certify "
        + Run.quote(given.spec())
        + " --data "
        + Run.quote(given.data())
        + " --method "
        + method
        + switch (method) {
          case "smoothing" ->
              " --sigma %s --n0 %d --draws %d --alpha %s".formatted(sigma, selection, draws, alpha);
          case "ibp" -> "";
          default -> "";
        }
        + (radius == null ? "" : " --eps " + radius)
        + (radii == null ? "" : " --radii " + radii)
        + " --n %d --seed %d".formatted(count, seed);
  }
}
