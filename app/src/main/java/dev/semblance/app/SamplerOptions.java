package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.generative.Sampler;
import dev.semblance.generative.flow.Flow;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How images are drawn, where a model leaves a choice. */
final class SamplerOptions {
  @Option(
      names = "--sampler",
      paramLabel = "NAME",
      description =
          "Of a diffusion model: ddpm, ddim, ancestral, euler, heun, dpmpp-2m or plms; default"
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
      names = "--temperature",
      paramLabel = "T",
      description =
          "Of a flow: deviation of the noise it starts from; below 1 images are more usual; default"
              + " 1.")
  private @Nullable Double temperature;

  /** The model drawn from as asked; what it has no use for is refused. */
  Sampler apply(Sampler model, OpenedGenerator opened) {
    String step =
        sampler != null
            ? "--sampler"
            : steps != null
                ? "--steps"
                : guidance != null ? "--guidance" : eta != null ? "--eta" : "";
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

  /** What was asked for, into a recipe of samples. */
  void describe(ObjectNode node) {
    if (sampler != null) {
      node.put("sampler", sampler);
    }
    if (steps != null) {
      node.put("steps", steps);
    }
    if (guidance != null) {
      node.put("guidance", guidance);
    }
    if (eta != null) {
      node.put("eta", eta);
    }
    if (temperature != null) {
      node.put("temperature", temperature);
    }
  }
}
