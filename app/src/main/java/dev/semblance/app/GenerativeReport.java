package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.app.report.Curve;
import dev.semblance.app.report.plate.Chart;
import dev.semblance.app.report.plate.Plate;
import dev.semblance.app.report.plate.PlatePage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The page of a generative run, made of what stands in its folder: also while it trains. */
final class GenerativeReport {
  private static final Pattern SHEET = Pattern.compile("step-(\\d{1,18})\\.png");

  /** Sheets beside the last one: the page stays small. */
  private static final int EARLIER = 7;

  /** Points of a line, more are thinned out. */
  private static final int POINTS = 400;

  private GenerativeReport() {}

  /** A sheet of samples and the steps it was drawn after. */
  private record Sheet(long step, Path file) {}

  /** Writes {@code report/index.html}. */
  static Path write(Run run) throws IOException {
    ObjectNode description = run.readDescription();
    String recipe = description.path("recipe").asText();
    PlatePage page =
        PlatePage.of(
            recipe + " on " + description.path("data_name").asText(),
            description.path("command").asText());
    description.path("warnings").forEach(warning -> page.section("Warning", warning.asText()));
    List<Curve> curves = ReportMaker.curves(run.metrics());
    long steps = description.path("steps").asLong();
    List<Sheet> sheets = sheets(run);
    long reached = reached(curves, sheets);
    page.headline("steps", "%,d of %,d".formatted(reached, steps));
    for (Curve curve : curves) {
      if (curve.chart().equals("Validation")) {
        page.headline("held out: " + words(curve.name()), number(last(curve)));
      }
    }
    sheets(page, sheets, description);
    curves(page, curves);
    page.section("Provenance", "What it was made of.").facts(facts(description));
    return page.write(run.report());
  }

  private static long reached(List<Curve> curves, List<Sheet> sheets) {
    long reached = sheets.isEmpty() ? 0 : sheets.getLast().step;
    for (Curve curve : curves) {
      long[] at = curve.steps();
      reached = Math.max(reached, at[at.length - 1] + 1);
    }
    return reached;
  }

  private static List<Sheet> sheets(Run run) throws IOException {
    if (!Files.isDirectory(run.samples())) {
      return List.of();
    }
    List<Sheet> sheets = new ArrayList<>();
    try (Stream<Path> files = Files.list(run.samples())) {
      files.forEach(
          file -> {
            Matcher matcher = SHEET.matcher(file.getFileName().toString());
            if (matcher.matches()) {
              sheets.add(new Sheet(Long.parseLong(matcher.group(1)), file));
            }
          });
    }
    sheets.sort(Comparator.comparingLong(Sheet::step));
    return sheets;
  }

  private static void sheets(PlatePage page, List<Sheet> sheets, ObjectNode description)
      throws IOException {
    if (sheets.isEmpty()) {
      page.section("Samples", "None yet: the first sheet comes with the first epoch's end.");
      return;
    }
    boolean drawn = description.path("draws_samples").asBoolean();
    page.section(
        drawn ? "Samples" : "Reconstructions",
        drawn
            ? "The same 64 draws at every look, so that what changes is the model's doing."
            : "Held-out images, and below each row what the model makes of them. It cannot be drawn"
                + " from.");
    Sheet last = sheets.getLast();
    page.plates(List.of(plate(last, 480)));
    List<Sheet> earlier = sheets.subList(0, sheets.size() - 1);
    if (!earlier.isEmpty()) {
      page.section(
          "As training went", "Earlier sheets, first to last; all of them stand in samples/.");
      List<Plate> plates = new ArrayList<>();
      int shown = Math.min(EARLIER, earlier.size());
      for (int i = 0; i < shown; i++) {
        // The first ones change most: squares of even steps.
        double share = shown == 1 ? 0 : (double) i / (shown - 1);
        int at = (int) Math.round(share * share * (earlier.size() - 1));
        plates.add(plate(earlier.get(Math.max(at, Math.min(i, earlier.size() - 1))), 230));
      }
      page.plates(plates);
    }
  }

  private static Plate plate(Sheet sheet, int width) throws IOException {
    return new Plate.Png(
        Files.readAllBytes(sheet.file), width, "after %,d steps".formatted(sheet.step));
  }

  private static void curves(PlatePage page, List<Curve> curves) {
    List<Plate> plates = new ArrayList<>();
    for (Curve curve : curves) {
      double[] y = curve.values();
      double low = Double.POSITIVE_INFINITY;
      double high = Double.NEGATIVE_INFINITY;
      List<Integer> kept = new ArrayList<>();
      int stride = Math.max(1, (y.length + POINTS - 1) / POINTS);
      for (int i = 0; i < y.length; i++) {
        if (Double.isFinite(y[i]) && (i % stride == 0 || i == y.length - 1)) {
          kept.add(i);
          low = Math.min(low, y[i]);
          high = Math.max(high, y[i]);
        }
      }
      boolean flat = !(high > low) && !curve.name().equals("loss");
      if (kept.isEmpty() || flat) { // a constant or a single point
        continue;
      }
      String name = (curve.chart().equals("Validation") ? "held out: " : "") + words(curve.name());
      Chart.Line line =
          new Chart.Line(
              name,
              kept.stream().mapToDouble(i -> curve.steps()[i]).toArray(),
              kept.stream().mapToDouble(i -> y[i]).toArray(),
              false);
      plates.add(
          new Plate.Svg(
              Chart.svg(420, 240, "step", low, high, List.of(line)),
              420,
              name + ", last " + number(y[y.length - 1])));
    }
    if (!plates.isEmpty()) {
      page.section("Curves", "What training said of itself.").plates(plates);
    }
  }

  private static Map<String, String> facts(ObjectNode description) {
    Map<String, String> facts = new LinkedHashMap<>();
    for (String key :
        new String[] {
          "data_name",
          "data_digest",
          "image_shape",
          "training_images",
          "validation_images",
          "parameters",
          "seconds",
          "seed",
          "git_revision",
          "started"
        }) {
      if (description.has(key)) {
        facts.put(words(key), description.path(key).asText());
      }
    }
    description
        .path("settings")
        .properties()
        .forEach(entry -> facts.put(entry.getKey(), entry.getValue().asText()));
    description
        .path("versions")
        .properties()
        .forEach(entry -> facts.put("version of " + entry.getKey(), entry.getValue().asText()));
    return facts;
  }

  private static String words(String key) {
    return key.replace('_', ' ');
  }

  private static double last(Curve curve) {
    return curve.values()[curve.values().length - 1];
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%,.1f" : "%.4g", value);
  }
}
