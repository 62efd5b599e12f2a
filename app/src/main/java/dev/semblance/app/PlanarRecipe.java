package dev.semblance.app;

import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Family;
import dev.semblance.generative.autoencoder.Activation;
import dev.semblance.generative.autoencoder.Body;
import dev.semblance.generative.diffusion.DiffusionFamily;
import dev.semblance.generative.flow.FlowFamily;
import dev.semblance.generative.gan.GanFamily;
import dev.semblance.generative.vae.Binarisation;
import dev.semblance.generative.vae.PixelModel;
import dev.semblance.generative.vae.VaeFamily;
import java.util.List;

/**
 * A family at the size that points of the plane need, and how it is trained in seconds.
 *
 * @param family of the model
 * @param deviation that points are brought to
 * @param steps of the training
 * @param batch points of a step
 * @param rate of Adam
 */
record PlanarRecipe(
    String name, Family<?> family, double deviation, long steps, int batch, double rate) {
  static final List<String> NAMES =
      List.of("realnvp", "spline-flow", "maf", "vae", "gan", "wgan-gp", "edm", "flow-matching");

  static PlanarRecipe named(String name) {
    return switch (name) {
      case "realnvp" ->
          new PlanarRecipe(name, flow(FlowFamily.realnvp(), 0, 8, 64, 2), 1, 1500, 256, 2e-3);
      case "spline-flow" ->
          new PlanarRecipe(name, flow(FlowFamily.splineFlow(), 16, 3, 64, 2), 1, 1500, 256, 2e-3);
      case "maf" -> new PlanarRecipe(name, flow(FlowFamily.maf(), 0, 8, 64, 2), 1, 1500, 256, 2e-3);
      case "vae" -> new PlanarRecipe(name, vae(), 1, 3000, 256, 2e-3);
      case "gan" -> new PlanarRecipe(name, gan(GanFamily.gan(), 1), 1, 4000, 256, 1e-3);
      case "wgan-gp" -> new PlanarRecipe(name, gan(GanFamily.wganGp(), 5), 1, 5000, 256, 1e-3);
      // karras2022elucidating expects data of this deviation.
      case "edm" -> new PlanarRecipe(name, diffusion(DiffusionFamily.edm()), 0.5, 4000, 512, 2e-3);
      case "flow-matching" ->
          new PlanarRecipe(name, diffusion(DiffusionFamily.flowMatching()), 1, 4000, 512, 2e-3);
      default -> throw Problem.usage("--family: " + Nearest.message("family", name, NAMES));
    };
  }

  Family.Course course(long seed, long planned) {
    return new Family.Course(
        new Update.Config(optimizer(), new Schedule.WarmUp(50, Schedule.Cosine.of()), 10),
        0.99,
        dev.semblance.core.data.Augmentation.none(),
        seed,
        planned);
  }

  private Optimizer optimizer() {
    return switch (name) {
      case "gan" -> new Optimizer.Adam(rate, 0.5, 0.999, 1e-8, 0); // radford2016unsupervised, 4
      case "wgan-gp" -> new Optimizer.Adam(rate, 0, 0.9, 1e-8, 0); // gulrajani2017improved, Alg. 1
      default -> Optimizer.Adam.of(rate);
    };
  }

  private static FlowFamily flow(FlowFamily like, int bins, int steps, int hidden, int depth) {
    return new FlowFamily(
        like.layout(),
        like.transform(),
        bins,
        0,
        steps,
        hidden,
        depth,
        like.plu(),
        like.lambda(),
        false,
        0);
  }

  private static VaeFamily vae() {
    VaeFamily of = VaeFamily.of();
    return new VaeFamily(
        Body.MLP,
        64,
        2,
        Activation.RELU,
        2,
        PixelModel.LEARNED_GAUSSIAN,
        0.5,
        Binarisation.NONE,
        true,
        false,
        of.labelDropout(),
        1,
        of.gradient(),
        1,
        0,
        0);
  }

  private static GanFamily gan(GanFamily like, int discriminatorSteps) {
    ObjectChange change = new ObjectChange(like);
    return change
        .with("players", "mlp")
        .with("width", 64)
        .with("depth", 2)
        .with("latent", 8)
        .with("prior", "gaussian")
        .with("discriminator_steps", discriminatorSteps)
        .family(like);
  }

  private static DiffusionFamily diffusion(DiffusionFamily like) {
    return new ObjectChange(like).with("width", 96).with("levels", 3).family(like);
  }

  /** Some settings of a family replaced, by their keys. */
  private record ObjectChange(com.fasterxml.jackson.databind.node.ObjectNode node) {
    ObjectChange(Object like) {
      this(RecordKeys.write(like));
    }

    ObjectChange with(String key, int value) {
      node.put(key, value);
      return this;
    }

    ObjectChange with(String key, String value) {
      node.put(key, value);
      return this;
    }

    <F> F family(F like) {
      return RecordKeys.read(node, like);
    }
  }
}
