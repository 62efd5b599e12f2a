package dev.semblance.app;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Apgd;
import dev.semblance.adversarial.attack.Attack;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.CarliniWagner;
import dev.semblance.adversarial.attack.Ddn;
import dev.semblance.adversarial.attack.DeepFool;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Fab;
import dev.semblance.adversarial.attack.Fmn;
import dev.semblance.adversarial.attack.Loss;
import dev.semblance.adversarial.attack.Momentum;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.attack.Restartable;
import dev.semblance.adversarial.attack.Restarts;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.blackbox.Boundary;
import dev.semblance.adversarial.blackbox.ExhaustivePixel;
import dev.semblance.adversarial.blackbox.FewPixels;
import dev.semblance.adversarial.blackbox.HopSkipJump;
import dev.semblance.adversarial.blackbox.Nes;
import dev.semblance.adversarial.blackbox.Spsa;
import dev.semblance.adversarial.blackbox.Square;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.adversarial.verdict.Ensemble;
import dev.semblance.core.data.ImageShape;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How an attack is set; and how it is made from its name. */
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class AttackOptions {
  @Option(
      names = "--ball",
      paramLabel = "NORM",
      description = "linf, l2, l1 or l0; linf if unset, where the attack knows it.")
  private @Nullable String norm;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description =
          "Of iterative attacks: steps, iterations or rounds (of cw: steps a round); pgd does 40"
              + " if unset.")
  private @Nullable Integer steps;

  @Option(
      names = "--restarts",
      defaultValue = "1",
      paramLabel = "N",
      description = "Runs with other random draws on what stood; default ${DEFAULT-VALUE}.")
  private int restarts;

  @Option(
      names = "--queries",
      paramLabel = "N",
      description = "The most queries an image may cost, for attacks by scores or labels.")
  private @Nullable Long queries;

  @Option(
      names = "--batch",
      defaultValue = "128",
      paramLabel = "N",
      description = "Images in work at a time; default ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--strict",
      description = "Of attacks by gradients: the same bits whoever shares the batch; slower.")
  private boolean strict;

  @Option(names = "--seed", defaultValue = "0", description = "Default ${DEFAULT-VALUE}.")
  private long seed;

  /** The norm that is asked for, or the attack's first one; refused where it does not know it. */
  Norm norm(AttackKind kind) {
    String name = norm == null ? kind.norms().getFirst() : norm;
    kind.refuseNorm("--ball", name);
    return named(name);
  }

  /** The norm of that name. */
  static Norm named(String name) {
    return switch (name) {
      case "linf" -> Norm.LINF;
      case "l2" -> Norm.L2;
      case "l1" -> Norm.L1;
      case "l0" -> Norm.L0;
      default -> throw Problem.usage("--ball must be linf, l2, l1 or l0, got " + name);
    };
  }

  long seed() {
    return seed;
  }

  /** How attacks are run. */
  MadeAttack.Effort effort(BooleanSupplier stop, IntConsumer progress) {
    return new MadeAttack.Effort(
        batch, strict, queries == null ? Long.MAX_VALUE : queries, stop, progress);
  }

  private static void refuseLess(String option, long value, long least) {
    if (value < least) {
      throw Problem.usage(option + " must be >= " + least + ", got " + value);
    }
  }

  /** Radii of a curve: numbers and fractions with commas between them, ascending, 0 allowed. */
  static double[] radii(String text) {
    double[] radii =
        Stream.of(text.split(",", -1))
            .map(String::strip)
            .mapToDouble(AttackOptions::number)
            .toArray();
    for (int i = 0; i < radii.length; i++) {
      if (!(radii[i] >= 0 && radii[i] < Double.POSITIVE_INFINITY)
          || (i > 0 && !(radii[i] > radii[i - 1]))) {
        throw Problem.usage("--eps must be finite radii that ascend, 0 or above, got " + text);
      }
    }
    return radii;
  }

  /**
   * Refuses numbers that are too small, and options that change nothing about the attacks: whoever
   * gives them expects otherwise.
   */
  void refuse(List<AttackKind> kinds) {
    refuseLess("--batch", batch, strict ? 2 : 1);
    refuseLess("--restarts", restarts, 1);
    if (steps != null) {
      refuseLess("--steps", steps, 1);
    }
    if (queries != null) {
      refuseLess("--queries", queries, 4);
    }
    if (strict) {
      kinds.forEach(AttackOptions::refuseStrict);
    }
    refuseIdle(kinds, "steps", steps != null);
    refuseIdle(kinds, "restarts", restarts != 1);
    refuseIdle(kinds, "queries", queries != null);
  }

  /** Queries cannot be padded: who shares their batch decides the last bits of the answer. */
  private static void refuseStrict(AttackKind kind) {
    boolean ensemble = kind.name().equals("standard");
    if (kind.needs() != AttackKind.Needs.GRADIENTS || ensemble) {
      throw Problem.usage(
          "--strict holds for attacks by gradients, and "
              + (ensemble ? "square, the last of standard, asks" : kind.name() + " asks")
              + " for "
              + (kind.needs() == AttackKind.Needs.LABELS ? "labels" : "scores")
              + " in batches that other images share; leave it out");
    }
  }

  private static void refuseIdle(List<AttackKind> kinds, String option, boolean given) {
    if (given && kinds.stream().noneMatch(kind -> kind.options().contains(option))) {
      String names = kinds.stream().map(AttackKind::name).collect(Collectors.joining(", "));
      throw Problem.usage("--" + option + " changes nothing about " + names + "; leave it out");
    }
  }

  /**
   * The attack of that kind.
   *
   * @param ball null only for an attack that looks for the nearest
   * @param shape of the images
   */
  MadeAttack made(AttackKind kind, @Nullable Ball ball, ImageShape shape) {
    return switch (kind.name()) {
      case "fgsm" -> new MadeAttack.White(Pgd.fast(within(ball)));
      case "bim" -> new MadeAttack.White(Pgd.basic(within(ball)));
      case "pgd" -> white(Pgd.of(within(ball), steps(40), seed));
      case "pgd-halving" -> white(Pgd.halving(within(ball), steps(40), seed));
      case "momentum" -> new MadeAttack.White(momentum(Momentum.of(within(ball))));
      case "apgd" -> white(apgd(within(ball)));
      case "apgd-dlr" -> white(apgd(within(ball)).withLoss(new Loss.Ratio()));
      case "apgd-t" -> new MadeAttack.White(apgd(within(ball)).targeted(Apgd.TARGETS));
      case "standard" -> new MadeAttack.White(new Standard(within(ball), seed));
      case "deepfool" -> new MadeAttack.White(deepFool(DeepFool.of(norm(kind))));
      case "cw" -> new MadeAttack.White(carliniWagner(CarliniWagner.of()));
      case "ddn" -> new MadeAttack.White(ddn(Ddn.of()));
      case "fmn" -> new MadeAttack.White(fmn(Fmn.of(norm(kind))));
      case "fab" -> new MadeAttack.White(fab(Fab.of(norm(kind))));
      case "square" -> new MadeAttack.Scores(square(within(ball)));
      case "nes" -> new MadeAttack.Scores(nes(Nes.of(within(ball), seed)));
      case "spsa" -> new MadeAttack.Scores(spsa(Spsa.of(within(ball), seed)));
      case "pixels" ->
          new MadeAttack.Scores(FewPixels.of((int) Math.floor(within(ball).radius()), seed));
      case "every-pixel" -> new MadeAttack.Scores(everyPixel(within(ball), shape));
      case "boundary" -> new MadeAttack.Labels(boundary(Boundary.of(seed)));
      case "hopskipjump" -> new MadeAttack.Labels(hopSkipJump(HopSkipJump.of(norm(kind), seed)));
      default -> throw new IllegalStateException("no way to make " + kind.name());
    };
  }

  private int steps(int usual) {
    return steps == null ? usual : steps;
  }

  private MadeAttack white(Restartable attack) {
    return new MadeAttack.White(restarts == 1 ? attack : Restarts.of(attack, restarts));
  }

  /** The ensemble for as many classes as the model turns out to have. */
  private record Standard(Ball ball, long seed) implements Attack {
    @Override
    public AttackResult perturb(Classifier model, Samples samples, Goal goal, Engine engine) {
      return Ensemble.standard(ball, model.classes(), seed).perturb(model, samples, goal, engine);
    }
  }

  private Momentum momentum(Momentum usual) {
    return new Momentum(
        usual.ball(), usual.stepSize(), steps(usual.steps()), usual.decay(), usual.objective());
  }

  private Apgd apgd(Ball ball) {
    Apgd usual = Apgd.of(ball, seed);
    return usual.withSteps(steps(usual.steps()));
  }

  private DeepFool deepFool(DeepFool usual) {
    return new DeepFool(usual.norm(), usual.classes(), usual.overshoot(), steps(usual.steps()));
  }

  private CarliniWagner carliniWagner(CarliniWagner usual) {
    return usual.withStepsPerRound(steps(usual.stepsPerRound()));
  }

  private Ddn ddn(Ddn usual) {
    return new Ddn(steps(usual.steps()), usual.shrink(), usual.firstNorm());
  }

  private Fmn fmn(Fmn usual) {
    return usual.withSteps(steps(usual.steps()));
  }

  private Fab fab(Fab usual) {
    return usual.withIterations(steps(usual.iterations()));
  }

  private static Ball within(@Nullable Ball ball) {
    if (ball == null) {
      throw Problem.usage("--eps is needed, such as 0.1 or 8/255");
    }
    return ball;
  }

  private Square square(Ball ball) {
    return steps == null ? Square.of(ball, seed) : Square.of(ball, steps, seed);
  }

  private Nes nes(Nes usual) {
    return new Nes(
        usual.ball(),
        usual.pairs(),
        usual.sigma(),
        usual.stepSize(),
        steps(usual.steps()),
        usual.seed());
  }

  private Spsa spsa(Spsa usual) {
    return new Spsa(
        usual.ball(),
        usual.pairs(),
        usual.reach(),
        usual.rate(),
        steps(usual.steps()),
        usual.seed());
  }

  /** All colours of grey images; of others the corners of colour space, or it would never end. */
  private static ExhaustivePixel everyPixel(Ball ball, ImageShape shape) {
    if (ball.radius() >= 2) {
      throw Problem.usage("--eps must be 1 for every-pixel: it changes one, got " + ball.radius());
    }
    return new ExhaustivePixel(shape.channels() == 1 ? 256 : 2);
  }

  private Boundary boundary(Boundary usual) {
    return new Boundary(
        usual.start(),
        steps(usual.steps()),
        usual.sphereStep(),
        usual.sourceStep(),
        usual.factor(),
        usual.seed());
  }

  private HopSkipJump hopSkipJump(HopSkipJump usual) {
    return new HopSkipJump(
        usual.norm(),
        usual.start(),
        usual.probes(),
        steps(usual.rounds()),
        usual.memory(),
        usual.seed());
  }

  /** A number, or a fraction such as 8/255; above 0. */
  static double radius(String text) {
    double value = number(text);
    if (value > 0 && value < Double.POSITIVE_INFINITY) {
      return value;
    }
    throw Problem.usage("--eps must be above 0 and finite, got " + text);
  }

  /** A number, or a fraction such as 8/255. */
  static double number(String text) {
    try {
      int slash = text.indexOf('/');
      return slash < 0
          ? Double.parseDouble(text)
          : Double.parseDouble(text.substring(0, slash))
              / Double.parseDouble(text.substring(slash + 1));
    } catch (NumberFormatException e) {
      throw Problem.usage("--eps must be a number such as 0.1 or 8/255, got " + text);
    }
  }
}
