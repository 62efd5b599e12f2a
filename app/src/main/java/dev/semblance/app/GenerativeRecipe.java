package dev.semblance.app;

import dev.semblance.generative.Family;
import dev.semblance.generative.vae.VaeFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A way to model data: a family with its settings, and what it changes of the common ones.
 *
 * @param name on the command line
 * @param summary one line
 * @param common settings it starts from
 * @param family with the settings it starts from; a record
 */
record GenerativeRecipe(String name, String summary, GenerativeSettings common, Family<?> family) {

  /** All of them, in the order they are listed. */
  static List<GenerativeRecipe> all() {
    List<GenerativeRecipe> all = new ArrayList<>();
    all.add(
        of(
            "vae",
            "variational autoencoder, a bound on the density of binarised pixels (kingma2014auto)",
            VaeFamily.of()));
    all.add(
        of(
            "iwae",
            "the same with the tighter bound of 50 codes for each image (burda2016importance)",
            VaeFamily.importanceWeighted(),
            // burda2016importance, section 5.1; its 3,280 epochs and their rates are --set.
            "batch",
            20,
            "epsilon",
            1e-4));
    return List.copyOf(all);
  }

  private static GenerativeRecipe of(
      String name, String summary, Family<?> family, Object... changes) {
    return new GenerativeRecipe(
        name, summary, SettingsReader.changed(GenerativeSettings.defaults(), changes), family);
  }

  /** The recipe of that name, if it is one of these. */
  static Optional<GenerativeRecipe> named(String name) {
    return all().stream().filter(recipe -> recipe.name.equals(name)).findFirst();
  }

  static List<String> names() {
    return all().stream().map(GenerativeRecipe::name).toList();
  }
}
