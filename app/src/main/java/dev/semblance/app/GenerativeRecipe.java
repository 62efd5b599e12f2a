package dev.semblance.app;

import dev.semblance.generative.Family;
import dev.semblance.generative.autoencoder.AutoencoderFamily;
import dev.semblance.generative.diffusion.DiffusionFamily;
import dev.semblance.generative.flow.FlowFamily;
import dev.semblance.generative.gan.GanFamily;
import dev.semblance.generative.vae.VaeFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A way to model data: a family with its settings, and what it changes of the common ones.
 *
 * @param name on the command line
 * @param summary one line
 * @param changes of the common settings: key, value, key, value ...
 * @param start the family with the settings it starts from; a record
 */
record GenerativeRecipe(
    String name, String summary, List<Object> changes, Supplier<Family<?>> start) {
  // Made when asked for: a list of recipes needs their names only.

  /** The common settings it starts from. */
  GenerativeSettings common() {
    return SettingsReader.changed(GenerativeSettings.defaults(), changes.toArray());
  }

  /** The family with the settings it starts from. */
  Family<?> family() {
    return start.get();
  }

  /** All of them, in the order they are listed. */
  static List<GenerativeRecipe> all() {
    List<GenerativeRecipe> all = new ArrayList<>();
    all.add(
        of(
            "ae",
            "autoencoder: an image through a narrow code and back (baldi1989neural)",
            AutoencoderFamily::of));
    all.add(
        of(
            "sparse-ae",
            "autoencoder of which few code values are on at a time (ng2011sparse)",
            AutoencoderFamily::sparse));
    all.add(
        of(
            "denoising-ae",
            "autoencoder of damaged images that gives back whole ones (vincent2010stacked)",
            AutoencoderFamily::denoising));
    all.add(
        of(
            "vae",
            "variational autoencoder, a bound on the density of binarised pixels (kingma2014auto)",
            VaeFamily::of));
    all.add(
        of(
            "iwae",
            "the same with the tighter bound of 50 codes for each image (burda2016importance)",
            VaeFamily::importanceWeighted,
            // burda2016importance, section 5.1; its 3,280 epochs and their rates are --set.
            "batch",
            20,
            "epsilon",
            1e-4));
    all.add(
        gan(
            "gan",
            "two players with linear layers, the non-saturating loss (goodfellow2014generative)",
            GanFamily::gan));
    all.add(gan("dcgan", "two convolutional players (radford2016unsupervised)", GanFamily::dcgan));
    all.add(gan("cgan", "the same, both told the class (mirza2014conditional)", GanFamily::cgan));
    all.add(
        of(
            "wgan-gp",
            "a critic with a penalised gradient, five steps for one (gulrajani2017improved)",
            GanFamily::wganGp,
            // gulrajani2017improved, Algorithm 1.
            "rate",
            1e-4,
            "beta1",
            0.0,
            "beta2",
            0.9,
            "batch",
            64,
            "ema",
            0.999));
    all.add(
        flow(
            "realnvp",
            "flow of affine couplings, the exact density of dequantised pixels (dinh2017density)",
            FlowFamily::realnvp));
    all.add(
        flow(
            "glow",
            "flow with normalised activations and mixed channels (kingma2018glow)",
            FlowFamily::glow));
    all.add(
        flow(
            "spline-flow",
            "flow of rational-quadratic splines, the sharpest here (durkan2019neural)",
            FlowFamily::splineFlow));
    all.add(
        flow(
            "maf",
            "masked autoregressive flow: fast densities, slow draws (papamakarios2017masked)",
            FlowFamily::maf));
    all.add(
        diffusion(
            "ddpm", "predicts the noise in an image (ho2020denoising)", DiffusionFamily::ddpm));
    all.add(
        diffusion(
            "edm",
            "denoiser with preconditioning, draws in few steps (karras2022elucidating)",
            DiffusionFamily::edm));
    all.add(
        diffusion(
            "flow-matching",
            "straight paths from noise to image (lipman2023flow)",
            DiffusionFamily::flowMatching));
    return List.copyOf(all);
  }

  /** radford2016unsupervised, section 4; an average of the generator is drawn from. */
  private static GenerativeRecipe gan(String name, String summary, Supplier<Family<?>> family) {
    return of(name, summary, family, "rate", 2e-4, "beta1", 0.5, "ema", 0.999);
  }

  /** A start for a small U-Net on digits; not yet measured at full length. */
  private static GenerativeRecipe diffusion(
      String name, String summary, Supplier<Family<?>> family) {
    return of(
        name,
        summary,
        family,
        "rate",
        1e-3,
        "schedule",
        "cosine",
        "warmup",
        500,
        "clip",
        1,
        "ema",
        0.999,
        "sample_every",
        2);
  }

  /** A start for small flows on digits; not yet measured at full length. */
  private static GenerativeRecipe flow(String name, String summary, Supplier<Family<?>> family) {
    return of(
        name,
        summary,
        family,
        "epochs",
        10,
        "batch",
        64,
        "rate",
        2e-3,
        "beta2",
        0.99,
        "schedule",
        "cosine",
        "warmup",
        200,
        "clip",
        1,
        "ema",
        0.999);
  }

  private static GenerativeRecipe of(
      String name, String summary, Supplier<Family<?>> family, Object... changes) {
    return new GenerativeRecipe(name, summary, List.of(changes), family);
  }

  /** The recipe of that name, if it is one of these. */
  static Optional<GenerativeRecipe> named(String name) {
    return all().stream().filter(recipe -> recipe.name.equals(name)).findFirst();
  }

  static List<String> names() {
    return all().stream().map(GenerativeRecipe::name).toList();
  }
}
