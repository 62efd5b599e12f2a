package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.eval.Auc;
import dev.semblance.core.file.Atomic;
import dev.semblance.generative.Density;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Measures how probable a model finds images. */
@Command(
    name = "density",
    description =
        "How probable a trained model finds images: log-density with its kind and error, bits per"
            + " dimension, anomalies against a second set.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class DensityCommand implements Callable<Integer> {
  private static final double TWO_SIDED_95 = 1.959963984540054;

  @ParentCommand private Main main;
  @Spec private CommandSpec spec;
  @Mixin private NetAndData source;

  @Option(
      names = "-n",
      defaultValue = "1000",
      description = "Images, drawn at random; 0: all. Default ${DEFAULT-VALUE}.")
  private int n;

  @Option(
      names = "--samples",
      paramLabel = "S",
      description =
          "Draws for each image: codes of vae and iwae (default 200), dequantisations of a flow"
              + " (1), trace probes of a diffusion model or repeats of its bound (1).")
  private @Nullable Integer samples;

  @Option(
      names = "--bound",
      description =
          "Of a diffusion model: the variational bound of its chain in place of the estimate by its"
              + " probability flow.")
  private boolean bound;

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Of everything drawn; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--given-class",
      description = "Measure log p(image | its class), where the model takes classes.")
  private boolean givenClass;

  @Option(
      names = "--against",
      paramLabel = "D2",
      description = "A second set: how well the density tells its images from those of --data.")
  private @Nullable String against;

  @Option(
      names = "--batch",
      defaultValue = "100",
      description = "Images measured at once; default ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--out",
      paramLabel = "X.json|X.csv",
      description = "The log-density of every image.")
  private @Nullable Path out;

  @Option(
      names = "--report",
      paramLabel = "DIR",
      description =
          "Folder for a page with the most and least probable images; default RUN/density for a run"
              + " folder.")
  private @Nullable Path report;

  /** Two sets apart by a score. */
  record Anomalies(String name, MeasuredDensity measured, Auc byLikelihood, Auc byTypicality) {
    static Anomalies of(String name, MeasuredDensity in, MeasuredDensity other) {
      double typical = in.mean();
      return new Anomalies(
          name,
          other,
          Auc.of(map(other.value(), v -> -v), map(in.value(), v -> -v)),
          Auc.of(
              map(other.value(), v -> Math.abs(v - typical)),
              map(in.value(), v -> Math.abs(v - typical))));
    }

    private static double[] map(double[] values, java.util.function.DoubleUnaryOperator by) {
      return Arrays.stream(values).map(by).toArray();
    }
  }

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    String format = out == null ? "" : out.getFileName().toString().toLowerCase(Locale.ROOT);
    if (out != null && !format.endsWith(".json") && !format.endsWith(".csv")) {
      throw Problem.usage("--out must end in .json or .csv, got " + out);
    }
    atLeast("-n", n, 0);
    atLeast("--batch", batch, 1);
    if (samples != null) {
      atLeast("--samples", samples, 1);
    }
    try (OpenedGenerator model = OpenedGenerator.open(source.run())) {
      Density density = model.density(samples, bound);
      if (givenClass && model.classes() == 0) {
        throw Problem.usage(
            "--given-class: %s was trained without classes; leave it out".formatted(source.run()));
      }
      MeasuredDensity.Plan plan = new MeasuredDensity.Plan(n, seed, batch, givenClass);
      try (ImageSet set = source.images(model.model());
          ImageSet second = against == null ? null : source.images(against, model.model())) {
        MeasuredDensity measured =
            MeasuredDensity.of(model, density, set, plan, "density of " + set.name());
        Anomalies anomalies =
            second == null
                ? null
                : Anomalies.of(
                    second.name(),
                    measured,
                    MeasuredDensity.of(
                        model, density, second, plan, "density of " + second.name()));
        ObjectNode result = summary(model, set, measured, anomalies);
        tell(output, set, measured, anomalies);
        if (out != null) {
          Atomic.text(
              out, format.endsWith(".csv") ? csv(set, measured) : json(result, set, measured));
          output.line("values: " + out);
        }
        Path folder = report;
        if (folder == null && Files.isDirectory(source.run())) {
          folder = source.run().resolve("density");
        }
        if (folder != null) {
          Path page =
              DensityPage.of(model, Provenance.command(spec), set, measured, second, anomalies)
                  .write(folder);
          output.line("page: " + page);
          result.put("page", page.toString());
        }
        output.result(result);
      }
    }
    return 0;
  }

  private static void atLeast(String option, long value, long least) {
    if (value < least) {
      throw Problem.usage("%s must be >= %d, got %d".formatted(option, least, value));
    }
  }

  private ObjectNode summary(
      OpenedGenerator model, ImageSet set, MeasuredDensity measured, @Nullable Anomalies anomalies)
      throws IOException {
    ObjectNode node = model.origin();
    node.put("data", set.name());
    node.put("data_digest", set.digest());
    node.put("seed", seed);
    put(node, measured);
    if (anomalies != null) {
      ObjectNode other = node.putObject("against");
      other.put("data", anomalies.name);
      put(other, anomalies.measured);
      put(other, "auc_likelihood", anomalies.byLikelihood);
      put(other, "auc_typicality", anomalies.byTypicality);
      other.put("caution", caution(anomalies));
    }
    node.put("command", Provenance.command(spec));
    return node;
  }

  private static void put(ObjectNode node, MeasuredDensity measured) {
    node.put("n", measured.size());
    node.put("kind", measured.kind().toString());
    node.put("support", measured.of().name().toLowerCase(Locale.ROOT));
    node.put("log_density", measured.mean());
    node.put("standard_error", measured.errorOfMean());
    node.put("standard_error_of_draws", measured.errorOfDraws());
    double half = TWO_SIDED_95 * measured.errorOfMean();
    node.putArray("log_density_ci").add(measured.mean() - half).add(measured.mean() + half);
    node.put("dimensions", measured.dimensions());
    if (measured.countsBits()) {
      node.put("bits_per_dimension", measured.bitsPerDimension(measured.mean()));
      node.putArray("bits_per_dimension_ci")
          .add(measured.bitsPerDimension(measured.mean() + half))
          .add(measured.bitsPerDimension(measured.mean() - half));
    }
  }

  private static void put(ObjectNode node, String name, Auc auc) {
    node.put(name, auc.estimate().value());
    node.putArray(name + "_ci")
        .add(auc.estimate().interval().low())
        .add(auc.estimate().interval().high());
  }

  private static void tell(
      Output output, ImageSet set, MeasuredDensity measured, @Nullable Anomalies anomalies) {
    output.line(line(set.name(), measured));
    if (anomalies != null) {
      output.line(line(anomalies.name, anomalies.measured));
      output.line(
          "AUC of %s against %s: by likelihood %s, by typicality %s"
              .formatted(
                  anomalies.name,
                  set.name(),
                  words(anomalies.byLikelihood),
                  words(anomalies.byTypicality)));
      output.line(caution(anomalies));
    }
  }

  /** The mean of a set in words. */
  static String line(String name, MeasuredDensity measured) {
    double half = TWO_SIDED_95 * measured.errorOfMean();
    String bits =
        measured.countsBits()
            ? ", %.4f bits/dim".formatted(measured.bitsPerDimension(measured.mean()))
            : "";
    return "%s, %,d images: mean log-density %,.2f ± %.2f nats%s (%s, %s)"
        .formatted(
            name,
            measured.size(),
            measured.mean(),
            half,
            bits,
            measured.kind(),
            measured.support());
  }

  static String words(Auc auc) {
    return "%.4f [%.4f, %.4f]"
        .formatted(
            auc.estimate().value(),
            auc.estimate().interval().low(),
            auc.estimate().interval().high());
  }

  /** What the two numbers do and do not say. */
  static String caution(Anomalies anomalies) {
    double likelihood = anomalies.byLikelihood.estimate().value();
    String general =
        "a likelihood alone is no anomaly score: models find simpler foreign images more probable"
            + " (nalisnick2019deep); typicality asks how far a log-density is from the mean of the"
            + " first set";
    return likelihood < 0.5
        ? "caution: the second set is more probable than the first; " + general
        : "caution: " + general;
  }

  private static String csv(ImageSet set, MeasuredDensity measured) {
    StringBuilder text = new StringBuilder("row,id,label,log_density,standard_error");
    text.append(measured.countsBits() ? ",bits_per_dimension\n" : "\n");
    for (int i = 0; i < measured.size(); i++) {
      int row = Math.toIntExact(measured.rows()[i]);
      text.append(row)
          .append(",\"")
          .append(set.id(row).replace("\"", "\"\""))
          .append("\",")
          .append(set.label(row))
          .append(',')
          .append(measured.value()[i])
          .append(',')
          .append(measured.standardError()[i]);
      if (measured.countsBits()) {
        text.append(',').append(measured.bitsPerDimension(measured.value()[i]));
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String json(ObjectNode summary, ImageSet set, MeasuredDensity measured) {
    ObjectNode node = summary.deepCopy();
    ArrayNode images = node.putArray("images");
    for (int i = 0; i < measured.size(); i++) {
      int row = Math.toIntExact(measured.rows()[i]);
      images
          .addObject()
          .put("row", row)
          .put("id", set.id(row))
          .put("label", set.label(row))
          .put("log_density", measured.value()[i])
          .put("standard_error", measured.standardError()[i]);
    }
    return node.toPrettyString() + "\n";
  }
}
