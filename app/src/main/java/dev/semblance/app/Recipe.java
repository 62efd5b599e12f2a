package dev.semblance.app;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Something that can be trained: a loss with its settings, and what it changes of the common ones.
 *
 * @param name on the command line
 * @param summary one line
 * @param common settings it starts from
 * @param loss settings it starts from
 * @param twoViews whether labels are ignored and each image is a class of two views
 */
record Recipe(String name, String summary, Settings common, LossSettings loss, boolean twoViews) {

  /** All of them, in the order they are listed. */
  static List<Recipe> all() {
    List<Recipe> all = new ArrayList<>();
    all.add(
        of(
            "triplet",
            "triplet loss on all semi-hard triplets (schroff2015facenet)",
            LossSettings.Triplet.of("semi-hard"),
            s -> s));
    all.add(
        of(
            "triplet-facenet",
            "triplet loss, one semi-hard negative for each pair",
            LossSettings.Triplet.of("facenet"),
            s -> s));
    all.add(
        of(
            "batch-hard",
            "soft-margin triplet loss, hardest pair of each anchor (hermans2017defense)",
            LossSettings.Triplet.batchHard(),
            s -> with(s, "normalize", false, "measure", "euclidean")));
    all.add(
        of(
            "distance-weighted",
            "triplet loss, negatives drawn evenly over distance (wu2017sampling)",
            LossSettings.Triplet.of("distance-weighted"),
            s -> s));
    all.add(
        of(
            "contrastive",
            "positive pairs together, negative pairs apart up to a margin"
                + " (hadsell2006dimensionality)",
            LossSettings.Contrastive.of(),
            s -> s));
    all.add(
        of(
            "naive",
            "positive pairs only: shows the collapse; cured by variance=25 covariance=1"
                + " attraction=25",
            LossSettings.Naive.of(),
            s -> with(s, "normalize", false, "measure", "euclidean")));
    all.add(
        of(
            "class-rank",
            "class A closer to B than C is, for the relations you give",
            LossSettings.ClassRank.of(),
            s -> s));
    all.add(
        of(
            "softmax",
            "classify, then drop the head",
            LossSettings.Softmax.of(),
            s -> shuffled(with(s, "normalize", false))));
    all.add(
        of(
            "normalized-softmax",
            "softmax on the cosine to unit class vectors (wang2017normface)",
            LossSettings.NormalizedSoftmax.of(),
            s -> shuffled(with(s, "normalize", false))));
    all.add(
        of(
            "cosface",
            "softmax with a margin on the cosine (wang2018cosface)",
            LossSettings.CosFace.of(),
            Recipe::shuffled));
    all.add(
        of(
            "arcface",
            "softmax with a margin on the angle (deng2019arcface)",
            LossSettings.ArcFace.of(),
            Recipe::shuffled));
    all.add(
        new Recipe(
            "nt-xent",
            "without labels: two augmented views of an image belong together (chen2020simple)",
            shuffled(
                with(
                    Settings.defaults(),
                    "batch",
                    256,
                    "flip",
                    0.5,
                    "shift",
                    3,
                    "rotation",
                    10,
                    "zoom",
                    0.2,
                    "erase",
                    0.25)),
            LossSettings.NtXent.of(),
            true));
    all.add(
        of(
            "supcon",
            "all images of a class against all others (khosla2020supervised)",
            LossSettings.SupCon.of(),
            s -> s));
    all.add(
        of(
            "multi-similarity",
            "pairs weighted by how hard they are (wang2019multi)",
            LossSettings.MultiSimilarity.of(),
            s -> s));
    all.add(
        of(
            "proxy-anchor",
            "one learned proxy for each class (kim2020proxy)",
            LossSettings.ProxyAnchor.of(),
            s -> shuffled(with(s, "loss_rate", 10))));
    return List.copyOf(all);
  }

  private static Recipe of(
      String name, String summary, LossSettings loss, UnaryOperator<Settings> change) {
    return new Recipe(name, summary, change.apply(Settings.defaults()), loss, false);
  }

  private static Settings shuffled(Settings settings) {
    return with(settings, "sampler", "shuffled");
  }

  /** A copy with some values replaced: key, value, key, value ... */
  private static Settings with(Settings settings, Object... pairs) {
    return SettingsReader.changed(settings, pairs);
  }

  /** The recipe of that name; one of another pillar is looked for before. */
  static Recipe named(String name) {
    List<Recipe> all = all();
    for (Recipe recipe : all) {
      if (recipe.name.equals(name)) {
        return recipe;
      }
    }
    List<String> known = new ArrayList<>(all.stream().map(Recipe::name).toList());
    known.addAll(GenerativeRecipe.names());
    throw Problem.usage(Nearest.message("recipe", name, known));
  }
}
