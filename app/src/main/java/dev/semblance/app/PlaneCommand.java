package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.app.report.plate.Plate;
import dev.semblance.app.report.plate.PlatePage;
import dev.semblance.core.data.synthetic.ExactDensity;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.file.Atomic;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.diffusion.Diffusion;
import dev.semblance.generative.flow.Flow;
import dev.semblance.generative.gan.Gan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Trains a small model of points of the plane and draws what it has learnt. */
@Command(
    name = "plane",
    description =
        "Train a small model of points of the plane in seconds and draw it: density, samples, a"
            + " flow's bent grid, a diffusion model's film, a GAN's discriminator.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class PlaneCommand implements Callable<Integer> {
  private static final int FRESH = 4000;
  private static final int MEASURED = 2000;
  private static final double BLUR = 0.1;

  @ParentCommand private Main main;
  @Spec private CommandSpec spec;

  @Option(
      names = "--family",
      required = true,
      paramLabel = "NAME",
      description = "realnvp, spline-flow, maf, vae, gan, wgan-gp, edm or flow-matching.")
  private String family;

  @Option(
      names = "--data",
      defaultValue = "moons",
      paramLabel = "D",
      description = "moons, rings, 8-gaussians or checkerboard; default ${DEFAULT-VALUE}.")
  private String data;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Of the training; default by family, some seconds.")
  private @Nullable Long steps;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "After which the training ends at the latest.")
  private @Nullable Double seconds;

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Of points and model; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "For the page and the pictures.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    PlanarRecipe recipe = PlanarRecipe.named(family);
    PlanarTruth truth = PlanarTruth.named(data);
    long planned = steps == null ? recipe.steps() : steps;
    if (planned < 1) {
      throw Problem.usage("--steps must be >= 1, got " + planned);
    }
    if (seconds != null && !(seconds > 0)) {
      throw Problem.usage("--seconds must be > 0, got " + seconds);
    }
    double most = seconds == null ? Double.POSITIVE_INFINITY : seconds;
    try (Interruption interruption = Interruption.watch(output)) {
      output.log("training %s on %s, %,d steps".formatted(family, data, planned));
      try (PlanarModel model =
          PlanarModel.train(
              recipe, truth, seed, planned, spent -> spent >= most || interruption.wished())) {
        if (interruption.wished()) {
          output.log("stopped after step %,d as asked".formatted(model.steps()));
        }
        write(output, recipe, truth, model);
      }
      return interruption.wished() ? 1 : 0;
    }
  }

  private void write(Output output, PlanarRecipe recipe, PlanarTruth truth, PlanarModel model)
      throws IOException {
    double[][] fresh = fresh(truth);
    double[][] samples = model.sample(FRESH, seed);
    ObjectNode result = numbers(truth, model, fresh, samples);
    Sheet drawn = new Sheet(new ArrayList<>(), new PlanarPictures(truth, model));
    PlatePage page = page(truth, model, result);
    sections(page, truth, model, recipe, fresh, samples, result, drawn);
    page.section("Provenance", "What it was made of.");
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("family", recipe.family().toString());
    facts.put("data", truth.density().toString() + ", 20,000 points");
    facts.put(
        "training",
        "%,d steps of %d points, Adam at %s"
            .formatted(model.steps(), recipe.batch(), recipe.rate()));
    facts.put("weights", "%,d".formatted(model.net().weights().count()));
    facts.put("seed", Long.toString(seed));
    facts.put(
        "semblance", Provenance.semblanceVersion() + ", revision " + Provenance.gitRevision());
    Path written = page.facts(facts).write(out);
    for (Named picture : drawn.all) {
      Atomic.text(out.resolve(picture.name + ".svg"), standalone(picture.markup));
    }
    tell(output, truth, result);
    output.line("page: " + written);
    result.put("page", written.toString());
    output.result(result);
  }

  /** A picture and the name of its file. */
  private record Named(String name, String markup) {}

  /** The pictures made so far, and who makes them. */
  private record Sheet(List<Named> all, PlanarPictures by) {
    Plate plate(String name, String markup, int width, String caption) {
      all.add(new Named(name, markup));
      return new Plate.Svg(markup, width, caption);
    }
  }

  private static String standalone(String markup) {
    return markup.replaceFirst("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ") + "\n";
  }

  private double[][] fresh(PlanarTruth truth) {
    double[][] places = new double[FRESH][2];
    try (Scope scope = Scope.open()) {
      // Other points than those of the training.
      float[] flat = Ops.toFloats(truth.density().sample(FRESH, Rng.mix(seed + 1)));
      for (int i = 0; i < flat.length; i++) {
        places[i / 2][i % 2] = flat[i];
      }
    }
    return places;
  }

  private ObjectNode numbers(
      PlanarTruth truth, PlanarModel model, double[][] fresh, double[]... samples) {
    ObjectNode node = Output.object();
    node.put("family", family).put("data", data).put("seed", seed);
    node.put("steps", model.steps()).put("seconds", model.seconds());
    node.put("samples", FRESH);
    near(node, "near", truth, samples);
    near(node, "near_data", truth, fresh);
    int[] counts = new int[truth.modes()];
    for (double[] sample : samples) {
      if (truth.isNear(sample[0], sample[1])) {
        counts[truth.mode(sample[0], sample[1])]++;
      }
    }
    // A tenth of a fair share: chance alone does not go below it.
    long hit = Arrays.stream(counts).filter(c -> c >= FRESH / (10.0 * counts.length)).count();
    node.put("modes", truth.modes()).put("modes_hit", hit);
    if (model.hasDensity()) {
      double[][] measured = Arrays.copyOf(fresh, MEASURED);
      double[] logs = model.logDensity(measured);
      node.put("kind", model.kind().orElseThrow().toString());
      mean(node, "log_density", logs);
      truth
          .exact()
          .ifPresent(
              exact -> {
                double[] gap = PlanarPictures.logs(exact, measured);
                for (int i = 0; i < gap.length; i++) {
                  gap[i] -= logs[i];
                }
                mean(node, "kl", gap);
              });
    }
    return node;
  }

  private static void near(ObjectNode node, String name, PlanarTruth truth, double[]... places) {
    long near = Arrays.stream(places).filter(place -> truth.isNear(place[0], place[1])).count();
    Interval interval = Interval.wilson(near, places.length);
    node.put(name, (double) near / places.length);
    node.putArray(name + "_ci").add(interval.low()).add(interval.high());
  }

  private static void mean(ObjectNode node, String name, double... values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    node.put(name, mean);
    node.put(name + "_standard_error", Math.sqrt(squares / (values.length - 1.0) / values.length));
  }

  private static void tell(Output output, PlanarTruth truth, ObjectNode node) {
    output.line(
        "%,d steps in %.1f s"
            .formatted(node.path("steps").asLong(), node.path("seconds").asDouble()));
    output.line(
        "samples %s: %.1f %% (of the data %.1f %%), %d of %d modes"
            .formatted(
                truth.nearness(),
                100 * node.path("near").asDouble(),
                100 * node.path("near_data").asDouble(),
                node.path("modes_hit").asInt(),
                node.path("modes").asInt()));
    if (node.has("log_density")) {
      output.line(
          "log-density of fresh points %.3f ± %.3f nats (%s)%s"
              .formatted(
                  node.path("log_density").asDouble(),
                  1.96 * node.path("log_density_standard_error").asDouble(),
                  node.path("kind").asText(),
                  divergence(node)));
    }
    if (node.has("discriminator_error")) {
      output.line(
          "discriminator: mean distance %.3f from p/(p + q), value %.3f (-2 log 2 = -1.386)"
              .formatted(
                  node.path("discriminator_error").asDouble(), node.path("value").asDouble()));
    }
  }

  private static String divergence(ObjectNode node) {
    return node.has("kl")
        ? ", KL(data, model) %.3f ± %.3f"
            .formatted(node.path("kl").asDouble(), 1.96 * node.path("kl_standard_error").asDouble())
        : "";
  }

  private PlatePage page(PlanarTruth truth, PlanarModel model, ObjectNode node) {
    PlatePage page = PlatePage.of(family + " on " + data, Provenance.command(spec));
    page.headline(
        "samples " + truth.nearness(), "%.1f %%".formatted(100 * node.path("near").asDouble()));
    page.headline("modes", node.path("modes_hit").asText() + " of " + node.path("modes").asText());
    if (node.has("kl")) {
      page.headline("KL(data, model), nats", "%.3f".formatted(node.path("kl").asDouble()));
    }
    page.headline("trained in", "%.1f s".formatted(model.seconds()));
    return page;
  }

  private void sections(
      PlatePage page,
      PlanarTruth truth,
      PlanarModel model,
      PlanarRecipe recipe,
      double[][] fresh,
      double[][] samples,
      ObjectNode result,
      Sheet drawn)
      throws IOException {
    Files.createDirectories(out);
    List<Plate> plates = new ArrayList<>();
    ExactDensity exact = truth.exact().orElse(null);
    if (exact != null) {
      plates.add(
          drawn.plate(
              "truth", drawn.by.truth(exact), PlanarPictures.SIDE, "The density of the data."));
    }
    if (model.hasDensity()) {
      plates.add(
          drawn.plate(
              "density",
              drawn.by.density(exact == null ? Double.NaN : drawn.by.peak(exact)),
              PlanarPictures.SIDE,
              "The model's density (%s)%s."
                  .formatted(
                      result.path("kind").asText(),
                      exact == null ? "" : ", as dark as the data's where it is as high")));
    }
    plates.add(
        drawn.plate(
            "samples",
            drawn.by.samples(fresh, samples),
            PlanarPictures.SIDE,
            "Samples (orange) over data (blue)."));
    page.section("What it has learnt", "Points of " + truth.density() + ".");
    page.plates(plates);
    switch (model.net()) {
      case Flow flow -> {
        page.section(
            "The bent grid",
            "A flow bends the plane of its noise into that of the data: these are the images of an"
                + " even grid from -3 to 3. Where lines crowd, the density is high.");
        page.plates(
            List.of(
                drawn.plate(
                    "grid",
                    drawn.by.warped(flow, fresh),
                    PlanarPictures.SIDE,
                    "Lines of equal first (green) and second (orange) noise, over data.")));
      }
      case Diffusion diffusion -> {
        page.section(
            "The film",
            "The same points while their noise is taken away; each frame is brought to the size of"
                + " the data.");
        List<Plate> frames = new ArrayList<>();
        for (PlanarPictures.Frame frame : drawn.by.film(diffusion, recipe.deviation(), seed)) {
          frames.add(
              drawn.plate(
                  "film-" + (frames.size() + 1),
                  frame.markup(),
                  PlanarPictures.FRAME,
                  "noise %.3g times the data's deviation".formatted(frame.sigma())));
        }
        page.plates(frames);
      }
      case Gan gan -> players(page, gan, fresh, samples, result, drawn);
      default -> {}
    }
  }

  private void players(
      PlatePage page,
      Gan gan,
      double[][] fresh,
      double[][] samples,
      ObjectNode result,
      Sheet drawn) {
    if (family.equals("wgan-gp")) {
      page.section(
          "The critic",
          "It estimates how much more there is of data than of samples, up to a constant and a"
              + " factor: orange low, blue high.");
      page.plates(
          List.of(
              drawn.plate(
                  "critic", drawn.by.critic(gan), PlanarPictures.SIDE, "The critic's value.")));
      return;
    }
    PlanarPictures.Smooth p = new PlanarPictures.Smooth(fresh, BLUR);
    PlanarPictures.Smooth q = new PlanarPictures.Smooth(samples, BLUR);
    double error = 0;
    double value = 0;
    for (double[][] half : new double[][][] {fresh, samples}) {
      double[] judged = drawn.by.judged(gan, half);
      for (int i = 0; i < half.length; i++) {
        error += Math.abs(judged[i] - PlanarPictures.share(p, q, half[i])) / (2.0 * half.length);
        value += Math.log(Math.max(1e-12, half == fresh ? judged[i] : 1 - judged[i])) / half.length;
      }
    }
    result.put("discriminator_error", error).put("value", value);
    page.section(
        "The discriminator",
        "The best one says p/(p + q), data against samples (goodfellow2014generative, Proposition"
            + " 1): blue where there are more data, orange where there are more samples, white"
            + " where it cannot tell. p and q are blurred points here.");
    page.plates(
        List.of(
            drawn.plate(
                "discriminator",
                drawn.by.discriminator(gan),
                PlanarPictures.SIDE,
                "What it says. Its value is %.3f; a perfect generator leads to -2 log 2 = -1.386."
                    .formatted(value)),
            drawn.plate(
                "best",
                drawn.by.best(p, q),
                PlanarPictures.SIDE,
                "p/(p + q): the mean distance from it, over data and samples, is %.3f."
                    .formatted(error))));
  }
}
