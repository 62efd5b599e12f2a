package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.attack.RowAttack;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.adversarial.goal.LeastLikely;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.adversarial.goal.TargetClass;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.Safetensors;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Measures how easily a classifier is fooled. */
@Command(
    name = "attack",
    description = "Look for images near those of a data set that fool a classifier.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class AttackCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Mixin private NetAndData given;

  @Option(
      names = "--attack",
      defaultValue = "pgd",
      description = "fgsm, bim or pgd; default ${DEFAULT-VALUE}.")
  private String name;

  @Option(
      names = "--ball",
      defaultValue = "linf",
      description = "linf, l2, l1 or l0; default ${DEFAULT-VALUE}.")
  private String norm;

  @Option(
      names = "--eps",
      required = true,
      paramLabel = "R",
      description = "The radius, in units of pixels from 0 to 1: 0.1 or 8/255.")
  private String radius;

  @Option(names = "--steps", defaultValue = "40", description = "Of pgd; default ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--n",
      defaultValue = "1000",
      description = "How many images, spread evenly over the set; default ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--target",
      paramLabel = "T",
      description = "least-likely, or the number or name of a class; any wrong class without it.")
  private @Nullable String target;

  @Option(names = "--seed", defaultValue = "0", description = "Default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "X.safetensors",
      description = "Writes clean and adversarial images, labels and distances.")
  private @Nullable Path out;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    RowAttack attack = attack(new Ball(norm(norm), radius(radius)));
    if (count < 1) {
      throw Problem.usage("--n must be >= 1, got " + count);
    }
    if (out != null && !out.getFileName().toString().endsWith(".safetensors")) {
      throw Problem.usage("--out must end in .safetensors, got " + out);
    }
    try (Model model = given.net();
        ImageSet set = given.images(model);
        Scope scope = Scope.open()) {
      refuseEmbedder(model, set);
      try (NetClassifier classifier = NetClassifier.of(model)) {
        Goal goal = goal(model);
        Samples samples = samples(set, goal);
        long start = System.nanoTime();
        AttackResult result;
        try (Progress progress = Progress.start(name + " on " + set.name(), samples.size())) {
          result =
              Engine.of()
                  .run(
                      attack, classifier, samples, goal, done -> progress.update(done, Double.NaN));
        }
        double seconds = (System.nanoTime() - start) * 1e-9;
        tell(output, attack, set, result, seconds);
        if (out != null) {
          write(out, samples, result);
        }
      }
      return 0;
    }
  }

  private void refuseEmbedder(Model model, ImageSet set) {
    if (Models.isEmbedder(model) || model.classNames().size() < 2) {
      throw Problem.failure(
          given.run() + ": is an embedder, not a classifier; attack a net that gives classes");
    }
    if (model.classNames().size() != set.classNames().size()) {
      throw Problem.failure(
          given.run()
              + ": tells "
              + model.classNames().size()
              + " classes apart, "
              + set.name()
              + " has "
              + set.classNames().size()
              + "; give the data it was trained on");
    }
  }

  private RowAttack attack(Ball ball) {
    return switch (name) {
      case "fgsm" -> Pgd.fast(ball);
      case "bim" -> Pgd.basic(ball);
      case "pgd" -> Pgd.of(ball, steps, seed);
      default -> throw Problem.usage("--attack must be fgsm, bim or pgd, got " + name);
    };
  }

  private static Norm norm(String name) {
    return switch (name) {
      case "linf" -> Norm.LINF;
      case "l2" -> Norm.L2;
      case "l1" -> Norm.L1;
      case "l0" -> Norm.L0;
      default -> throw Problem.usage("--ball must be linf, l2, l1 or l0, got " + name);
    };
  }

  /** A number, or a fraction such as 8/255. */
  static double radius(String text) {
    try {
      int slash = text.indexOf('/');
      double value =
          slash < 0
              ? Double.parseDouble(text)
              : Double.parseDouble(text.substring(0, slash))
                  / Double.parseDouble(text.substring(slash + 1));
      if (value > 0 && value < Double.POSITIVE_INFINITY) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw Problem.usage("--eps must be a number such as 0.1 or 8/255, got " + text);
    }
    throw Problem.usage("--eps must be above 0 and finite, got " + text);
  }

  private Goal goal(Model model) {
    if (target == null) {
      return new Misclassify();
    }
    if (target.equals("least-likely")) {
      return new LeastLikely();
    }
    int index = model.classNames().indexOf(target);
    if (index < 0 && target.matches("[0-9]{1,6}")) {
      index = Integer.parseInt(target);
    }
    if (index < 0 || index >= model.classNames().size()) {
      throw Problem.usage(
          "--target must be least-likely, a class name or a number from 0 to "
              + (model.classNames().size() - 1)
              + ", got "
              + target);
    }
    return new TargetClass(index);
  }

  /** Images spread over the set; without those of the target class, which are there already. */
  private Samples samples(ImageSet set, Goal goal) {
    int[] fit =
        IntStream.range(0, set.size())
            .filter(i -> !(goal instanceof TargetClass t && t.target() == set.label(i)))
            .toArray();
    int n = Math.min(count, fit.length);
    long[] rows = new long[n];
    long[] labels = new long[n];
    for (int i = 0; i < n; i++) {
      int row = fit[(int) ((long) i * fit.length / n)];
      rows[i] = row;
      labels[i] = set.label(row);
    }
    Tensor images = set.images(rows).to(ScalarType.Float).div(Ops.scalar(255));
    return new Samples(images, Ops.longs(labels, n), rows);
  }

  private void tell(
      Output output, RowAttack attack, ImageSet set, AttackResult result, double seconds) {
    int n = result.outcomes().size();
    Interval interval = Interval.exact(result.robust(), n, 0.95);
    ObjectNode node = Output.object();
    node.put("model", given.run().toString())
        .put("data", set.name())
        .put("data_digest", set.digest())
        .put("attack", attack.toString())
        .put("ball", norm)
        .put("radius", attack.radius())
        .put("n", n)
        .put("clean_accuracy", (double) result.correct() / n)
        .put("robust_accuracy", result.robustAccuracy());
    node.putArray("robust_accuracy_ci").add(interval.low()).add(interval.high());
    double median = result.medianDistance();
    if (Double.isFinite(median)) {
      node.put("median_distance", median);
    } else {
      node.putNull("median_distance");
    }
    node.put("fooled", result.fooled())
        .put("fooled_8_bit", result.outcomes().stream().filter(Outcome::eightBit).count())
        .put("unconfirmed", result.count(Outcome.Verdict.UNCONFIRMED))
        .put("given_up", result.count(Outcome.Verdict.GIVEN_UP))
        .put("forwards", result.total(Outcome::forwards))
        .put("backwards", result.total(Outcome::backwards))
        .put("zero_gradients", result.total(Outcome::zeroGradients))
        .put("queries", result.total(Outcome::queries))
        .put("seconds", seconds);
    output.line(
        "clean accuracy   %.4f  (%,d of %,d)"
            .formatted((double) result.correct() / n, result.correct(), n));
    output.line(
        "robust accuracy  %.4f  [%.4f, %.4f]  (%,d stood %s %s)"
            .formatted(
                result.robustAccuracy(),
                interval.low(),
                interval.high(),
                result.robust(),
                norm,
                radius));
    output.line(
        Double.isFinite(median)
            ? "median distance  %.4f".formatted(median)
            : "median distance  not reached: fewer than half were fooled");
    output.line(
        "%,d forward and %,d backward rows, %.1f s"
            .formatted(result.total(Outcome::forwards), result.total(Outcome::backwards), seconds));
    for (Outcome outcome : result.outcomes()) {
      if (outcome.reason() != null) {
        output.log("sample " + outcome.id() + ": " + outcome.reason());
      }
    }
    output.result(node);
  }

  private static void write(Path out, Samples samples, AttackResult result) throws IOException {
    double[] distances = result.outcomes().stream().mapToDouble(Outcome::distance).toArray();
    Safetensors.write(
        out,
        Map.of(
            "clean", samples.images(),
            "adversarial", result.adversarial(),
            "labels", samples.labels(),
            "ids", Ops.longs(samples.ids(), samples.size()),
            "distances", Ops.doubles(distances, distances.length)),
        Map.of("what", "images in 0..1 before and after an attack"));
  }
}
