package dev.semblance.app;

import dev.semblance.app.report.plate.Plate;
import dev.semblance.app.report.plate.PlatePage;
import dev.semblance.app.report.plate.Scatter;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Sampler;
import dev.semblance.generative.autoencoder.Autoencoder;
import dev.semblance.generative.autoencoder.SamplingAutoencoder;
import dev.semblance.generative.latent.CodePlane;
import dev.semblance.generative.latent.Coder;
import dev.semblance.generative.latent.Interpolation;
import dev.semblance.generative.latent.Traversal;
import dev.semblance.generative.vae.Vae;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** The page on the codes of a model. */
final class LatentPage {
  private static final int GRID = 16;
  private static final double REACH = 2;
  private static final int STEPS = 11;
  private static final int COORDINATES = 10;
  private static final int PAIRS = 4;
  private static final int SHOWN = 16;
  private static final int SAMPLES = 64;

  private final Coded coded;
  private final Coder coder;
  private final ImageSet set;
  private final long[] rows;
  private final Tensor codes;
  private final CodePlane plane;
  private final long seed;
  private final double[] mean;
  private final double[] deviation;

  /**
   * A page of some images.
   *
   * @param codes of the images {@code rows} of {@code set}; borrowed
   */
  LatentPage(Coded coded, ImageSet set, long[] rows, Tensor codes, CodePlane plane, long seed) {
    this.coded = coded;
    this.coder = coded.coder();
    this.set = set;
    this.rows = rows.clone();
    this.codes = codes;
    this.plane = plane;
    this.seed = seed;
    try (Scope scope = Scope.open()) {
      this.mean = Ops.toDoubles(codes.mean(0));
      this.deviation = Ops.toDoubles(codes.std(new long[] {0}, true, false));
    }
  }

  /** The code values whose variance over the images is above 0.01. */
  int active() {
    return Vae.activeUnits(codes);
  }

  /** The mean peak signal-to-noise ratio of the first images given back, dB. */
  double peakRatio() {
    try (Scope scope = Scope.open()) {
      byte[] before = Ops.toBytes(set.images(first()));
      byte[] after = coded.bytes(coder.decode(codes.narrow(0, 0, first().length)));
      int n = first().length;
      int each = before.length / n;
      return IntStream.range(0, n)
          .mapToDouble(i -> DenoiseCommand.peakRatio(before, after, i * each, each))
          .average()
          .orElseThrow();
    }
  }

  private long[] first() {
    return Arrays.copyOf(rows, Math.min(rows.length, TOGETHER));
  }

  private static final int TOGETHER = 200;

  /** Writes {@code index.html} into a folder. */
  Path write(Path folder, String command, double alike) throws IOException {
    PlatePage page =
        PlatePage.of(
            "The codes that " + coded.opened().recipe() + " makes of " + set.name(), command);
    page.headline("code values active", "%d of %d".formatted(active(), coder.codeWidth()));
    page.headline("nearest code of the same class", "%.1f %%".formatted(100 * alike));
    page.headline("given back at", "%.2f dB".formatted(peakRatio()));
    map(page);
    grid(page);
    traversals(page);
    ways(page);
    reconstructions(page);
    samples(page);
    page.section("Provenance", "What it was made of.");
    Map<String, String> facts = new LinkedHashMap<>();
    coded.opened().origin().properties().forEach(e -> facts.put(e.getKey(), e.getValue().asText()));
    facts.put("data digest", set.digest());
    page.facts(facts);
    return page.write(folder);
  }

  private void map(PlatePage page) {
    page.section(
        "A map of the images",
        coder.codeWidth() == 2
            ? "Each image at its code, coloured by its class."
            : ("Each image at its code, in the plane in which the codes are widest: it shows %.1f"
                    + " %% of their variance. Coloured by class.")
                .formatted(100 * plane.share()));
    try (Scope scope = Scope.open()) {
      double[] places = Ops.toDoubles(plane.places(codes));
      double[] x = new double[rows.length];
      double[] y = new double[rows.length];
      int[] labels = new int[rows.length];
      for (int i = 0; i < rows.length; i++) {
        x[i] = places[2 * i];
        y[i] = places[2 * i + 1];
        labels[i] = set.label((int) rows[i]);
      }
      page.plates(
          List.of(
              new Plate.Svg(
                  Scatter.svg(620, x, y, labels, set.classNames()),
                  620,
                  "%,d images of %s.".formatted(rows.length, set.name()))));
    }
  }

  private void grid(PlatePage page) throws IOException {
    page.section(
        "The plane decoded",
        "What the model makes of places of the same plane, at equal steps to %.0f standard"
                .formatted(REACH)
            + " deviations on each side of the mean.");
    try (Scope scope = Scope.open()) {
      page.plates(List.of(plate(coder.decode(plane.grid(GRID, REACH)), GRID, 560, "")));
    }
  }

  private void traversals(PlatePage page) throws IOException {
    int[] widest =
        IntStream.range(0, coder.codeWidth())
            .boxed()
            .sorted(Comparator.comparingDouble((Integer j) -> -deviation[j]).thenComparing(j -> j))
            .limit(COORDINATES)
            .mapToInt(Integer::intValue)
            .toArray();
    page.section(
        "One value at a time",
        "A row for each of the %d values that vary most: the mean code, with this value %.0f"
                .formatted(widest.length, REACH)
            + " standard deviations below its mean, to as many above.");
    try (Scope scope = Scope.open()) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      float[] centre = new float[mean.length];
      for (int j = 0; j < mean.length; j++) {
        centre[j] = (float) mean[j];
      }
      StringBuilder names = new StringBuilder("Values");
      for (int j : widest) {
        double reach = REACH * deviation[j];
        Traversal traversal = new Traversal(mean[j] - reach, mean[j] + reach, STEPS);
        all.writeBytes(
            coded.bytes(coder.decode(traversal.of(Ops.floats(centre, centre.length), j))));
        names.append(" ").append(j);
      }
      page.plates(
          List.of(
              new Plate.Png(
                  ImageGrid.png(all.toByteArray(), coded.shape(), STEPS).bytes(),
                  520,
                  names + ", from above.")));
    }
  }

  private void ways(PlatePage page) throws IOException {
    int pairs = Math.min(PAIRS, rows.length / 2);
    page.section(
        "Between two images",
        "From the code of one image to that of another, straight and along a great circle.");
    List<Plate> plates = new ArrayList<>();
    for (Interpolation way : Interpolation.values()) {
      try (Scope scope = Scope.open()) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < pairs; i++) {
          Tensor from = codes.select(0, (long) i * (rows.length / pairs));
          Tensor to = codes.select(0, (long) i * (rows.length / pairs) + rows.length / pairs - 1);
          all.writeBytes(coded.bytes(coder.decode(way.between(from, to, STEPS))));
        }
        plates.add(
            new Plate.Png(
                ImageGrid.png(all.toByteArray(), coded.shape(), STEPS).bytes(),
                440,
                way == Interpolation.LINEAR ? "Straight." : "Along a great circle."));
      } catch (IllegalArgumentException e) {
        // Opposite or empty codes have no great circle between them: the straight way is shown.
        plates.add(new Plate.Svg("<svg/>", 440, String.valueOf(e.getMessage())));
      }
    }
    page.plates(plates);
  }

  private void reconstructions(PlatePage page) throws IOException {
    int n = Math.min(SHOWN, rows.length);
    page.section("Given back", "Images above, and what comes back from their codes below.");
    try (Scope scope = Scope.open()) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      long[] some = new long[n];
      List<Integer> places = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        int place = (int) ((long) i * rows.length / n);
        some[i] = rows[place];
        places.add(place);
      }
      all.writeBytes(Ops.toBytes(set.images(some)));
      Tensor chosen =
          codes.index_select(0, Ops.longs(places.stream().mapToLong(Integer::longValue).toArray()));
      all.writeBytes(coded.bytes(coder.decode(chosen)));
      page.plates(
          List.of(
              new Plate.Png(
                  ImageGrid.png(all.toByteArray(), coded.shape(), n).bytes(),
                  Math.min(900, n * 46),
                  "")));
    }
  }

  private void samples(PlatePage page) throws IOException {
    if (coded.opened().model().net() instanceof Sampler sampler) {
      page.section("Drawn", "Codes drawn from the model's own distribution, decoded.");
      try (Scope scope = Scope.open()) {
        drawn(page, sampler);
      }
    } else if (coded.opened().model().net() instanceof Autoencoder autoencoder) {
      page.section(
          "Drawn from a Gaussian",
          "An autoencoder does not say where its codes lie. Here a Gaussian was fitted to those of"
              + " the map: what is drawn from it and decoded shows how far they are from one.");
      try (Scope scope = Scope.open();
          SamplingAutoencoder fitted = SamplingAutoencoder.fit(autoencoder, codes)) {
        drawn(page, fitted);
      }
    }
  }

  private void drawn(PlatePage page, Sampler sampler) throws IOException {
    Tensor images = sampler.sample(Noise.of(seed, 0, SAMPLES), Condition.none());
    page.plates(List.of(plate(images, 16, 560, "")));
  }

  private Plate plate(Tensor images, int columns, int width, String caption) throws IOException {
    return new Plate.Png(
        ImageGrid.png(coded.bytes(images), coded.shape(), columns).bytes(), width, caption);
  }
}
