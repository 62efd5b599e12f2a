package dev.semblance.app;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.universal.FoolingRate;
import dev.semblance.app.report.plate.Bitmap;
import dev.semblance.app.report.plate.Chart;
import dev.semblance.app.report.plate.Plate;
import dev.semblance.app.report.plate.PlatePage;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The page of a universal perturbation. */
final class UniversalPage {
  private static final int SIDE = 448;
  private static final int EXAMPLES = 8;
  private static final int TOGETHER = 250;

  private final PlatePage page;
  private final Tensor perturbation;
  private final Ball ball;
  private final Map<String, String> facts;

  private UniversalPage(PlatePage page, Tensor perturbation, Ball ball, Map<String, String> facts) {
    this.page = page;
    this.perturbation = perturbation;
    this.ball = ball;
    this.facts = facts;
  }

  static UniversalPage of(
      String model,
      String command,
      UniversalSearch.Found found,
      FoolingRates rates,
      Ball ball,
      Map<String, String> facts) {
    PlatePage page = PlatePage.of("One perturbation for all images", command);
    page.headline("fools, held out", percent(rates.heldOut()));
    page.headline("fools, training images", percent(rates.training()));
    page.headline("random signs fool", percent(rates.noise()));
    page.headline("the same values shuffled", percent(rates.shuffled()));
    page.section(
        "The perturbation",
        "Added to an image, it changes the answer of "
            + model
            + " on the share of images above, whatever the images' true classes. Grey is no change;"
            + " the strongest change is shown black or white.");
    List<Plate> plates = new ArrayList<>();
    Tensor v = found.perturbation();
    Box box = found.model().box();
    plates.add(
        new Plate.Png(
            magnified(v, box),
            SIDE,
            ("The perturbation, magnified %.0f times in value: no pixel changes by more than %.5f.")
                .formatted(box.width() / 2 / largest(v), largest(v))));
    double[] climb = found.climb().stream().mapToDouble(d -> d).toArray();
    double[] x = IntStream.rangeClosed(1, climb.length).mapToDouble(i -> i).toArray();
    double high = 0;
    for (double c : climb) {
      high = Math.max(high, c);
    }
    plates.add(
        new Plate.Svg(
            Chart.svg(
                SIDE,
                300,
                "pass over the images",
                0,
                high,
                List.of(new Chart.Line("climb", x, climb, false))),
            SIDE,
            "What the search climbs, on the training images: " + found.climbs() + "."));
    page.plates(plates);
    List<List<String>> rows = new ArrayList<>();
    rows.add(row("the perturbation, on held-out images", rates.heldOut()));
    rows.add(row("the perturbation, on the images it was found on", rates.training()));
    rows.add(row("random signs of the same size, held out", rates.noise()));
    rows.add(row("the same values in random order, held out", rates.shuffled()));
    page.table(List.of("", "fooling rate", "95 % interval", "fooled", "of"), rows);
    return new UniversalPage(page, v, ball, facts);
  }

  /** Held-out images before and after, and where the answers go. */
  UniversalPage examples(Classifier model, Tensor images, List<String> names) {
    int n = Math.toIntExact(images.size(0));
    int[] from = new int[n];
    int[] to = new int[n];
    double[] before = new double[n];
    double[] after = new double[n];
    for (int first = 0; first < n; first += TOGETHER) {
      try (Scope scope = Scope.open()) {
        Tensor some = images.narrow(0, first, Math.min(TOGETHER, n - first));
        answers(model, some, from, before, first);
        Tensor moved = ball.project(some.add(perturbation), some, model.box());
        answers(model, moved, to, after, first);
      }
    }
    page.section(
        "Images before and after",
        "Held-out images with the model's answers and their probability.");
    List<Plate> plates = new ArrayList<>();
    for (int k = 0; k < Math.min(EXAMPLES, n); k++) {
      int i = (int) ((long) k * n / Math.min(EXAMPLES, n));
      try (Scope scope = Scope.open()) {
        Tensor clean = images.narrow(0, i, 1);
        Tensor moved = ball.project(clean.add(perturbation), clean, model.box());
        String change = from[i] == to[i] ? "stays " : "becomes ";
        plates.add(
            new Plate.Png(
                side(clean, moved, model.box()),
                240,
                "%s, %.0f %%\n%s%s, %.0f %%"
                    .formatted(
                        name(names, from[i]),
                        100 * before[i],
                        change,
                        name(names, to[i]),
                        100 * after[i])));
      }
    }
    page.plates(plates);
    int[] count = new int[model.classes()];
    int[] clean = new int[model.classes()];
    for (int i = 0; i < n; i++) {
      count[to[i]]++;
      clean[from[i]]++;
    }
    page.section(
        "Where the answers go",
        "A perturbation for all images mostly drives them into few classes.");
    List<List<String>> rows =
        IntStream.range(0, count.length)
            .boxed()
            .sorted(Comparator.comparing((Integer k) -> -count[k]).thenComparing(k -> k))
            .limit(10)
            .map(
                k ->
                    List.of(
                        name(names, k),
                        "%.1f %%".formatted(100.0 * clean[k] / n),
                        "%.1f %%".formatted(100.0 * count[k] / n)))
            .toList();
    page.table(List.of("answer", "before", "after"), rows);
    return this;
  }

  /** Writes the page into a folder. */
  Path write(Path folder) throws IOException {
    page.section("Provenance", "What it was made of.");
    page.facts(facts);
    return page.write(folder);
  }

  private static void answers(
      Classifier model, Tensor images, int[] answers, double[] probabilities, int first) {
    Tensor logits = Ops.withoutGradient(() -> model.logits(images));
    long[] best = Ops.toLongs(logits.argmax(new LongOptional(1), false));
    double[] most = Ops.toDoubles(logits.softmax(1).amax(new long[] {1}, false));
    for (int i = 0; i < best.length; i++) {
      answers[first + i] = (int) best[i];
      probabilities[first + i] = most[i];
    }
  }

  /** The perturbation as a PNG file: grey is 0, black and white the largest change. */
  static byte[] magnified(Tensor v, Box box) {
    double most = Math.max(largest(v), 1e-9 * box.width());
    Bitmap bitmap = Bitmap.of(v, -most, most);
    return bitmap.magnified(Math.max(1, SIDE / Math.max(bitmap.height(), bitmap.width()))).png();
  }

  private static double largest(Tensor v) {
    try (Scope scope = Scope.open()) {
      return v.abs().max().item_double();
    }
  }

  private static byte[] side(Tensor left, Tensor right, Box box) {
    Tensor both = torch.cat(new TensorVector(left, right), 3);
    Bitmap bitmap = Bitmap.of(both, box.low(), box.high());
    return bitmap.magnified(Math.max(1, 240 / bitmap.width())).png();
  }

  private static List<String> row(String name, FoolingRate rate) {
    return rate.n() == 0
        ? List.of(name, "not measured", "", "0", "0")
        : List.of(
            name,
            percent(rate),
            "%.1f to %.1f %%".formatted(100 * rate.interval().low(), 100 * rate.interval().high()),
            "%,d".formatted(rate.fooled()),
            "%,d".formatted(rate.n()));
  }

  private static String percent(FoolingRate rate) {
    return rate.n() == 0 ? "not measured" : "%.1f %%".formatted(100 * rate.rate());
  }

  private static String name(List<String> names, int answer) {
    return answer < names.size() ? names.get(answer) : "class " + answer;
  }
}
