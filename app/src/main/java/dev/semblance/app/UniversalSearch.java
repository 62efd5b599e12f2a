package dev.semblance.app;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.universal.DeepFoolUniversal;
import dev.semblance.adversarial.universal.Panel;
import dev.semblance.adversarial.universal.Sga;
import dev.semblance.adversarial.universal.SingularVector;
import dev.semblance.adversarial.universal.Spgd;
import dev.semblance.adversarial.universal.Stage;
import dev.semblance.adversarial.universal.UniversalAttack;
import dev.semblance.adversarial.universal.UniversalPerturbation;
import dev.semblance.core.nn.Flatten;
import dev.semblance.core.nn.Layer;
import dev.semblance.core.nn.Layered;
import dev.semblance.core.store.Model;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The search that the user asked for.
 *
 * @param method sga, spgd, deepfool or singular
 * @param passes over the images, or null for the method's own number
 * @param stage of singular: a number of layers, features, logits or auto
 * @param q of singular
 */
record UniversalSearch(String method, @Nullable Integer passes, String stage, double q, long seed) {
  /**
   * What was found.
   *
   * @param model that was attacked
   * @param attack what found it, in words
   * @param forwards of all that was tried
   */
  record Found(
      Classifier model,
      Tensor perturbation,
      List<Double> climb,
      String climbs,
      String attack,
      long forwards,
      long backwards) {}

  Found find(TargetModel target, Tensor images, Ball ball) {
    Classifier model =
        target
            .classifier()
            .orElseThrow(
                () -> Problem.usage(target.spec() + ": gives no gradients, which --method needs"));
    return switch (method) {
      case "sga" -> {
        Sga usual = Sga.of(ball, seed);
        Sga sga =
            new Sga(
                ball,
                usual.stepSize(),
                passes == null ? usual.passes() : passes,
                usual.batch(),
                usual.inner(),
                usual.sweeps(),
                usual.most(),
                seed);
        long steps = (long) sga.passes() * sga.sweeps() * images.size(0);
        yield gradient(sga, model, images, steps);
      }
      case "spgd" -> {
        Spgd usual = Spgd.of(ball, seed);
        Spgd spgd =
            new Spgd(
                ball,
                usual.stepSize(),
                passes == null ? enough(usual, images.size(0)) : passes,
                usual.batch(),
                usual.most(),
                seed);
        yield gradient(spgd, model, images, (long) spgd.passes() * images.size(0));
      }
      case "deepfool" -> {
        DeepFoolUniversal usual = DeepFoolUniversal.of(ball, seed);
        DeepFoolUniversal universal =
            new DeepFoolUniversal(
                ball,
                usual.deepFool(),
                usual.enough(),
                passes == null ? usual.passes() : passes,
                usual.batch(),
                seed);
        // What DeepFool needs is not known before: about 40 rows an image and pass.
        yield gradient(universal, model, images, 40L * universal.passes() * images.size(0));
      }
      case "singular" -> singular(target, model, images, ball);
      default ->
          throw Problem.usage("--method must be sga, spgd, deepfool or singular, got " + method);
    };
  }

  /** The usual passes, but no fewer than 100 steps: of few images a pass is a single step. */
  private static int enough(Spgd usual, long images) {
    int steps = (int) ((images + usual.batch() - 1) / usual.batch());
    return Math.max(usual.passes(), (100 + steps - 1) / steps);
  }

  private Found gradient(UniversalAttack attack, Classifier model, Tensor images, long rows) {
    try (Progress progress = Progress.start(method, rows + images.size(0))) {
      UniversalPerturbation found = attack.find(new Watched(model, progress), images);
      return new Found(
          model,
          found.values(),
          found.climb(),
          attack instanceof DeepFoolUniversal
              ? "fooling rate on the training images"
              : "mean bounded cross entropy",
          attack.toString(),
          found.forwards(),
          found.backwards());
    }
  }

  /** The stage is chosen on the training images, which the held-out rate does not see. */
  private Found singular(TargetModel target, Classifier model, Tensor images, Ball ball) {
    Map<String, Stage> stages = stages(target, model);
    long forwards = 0;
    long backwards = 0;
    long most = -1;
    UniversalPerturbation best = null;
    String name = "";
    int done = 0;
    try (Progress progress = Progress.start(method, stages.size())) {
      for (Map.Entry<String, Stage> each : stages.entrySet()) {
        SingularVector usual = SingularVector.of(each.getValue(), ball, seed);
        UniversalPerturbation found =
            new SingularVector(
                    each.getValue(), ball, q, passes == null ? usual.iterations() : passes, seed)
                .find(model, images);
        Panel panel = Panel.of(model, images);
        long fooled = panel.rate(found.values(), ball).fooled();
        forwards += found.forwards() + panel.forwards();
        backwards += found.backwards();
        if (fooled > most) {
          most = fooled;
          best = found;
          name = each.getKey();
        }
        progress.update(++done, Double.NaN);
      }
    }
    if (best == null) {
      throw new IllegalStateException("no stage to try");
    }
    return new Found(
        model,
        best.values(),
        best.climb(),
        "sum of |J v|^q",
        "SingularVector[stage=%s, ball=%s, q=%s, iterations=%d, seed=%d], best of %d stages"
            .formatted(name, ball, q, best.climb().size(), seed, stages.size()),
        forwards,
        backwards);
  }

  private Map<String, Stage> stages(TargetModel target, Classifier model) {
    Model net = target.net().orElse(null);
    Map<String, Stage> stages = new LinkedHashMap<>();
    switch (stage) {
      case "logits" -> stages.put("logits", Stage.logits(model));
      case "features" -> stages.put("features", Stage.features(ours(net)));
      case "auto" -> {
        if (net != null && net.net() instanceof Layered chain) {
          List<Layer> layers = chain.layers();
          for (int k = 1; k <= layers.size() && !(layers.get(k - 1) instanceof Flatten); k++) {
            stages.put("after layer " + k, Stage.after(net, k));
          }
        }
        if (net != null) {
          stages.put("features", Stage.features(net));
        }
        stages.put("logits", Stage.logits(model));
      }
      default -> {
        if (!stage.matches("[1-9][0-9]{0,3}")) {
          throw Problem.usage(
              "--stage must be a number of layers, features, logits or auto, got " + stage);
        }
        int count = Integer.parseInt(stage);
        if (!(ours(net).net() instanceof Layered chain) || count > chain.layers().size()) {
          throw Problem.usage(
              "--stage "
                  + stage
                  + ": the net is no chain of so many layers; use features, logits or auto");
        }
        stages.put("after layer " + count, Stage.after(ours(net), count));
      }
    }
    return stages;
  }

  private Model ours(@Nullable Model net) {
    if (net == null) {
      throw Problem.usage("--stage " + stage + " needs a net of ours; use logits");
    }
    return net;
  }

  /** A model that moves a progress bar by the rows it is given. */
  private static final class Watched implements Classifier {
    private final Classifier model;
    private final Progress progress;
    private long rows;

    Watched(Classifier model, Progress progress) {
      this.model = model;
      this.progress = progress;
    }

    @Override
    public Tensor logits(Tensor images) {
      rows += images.size(0);
      progress.update(rows, Double.NaN);
      return model.logits(images);
    }

    @Override
    public int classes() {
      return model.classes();
    }

    @Override
    public Box box() {
      return model.box();
    }
  }
}
