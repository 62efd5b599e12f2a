package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Apgd;
import dev.semblance.adversarial.attack.Attack;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.attack.Restarts;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.adversarial.verdict.Audit;
import dev.semblance.adversarial.verdict.Claim;
import dev.semblance.adversarial.verdict.Ensemble;
import dev.semblance.adversarial.verdict.Finding;
import dev.semblance.adversarial.verdict.Verdict;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Says whether a measured robustness is to be believed. */
@Command(
    name = "verdict",
    description =
        "Measure robust accuracy by an ensemble of attacks and look for whatever would make the"
            + " figure too good: SOUND or SUSPECT, with reasons.",
    footer = {
      "",
      "Ctrl-C keeps the checks that are done: PARTIAL, or SUSPECT if one of them says so.",
    })
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class VerdictCommand implements Callable<Integer> {
  private static final String STANDARD = "standard";

  /** Steps of a claim by projected gradient times this, for the check of its budget. */
  private static final int MORE = 10;

  private static final int RESTARTS = 5;

  @ParentCommand private Main main;

  @Mixin private TargetAndData given;

  @Option(
      names = "--ball",
      defaultValue = "linf",
      description = "linf, l2, l1 or l0; default ${DEFAULT-VALUE}.")
  private String norm;

  @Option(names = "--seed", defaultValue = "0", description = "Default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--eps",
      required = true,
      paramLabel = "R",
      description = "The radius, in units of pixels from 0 to 1: 0.3 or 8/255.")
  private String radius;

  @Option(
      names = "--claim",
      defaultValue = STANDARD,
      paramLabel = "ATTACK",
      description =
          "Judges the figure that this attack alone gives: fgsm, bim, pgd, pgd-halving or apgd;"
              + " standard, the default, judges the ensemble's and whether the model masks its"
              + " gradients.")
  private String claimed;

  @Option(
      names = "--n",
      defaultValue = "200",
      description = "How many images, drawn as attack draws them; default ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--quick",
      description = "A small ensemble: half the steps, three targets, 500 queries.")
  private boolean quick;

  @Option(
      names = "--certified",
      paramLabel = "A",
      description = "Robust accuracy that was proved for the same images and radius, 0..1.")
  private @Nullable Double certified;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    Ball ball = new Ball(AttackOptions.named(norm), AttackOptions.radius(radius));
    if (count < 1) {
      throw Problem.usage("--n must be >= 1, got " + count);
    }
    if (certified != null && !(certified >= 0 && certified <= 1)) {
      throw Problem.usage("--certified must be in 0..1, got " + certified);
    }
    try (TargetAndData.Target opened = given.open();
        Scope scope = Scope.open();
        Interruption interruption = Interruption.watch(output)) {
      Classifier model =
          opened
              .model()
              .classifier()
              .orElseThrow(
                  () -> Problem.failure(given.spec() + ": gives no gradients to be judged"));
      Ensemble ensemble =
          quick
              ? Ensemble.quick(ball, model.classes(), seed)
              : Ensemble.standard(ball, model.classes(), seed);
      Claim claim = claim(ball, ensemble);
      Attackable chosen = Attackable.draw(opened, View.of(model), new Misclassify(), false, count);
      long start = System.nanoTime();
      Verdict verdict;
      try (Progress progress = Progress.start("verdict", chosen.samples().size())) {
        Audit audit =
            new Audit(
                ensemble,
                200,
                claimed.equals(STANDARD),
                certified == null ? OptionalDouble.empty() : OptionalDouble.of(certified),
                seed);
        verdict =
            audit.judge(
                model,
                chosen.samples(),
                claim,
                Engine.of()
                    .withStop(interruption::wished)
                    .withProgress(done -> progress.update(done, Double.NaN)),
                stage -> output.log("verdict: " + stage));
      }
      double seconds = (System.nanoTime() - start) * 1e-9;
      tell(output, opened.images(), ball, chosen, verdict, seconds);
      return verdict.extent() == Verdict.Extent.WHOLE ? 0 : 1;
    }
  }

  private Claim claim(Ball ball, Ensemble ensemble) {
    if (claimed.equals(STANDARD)) {
      return new Claim(
          STANDARD,
          ensemble,
          ball,
          Claim.Kind.ENSEMBLE,
          Restarts.of(Pgd.of(ball, 50, seed + 1), RESTARTS));
    }
    return switch (claimed) {
      case "fgsm" -> new Claim(claimed, Pgd.fast(ball), ball, Claim.Kind.SINGLE_STEP, null);
      case "bim" -> {
        Pgd attack = Pgd.basic(ball);
        yield iterative(
            attack,
            ball,
            new Pgd(ball, attack.sizes(), MORE * attack.steps(), false, attack.objective(), seed));
      }
      case "pgd" -> {
        Pgd attack = Pgd.of(ball, seed);
        yield iterative(attack, ball, Pgd.of(ball, MORE * attack.steps(), seed));
      }
      case "pgd-halving" -> {
        Pgd attack = Pgd.halving(ball, seed);
        yield iterative(attack, ball, Pgd.halving(ball, MORE * attack.steps(), seed));
      }
      case "apgd" -> {
        Apgd attack = Apgd.of(ball, seed);
        yield iterative(attack, ball, Restarts.of(attack.restart(1), RESTARTS));
      }
      default ->
          throw Problem.usage(
              "--claim must be one of standard, fgsm, bim, pgd, pgd-halving, apgd, got " + claimed);
    };
  }

  private Claim iterative(Attack attack, Ball ball, Attack more) {
    return new Claim(claimed, attack, ball, Claim.Kind.ITERATIVE, more);
  }

  private void tell(
      Output output, ImageSet set, Ball ball, Attackable chosen, Verdict verdict, double seconds) {
    String word = word(verdict);
    ObjectNode node = Output.object();
    node.put("verdict", word)
        .put("partial", verdict.extent() != Verdict.Extent.WHOLE)
        .put("model", given.spec())
        .put("data", set.name())
        .put("data_digest", set.digest())
        .put("labels", chosen.labelled() ? "data" : "predicted")
        .put("claim", verdict.claim())
        .put("ball", norm)
        .put("radius", ball.radius())
        .put("n", verdict.n())
        .put("clean_accuracy", verdict.correct() / (double) verdict.n());
    if (verdict.extent() == Verdict.Extent.BEGUN) {
      output.line(
          "%s: stopped before %s was done with %,d images within %s %s"
              .formatted(word, verdict.claim(), verdict.n(), norm, radius));
      for (String figure : List.of("fgsm_accuracy", "claimed_accuracy", "robust_accuracy")) {
        node.putNull(figure);
      }
    } else {
      figures(output, node, word, verdict);
    }
    ArrayNode reasons = node.putArray("reasons");
    verdict.reasons().forEach(reasons::add);
    ArrayNode warnings = node.putArray("warnings");
    chosen.warnings().forEach(warnings::add);
    verdict.reasons().forEach(reason -> output.line("  because of " + reason));
    checks(output, node.putArray("checks"), verdict);
    node.put("forwards", verdict.forwards())
        .put("backwards", verdict.backwards())
        .put("seconds", seconds);
    output.line(
        "%,d forward and %,d backward rows, %.1f s"
            .formatted(verdict.forwards(), verdict.backwards(), seconds));
    chosen.warnings().forEach(warning -> output.log("note: " + warning));
    if (verdict.extent() != Verdict.Extent.WHOLE) {
      output.log(
          "semblance: stopped: %d of 15 checks were made".formatted(verdict.findings().size()));
    }
    output.result(node);
  }

  private static String word(Verdict verdict) {
    if (verdict.sound()) {
      return "SOUND";
    }
    boolean open = verdict.extent() != Verdict.Extent.WHOLE && !verdict.damned();
    return open ? "PARTIAL" : "SUSPECT";
  }

  private void figures(Output output, ObjectNode node, String word, Verdict verdict) {
    double n = verdict.n();
    node.put("fgsm_accuracy", verdict.singleStep() / n)
        .put("claimed_accuracy", verdict.claimed() / n);
    interval(node, "claimed_accuracy_ci", verdict.claimedInterval());
    node.put("robust_accuracy", verdict.standing() / n);
    interval(node, "robust_accuracy_ci", verdict.standingInterval());
    output.line(
        "%s: %s leaves %.1f %% of %,d images within %s %s"
            .formatted(
                word, verdict.claim(), 100 * verdict.claimed() / n, verdict.n(), norm, radius));
    output.line(
        "clean %.1f %%, one step %.1f %%, everything tried %.1f %% [%.1f, %.1f]"
            .formatted(
                100 * verdict.correct() / n,
                100 * verdict.singleStep() / n,
                100 * verdict.standing() / n,
                100 * verdict.standingInterval().low(),
                100 * verdict.standingInterval().high()));
  }

  private static void checks(Output output, ArrayNode checks, Verdict verdict) {
    for (Finding finding : verdict.findings()) {
      String grade = finding.grade().name().toLowerCase(Locale.ROOT);
      ObjectNode check = checks.addObject();
      check
          .put("check", finding.check())
          .put("title", finding.title())
          .put("grade", grade)
          .put("text", finding.text());
      number(check, "value", finding.value());
      number(check, "threshold", finding.threshold());
      finding.samples().forEach(check.putArray("samples")::add);
      output.line(
          "%3d %-8s %s: %s".formatted(finding.check(), grade, finding.title(), finding.text()));
    }
  }

  private static void interval(ObjectNode node, String name, Interval interval) {
    node.putArray(name).add(interval.low()).add(interval.high());
  }

  private static void number(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    } else {
      node.putNull(name);
    }
  }
}
