package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.universal.FoolingRate;
import dev.semblance.adversarial.universal.HeldOut;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.Split;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.file.Atomic;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.Safetensors;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Finds one perturbation for all images, and measures it on images it was not found on. */
@Command(
    name = "universal",
    description =
        "Find one perturbation that changes a classifier's answer on most images, and measure it on"
            + " others.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class UniversalCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Spec private CommandSpec commandLine;

  @Parameters(
      paramLabel = "MODEL",
      description = "A run folder, a safetensors net or a TorchScript file (.pt).")
  private String spec;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "D",
      description =
          "Name or path of the data: found on its training part, measured on its test part.")
  private String data;

  @Option(
      names = "--data-seed",
      defaultValue = "0",
      description = "Of synthetic sets; default ${DEFAULT-VALUE}.")
  private long dataSeed;

  @Mixin private ModelOptions options;

  @Option(
      names = "--images",
      defaultValue = "64",
      description =
          "How many training images it is found on, drawn by --seed; default ${DEFAULT-VALUE}.")
  private int images;

  @Option(
      names = "--held-out",
      defaultValue = "2000",
      description = "How many other images it is measured on, at most; default ${DEFAULT-VALUE}.")
  private int heldOut;

  @Option(
      names = "--method",
      defaultValue = "sga",
      description = "sga, spgd, deepfool or singular; default ${DEFAULT-VALUE}.")
  private String method;

  @Option(
      names = "--ball",
      defaultValue = "linf",
      description = "linf or l2; default ${DEFAULT-VALUE}.")
  private String norm;

  @Option(
      names = "--eps",
      defaultValue = "10/255",
      paramLabel = "R",
      description = "The radius, in units of the model's pixels; default ${DEFAULT-VALUE}.")
  private String radius;

  @Option(
      names = "--passes",
      paramLabel = "N",
      description =
          "Over the images; for singular, iterations. Default 20, for spgd at least 100 steps, for"
              + " deepfool at most 10, for singular 30.")
  private @Nullable Integer passes;

  @Option(
      names = "--stage",
      defaultValue = "auto",
      paramLabel = "S",
      description =
          "Of singular: a number of layers, features, logits, or auto: what fools most training"
              + " images; default ${DEFAULT-VALUE}.")
  private String stage;

  @Option(names = "--q", defaultValue = "5", description = "Of singular; default ${DEFAULT-VALUE}.")
  private double q;

  @Option(names = "--seed", defaultValue = "0", description = "Default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--out",
      defaultValue = "universal",
      paramLabel = "DIR",
      description = "Folder for page, picture and perturbation; default ${DEFAULT-VALUE}.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    refuse();
    Ball ball = new Ball(norm(), AttackOptions.radius(radius));
    try (TargetModel target = open();
        ImageSet train = set(target, Split.TRAIN);
        ImageSet test = set(target, Split.TEST);
        Scope scope = Scope.open()) {
      long[] rows = Drawn.rows(train.size(), images, seed);
      HeldOut held = HeldOut.of(train, rows, test, Drawn.rows(test.size(), heldOut, seed));
      if (held.rows().length == 0) {
        throw Problem.failure(
            data + ": every test image is a training image as well; give fewer --images");
      }
      Tensor training = target.images(train, rows);
      output.log(
          "looking for one perturbation of %,d images of %s".formatted(rows.length, train.name()));
      long start = System.nanoTime();
      UniversalSearch.Found found = search().find(target, training, ball);
      double seconds = (System.nanoTime() - start) * 1e-9;
      Tensor v = found.perturbation();
      output.log("measuring on %,d images of %s".formatted(held.rows().length, test.name()));
      Classifier model = found.model();
      Tensor others = target.images(test, held.rows());
      FoolingRates rates = FoolingRates.measure(model, v, ball, training, others, seed);
      Map<String, String> facts = facts(found, ball, train, test, held, seconds);
      Path page =
          UniversalPage.of(spec, Provenance.command(commandLine), found, rates, ball, facts)
              .examples(model, others, target.classNames(test))
              .write(out);
      Atomic.bytes(out.resolve("perturbation.png"), UniversalPage.magnified(v, model.box()));
      Safetensors.write(
          out.resolve("perturbation.safetensors"),
          Map.of("perturbation", v),
          Map.of("what", "one perturbation for all images", "ball", ball.toString()));
      tell(output, found, rates, ball, held, train, test, seconds, page);
    }
    return 0;
  }

  private void refuse() {
    if (images < 1) {
      throw Problem.usage("--images must be >= 1, got " + images);
    }
    if (heldOut < 1) {
      throw Problem.usage("--held-out must be >= 1, got " + heldOut);
    }
    if (passes != null && passes < 1) {
      throw Problem.usage("--passes must be >= 1, got " + passes);
    }
    if (!(q > 1) || Double.isInfinite(q)) {
      throw Problem.usage("--q must be above 1 and finite, got " + q);
    }
  }

  private UniversalSearch search() {
    return new UniversalSearch(method, passes, stage, q, seed);
  }

  private Norm norm() {
    return switch (norm) {
      case "linf" -> Norm.LINF;
      case "l2" -> Norm.L2;
      default -> throw Problem.usage("--ball must be linf or l2, got " + norm);
    };
  }

  private TargetModel open() throws IOException {
    if (!TargetModel.isForeign(spec)) {
      return TargetModel.open(spec, options, null);
    }
    Optional<ImageShape> declared = options.shape();
    if (declared.isPresent()) {
      return TargetModel.open(spec, options, declared.get());
    }
    try (ImageSet test = DataSets.open(data, Split.TEST, DataOptions.defaults())) {
      return TargetModel.open(spec, options, test.shape());
    }
  }

  private ImageSet set(TargetModel target, Split split) throws IOException {
    DataOptions wanted = DataOptions.defaults().withSeed(dataSeed);
    ImageShape shape =
        target.net().map(net -> net.preprocessing().shape()).or(options::shape).orElse(null);
    if (shape != null && Photographs.isFolder(data)) {
      // No parts and no classes, which are not needed: what is not found on is held out.
      List<String> names =
          IntStream.range(0, target.classes()).mapToObj(k -> "class " + k).toList();
      return Photographs.open(
          data, shape, Photographs.Fit.SCALE, target.net().map(Model::classNames).orElse(names));
    }
    return DataSets.open(data, split, shape == null ? wanted : wanted.withShape(shape));
  }

  private Map<String, String> facts(
      UniversalSearch.Found found,
      Ball ball,
      ImageSet train,
      ImageSet test,
      HeldOut held,
      double seconds) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", spec);
    facts.put("attack", found.attack());
    facts.put("ball", norm + " " + radius + " of " + found.model().box());
    facts.put(
        "found on", "%,d images of %s".formatted(Math.min(images, train.size()), train.name()));
    facts.put("measured on", "%,d images of %s".formatted(held.rows().length, test.name()));
    facts.put("left out as copies of training images", Integer.toString(held.copies()));
    facts.put("training data digest", train.digest());
    facts.put("held-out data digest", test.digest());
    facts.put("seed", Long.toString(seed));
    facts.put(
        "cost of the search",
        "%,d forward and %,d backward rows, %.1f s"
            .formatted(found.forwards(), found.backwards(), seconds));
    facts.put(
        "semblance", Provenance.semblanceVersion() + ", revision " + Provenance.gitRevision());
    return facts;
  }

  private void tell(
      Output output,
      UniversalSearch.Found found,
      FoolingRates rates,
      Ball ball,
      HeldOut held,
      ImageSet train,
      ImageSet test,
      double seconds,
      Path page) {
    ObjectNode node = Output.object();
    node.put("model", spec)
        .put("data", data)
        .put("training_digest", train.digest())
        .put("held_out_digest", test.digest())
        .put("method", method)
        .put("attack", found.attack())
        .put("ball", norm)
        .put("radius", ball.radius())
        .put("images", Math.min(images, train.size()))
        .put("held_out", held.rows().length)
        .put("copies_left_out", held.copies());
    Map<String, FoolingRate> byName = rates.byName();
    byName.forEach(
        (name, rate) -> {
          node.put("fooling_rate_" + name, rate.rate());
          Interval interval = rate.n() == 0 ? new Interval(0, 1) : rate.interval();
          node.putArray("fooling_rate_" + name + "_ci").add(interval.low()).add(interval.high());
          output.line(
              "%-9s fooling rate  %.4f  [%.4f, %.4f]  (%,d of %,d)"
                  .formatted(
                      name.replace('_', '-'),
                      rate.rate(),
                      interval.low(),
                      interval.high(),
                      rate.fooled(),
                      rate.n()));
        });
    node.put(
            "not_finite",
            byName.values().stream().mapToLong(FoolingRate::notFinite).max().orElse(0))
        .put("forwards", found.forwards())
        .put("backwards", found.backwards())
        .put("queries", 0)
        .put("seconds", seconds)
        .put("seed", seed)
        .put("page", page.toString())
        .put("picture", out.resolve("perturbation.png").toString())
        .put("perturbation", out.resolve("perturbation.safetensors").toString());
    output.line(found.attack());
    output.line(
        "%,d forward and %,d backward rows, %.1f s"
            .formatted(found.forwards(), found.backwards(), seconds));
    output.line("page: " + page.toUri());
    output.result(node);
  }
}
