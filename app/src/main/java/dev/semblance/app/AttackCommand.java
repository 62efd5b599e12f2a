package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Measures how easily a classifier is fooled. */
@Command(
    name = "attack",
    description = "Look for images near those of a data set that fool a classifier.",
    footer = {
      "",
      "A folder of images without classes is attacked for a change of the model's own answer.",
      "Ctrl-C stops after the step in work and writes what there is.",
    })
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class AttackCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Mixin private TargetAndData given;

  @Option(
      names = "--attack",
      defaultValue = "pgd",
      description = "See: semblance attacks. Default ${DEFAULT-VALUE}.")
  private String name;

  @Mixin private AttackOptions options;

  @Option(
      names = "--eps",
      paramLabel = "R",
      description =
          "The radius, in units of pixels from 0 to 1: 0.1 or 8/255. Attacks that look for the"
              + " nearest success need none.")
  private @Nullable String radius;

  @Option(
      names = "--n",
      defaultValue = "1000",
      description =
          "How many images, drawn from the set, the same for every attack; default"
              + " ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--target",
      paramLabel = "T",
      description = "least-likely, or the number or name of a class; any wrong class without it.")
  private @Nullable String target;

  @Option(
      names = "--goal",
      paramLabel = "G",
      description = "What counts as fooled: " + Goals.FORMS + ".")
  private @Nullable String goalText;

  @Option(
      names = "--labels",
      defaultValue = "data",
      description =
          "data, or predicted: what the model says of the clean image is taken for its class;"
              + " default ${DEFAULT-VALUE}.")
  private Labels labels;

  @Option(
      names = "--out",
      paramLabel = "DIR|X.safetensors",
      description =
          "A folder for the report: index.html, attack.json, adversarial.safetensors; or the"
              + " images alone.")
  private @Nullable Path out;

  /** Where the classes come from that an attack leads away from. */
  enum Labels {
    DATA,
    PREDICTED
  }

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    AttackKind kind = AttackKind.named("--attack", name);
    Norm norm = options.norm(kind);
    Ball ball = radius == null ? null : new Ball(norm, AttackOptions.radius(radius));
    if (ball == null && !kind.nearest()) {
      throw Problem.usage("--eps is needed for " + name + ", such as 0.1 or 8/255");
    }
    options.refuse(List.of(kind));
    if (count < 1) {
      throw Problem.usage("--n must be >= 1, got " + count);
    }
    refuseFile();
    try (TargetAndData.Target opened = given.open();
        Scope scope = Scope.open();
        Interruption interruption = Interruption.watch(output)) {
      View view = View.of(opened.model());
      List<String> classNames = Attackable.classNames(opened);
      Goal goal = Goals.parse(target, goalText, classNames);
      Attackable chosen = Attackable.draw(opened, view, goal, labels == Labels.PREDICTED, count);
      Samples samples = chosen.samples();
      MadeAttack attack = options.made(kind, ball, opened.images().shape());
      long start = System.nanoTime();
      AttackResult result;
      try (Progress progress =
          Progress.start(name + " on " + opened.images().name(), samples.size())) {
        MadeAttack.Effort effort =
            options.effort(interruption::wished, done -> progress.update(done, Double.NaN));
        result = attack.run(opened.model(), samples, goal, effort);
      }
      double seconds = (System.nanoTime() - start) * 1e-9;
      if (result.tried() == 0) {
        throw Problem.failure(
            "stopped before the attack was done with a single image: " + untried(result));
      }
      Attacked attacked =
          new Attacked(
              Provenance.command(spec),
              given.spec(),
              Provenance.sha256(given.spec()),
              view,
              opened.images(),
              chosen.labelled(),
              classNames,
              kind,
              attack.described(),
              norm,
              ball == null ? Double.POSITIVE_INFINITY : ball.radius(),
              goal,
              samples,
              result,
              seconds,
              options.seed(),
              chosen.warnings());
      tell(output, attacked);
      return attacked.stopped() ? 1 : 0;
    }
  }

  private void tell(Output output, Attacked attacked) throws IOException {
    attacked.tell(output);
    ObjectNode node = attacked.json();
    if (out != null && isTensors(out)) {
      attacked.writeTensors(out);
    } else if (out != null) {
      Path page = new AttackReportMaker(attacked).write(out);
      node.put("report", page.toString());
      output.line("report: " + page);
    }
    if (attacked.stopped()) {
      output.log(
          "semblance: stopped: %,d of %,d images were done%s: %s"
              .formatted(
                  attacked.tried(),
                  attacked.samples().size(),
                  out == null ? "" : ", see " + out,
                  untried(attacked.result())));
    }
    output.result(node);
  }

  /** Why the first of the images that were not done was not. */
  private static String untried(AttackResult result) {
    return result.outcomes().stream()
        .filter(outcome -> outcome.verdict() == Outcome.Verdict.UNTRIED)
        .map(outcome -> String.valueOf(outcome.reason()))
        .findFirst()
        .orElse("no reason given");
  }

  private void refuseFile() {
    if (out != null && !isTensors(out) && Files.isRegularFile(out)) {
      throw Problem.usage(
          "--out must be a folder for the report or end in .safetensors, got the file " + out);
    }
  }

  private static boolean isTensors(Path path) {
    return path.toString().endsWith(".safetensors");
  }
}
