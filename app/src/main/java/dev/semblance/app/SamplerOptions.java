package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How images are drawn from a model that turns noise into them step by step. */
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

  /** Refuses what the model has no use for. */
  void refuseFor(OpenedGenerator model) {
    String given =
        sampler != null
            ? "--sampler"
            : steps != null ? "--steps" : guidance != null ? "--guidance" : "--eta";
    if (sampler != null || steps != null || guidance != null || eta != null) {
      throw Problem.usage(
          "%s: %s draws an image in one go and has no steps; leave it out, or train ddpm, edm or flow-matching"
              .formatted(given, model.recipe()));
    }
  }

  /** What was asked for, into a recipe of samples. */
  void describe(ObjectNode node) {}
}
