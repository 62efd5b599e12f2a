package dev.semblance.app;

import dev.semblance.app.report.plate.Chart;
import dev.semblance.app.report.plate.Plate;
import dev.semblance.app.report.plate.PlatePage;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The page of a measured density: what is probable, what is not, and how two sets differ. */
final class DensityPage {
  private static final int SHOWN = 32;
  private static final int COLUMNS = 8;
  private static final int BINS = 60;

  private DensityPage() {}

  static PlatePage of(
      OpenedGenerator model,
      String command,
      ImageSet set,
      MeasuredDensity measured,
      @Nullable ImageSet second,
      DensityCommand.@Nullable Anomalies anomalies)
      throws IOException {
    PlatePage page =
        PlatePage.of("How probable " + model.recipe() + " finds " + set.name(), command);
    page.headline("mean log-density", "%,.2f nats".formatted(measured.mean()));
    if (measured.countsBits()) {
      page.headline(
          "bits per dimension", "%.4f".formatted(measured.bitsPerDimension(measured.mean())));
    }
    page.headline("kind", measured.kind().toString());
    page.section("What is probable", DensityCommand.line(set.name(), measured) + ".");
    int[] ranking = measured.ranking();
    int shown = Math.min(SHOWN, ranking.length);
    page.plates(
        List.of(
            plate(set, measured, Arrays.copyOf(ranking, shown), "The most probable images"),
            plate(
                set,
                measured,
                Arrays.copyOfRange(ranking, ranking.length - shown, ranking.length),
                "The least probable images, the least probable last")));
    List<Chart.Line> lines = new ArrayList<>();
    double low = measured.value()[ranking[ranking.length - 1]];
    double high = measured.value()[ranking[0]];
    if (anomalies != null) {
      int[] other = anomalies.measured().ranking();
      low = Math.min(low, anomalies.measured().value()[other[other.length - 1]]);
      high = Math.max(high, anomalies.measured().value()[other[0]]);
    }
    if (Double.isFinite(low) && Double.isFinite(high)) {
      lines.add(histogram(set.name(), measured, low, high));
      if (anomalies != null) {
        lines.add(histogram(anomalies.name(), anomalies.measured(), low, high));
      }
      double top = lines.stream().flatMapToDouble(l -> Arrays.stream(l.y())).max().orElse(1);
      page.section("Spread", "Share of images in each interval of the log-density.");
      page.plates(
          List.of(
              new Plate.Svg(
                  Chart.svg(640, 300, "log-density, nats", 0, top, lines),
                  640,
                  "Where two sets overlap, no threshold tells them apart.")));
    }
    if (second != null && anomalies != null) {
      anomalies(page, set, second, anomalies);
    }
    page.section("Provenance", "What it was made of.");
    Map<String, String> facts = new LinkedHashMap<>();
    model.origin().properties().forEach(e -> facts.put(e.getKey(), e.getValue().asText()));
    facts.put("data digest", set.digest());
    facts.put(
        "error of the mean by the draws alone", "%.4f nats".formatted(measured.errorOfDraws()));
    return page.facts(facts);
  }

  private static void anomalies(
      PlatePage page, ImageSet set, ImageSet second, DensityCommand.Anomalies anomalies)
      throws IOException {
    page.section(
        "Telling %s from %s".formatted(second.name(), set.name()),
        DensityCommand.caution(anomalies) + ".");
    page.table(
        List.of("score", "area under the ROC curve, 95 % interval"),
        List.of(
            List.of("likelihood: -log p", DensityCommand.words(anomalies.byLikelihood())),
            List.of(
                "typicality: |log p - mean over the first set|",
                DensityCommand.words(anomalies.byTypicality()))));
    MeasuredDensity measured = anomalies.measured();
    int[] ranking = measured.ranking();
    page.plates(
        List.of(
            new Plate.Svg(
                Chart.svg(
                    420,
                    320,
                    "share of the first set above the threshold",
                    0,
                    1,
                    List.of(
                        new Chart.Line(
                            "likelihood",
                            anomalies.byLikelihood().falsePositives(),
                            anomalies.byLikelihood().truePositives(),
                            false),
                        new Chart.Line(
                            "typicality",
                            anomalies.byTypicality().falsePositives(),
                            anomalies.byTypicality().truePositives(),
                            false))),
                420,
                "Share of the second set above the same threshold."),
            plate(
                second,
                measured,
                Arrays.copyOf(ranking, Math.min(SHOWN, ranking.length)),
                "The most probable images of the second set")));
  }

  private static Plate plate(
      ImageSet set, MeasuredDensity measured, int[] positions, String caption) throws IOException {
    long[] rows = Arrays.stream(positions).mapToLong(i -> measured.rows()[i]).toArray();
    byte[] pixels;
    try (Scope scope = Scope.open()) {
      pixels = Ops.toBytes(set.images(rows));
    }
    return new Plate.Png(
        ImageGrid.png(pixels, set.shape(), COLUMNS).bytes(),
        360,
        "%s: %,.1f to %,.1f nats"
            .formatted(
                caption,
                measured.value()[positions[0]],
                measured.value()[positions[positions.length - 1]]));
  }

  private static Chart.Line histogram(
      String name, MeasuredDensity measured, double low, double high) {
    double width = high > low ? (high - low) / BINS : 1;
    double[] x = new double[BINS + 1];
    double[] y = new double[BINS + 1];
    for (int i = 0; i <= BINS; i++) {
      x[i] = low + width * i;
    }
    for (double value : measured.value()) {
      y[Math.min(BINS - 1, (int) ((value - low) / width))] += 1.0 / measured.size();
    }
    return new Chart.Line(name, x, y, true);
  }
}
