package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.generative.Sampler;
import dev.semblance.generative.diffusion.Diffusion;
import dev.semblance.generative.diffusion.Parameterisation;
import dev.semblance.generative.diffusion.SamplingPlan;
import dev.semblance.generative.diffusion.SamplingPlan.Grid;
import dev.semblance.generative.diffusion.SamplingPlan.Method;
import dev.semblance.generative.flow.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How images are drawn, where a model leaves a choice. */
final class SamplerOptions {
  @Option(
      names = "--sampler",
      paramLabel = "NAME",
      description =
          "Of a diffusion model: ddim, ancestral, euler, heun, dpmpp-2m or plms; default"
              + " dpmpp-2m.")
  private @Nullable String sampler;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Of the sampler of a diffusion model; default 20.")
  private @Nullable Integer steps;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description = "Of a diffusion model towards the class: 1 as trained, 0 none; default 1.")
  private @Nullable Double guidance;

  @Option(
      names = "--eta",
      paramLabel = "E",
      description = "Share of fresh noise in each step of ddim, 0 to 1; default 0.")
  private @Nullable Double eta;

  @Option(
      names = "--grid",
      paramLabel = "NAME",
      description =
          "Where the steps of a diffusion model lie: karras, uniform-lambda, cosine, even-time,"
              + " linspace, leading or trailing; default karras, of ddim and ancestral with the"
              + " recipe ddpm trailing.")
  private @Nullable String grid;

  @Option(
      names = "--fit-codes",
      paramLabel = "D",
      description =
          "Of an autoencoder, which cannot be drawn from by itself: fit a normal distribution to"
              + " the codes of D's training images and decode draws from it.")
  private @Nullable String codesOf;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description =
          "Of a flow: deviation of the noise it starts from; below 1 images are more usual; default"
              + " 1.")
  private @Nullable Double temperature;

  /** The model drawn from as asked; what it has no use for is refused. */
  Sampler apply(Sampler model, OpenedGenerator opened) {
    if (model instanceof Diffusion diffusion) {
      return diffusion.withPlan(plan(diffusion));
    }
    String step =
        sampler != null
            ? "--sampler"
            : steps != null
                ? "--steps"
                : guidance != null
                    ? "--guidance"
                    : grid != null ? "--grid" : eta != null ? "--eta" : "";
    if (!step.isEmpty()) {
      throw Problem.usage(
          "%s: %s draws an image in one go and has no steps; leave it out, or train ddpm, edm or flow-matching"
              .formatted(step, opened.recipe()));
    }
    if (temperature == null) {
      return model;
    }
    if (!(model instanceof Flow flow)) {
      throw Problem.usage(
          "--temperature: %s is no flow; leave it out, or train realnvp, glow or spline-flow"
              .formatted(opened.recipe()));
    }
    if (!(temperature > 0)) {
      throw Problem.usage("--temperature must be > 0, got " + temperature);
    }
    return flow.tempered(temperature);
  }

  private SamplingPlan plan(Diffusion model) {
    if (temperature != null) {
      throw Problem.usage(
          "--temperature: a diffusion model has none; leave it out, or take --guidance with"
              + " --class");
    }
    Method method = named("--sampler", sampler == null ? "dpmpp-2m" : sampler, Method.values());
    boolean chain =
        (method == Method.DDIM || method == Method.ANCESTRAL)
            && (model.architecture().parameterisation() == Parameterisation.EPSILON
                || model.architecture().parameterisation() == Parameterisation.V);
    Grid lie =
        grid == null
            ? chain ? Grid.TRAILING : SamplingPlan.of().grid()
            : named("--grid", grid, Grid.values());
    if (eta != null && method != Method.DDIM) {
      throw Problem.usage("--eta: only ddim has it; take --sampler ddim, or leave it out");
    }
    try {
      return new SamplingPlan(
          method,
          steps == null ? SamplingPlan.of().steps() : steps,
          lie,
          eta == null ? 0 : eta,
          guidance == null ? 1 : guidance,
          false);
    } catch (IllegalArgumentException e) {
      throw Problem.usage("--" + e.getMessage());
    }
  }

  private static <E extends Enum<E>> E named(String option, String name, E[] all) {
    List<String> known = new ArrayList<>();
    for (E one : all) {
      known.add(one.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }
    int at = known.indexOf(name);
    if (at < 0) {
      throw Problem.usage(option + ": " + Nearest.message("name", name, known));
    }
    return all[at];
  }

  /** Data whose codes an autoencoder's are taken to be spread like; none given: null. */
  @Nullable String codesOf() {
    return codesOf;
  }

  /** What was asked for, into a recipe of samples. */
  void describe(ObjectNode node) {
    if (sampler != null) {
      node.put("sampler", sampler);
    }
    if (steps != null) {
      node.put("steps", steps);
    }
    if (grid != null) {
      node.put("grid", grid);
    }
    if (guidance != null) {
      node.put("guidance", guidance);
    }
    if (eta != null) {
      node.put("eta", eta);
    }
    if (codesOf != null) {
      node.put("codes_of", codesOf);
    }
    if (temperature != null) {
      node.put("temperature", temperature);
    }
  }
}
