package dev.semblance.app;

import dev.semblance.adversarial.attack.Attack;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import picocli.CommandLine.Option;

/** How an attack is set; and how it is made from its name. */
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class AttackOptions {
  @Option(
      names = "--ball",
      defaultValue = "linf",
      description = "linf, l2, l1 or l0; default ${DEFAULT-VALUE}.")
  private String norm;

  @Option(
      names = "--steps",
      defaultValue = "40",
      description = "Of iterative attacks; default ${DEFAULT-VALUE}.")
  private int steps;

  @Option(names = "--seed", defaultValue = "0", description = "Default ${DEFAULT-VALUE}.")
  private long seed;

  String normName() {
    return norm;
  }

  Norm norm() {
    return switch (norm) {
      case "linf" -> Norm.LINF;
      case "l2" -> Norm.L2;
      case "l1" -> Norm.L1;
      case "l0" -> Norm.L0;
      default -> throw Problem.usage("--ball must be linf, l2, l1 or l0, got " + norm);
    };
  }

  long seed() {
    return seed;
  }

  /** The attack of that kind in that ball. */
  Attack within(AttackKind kind, Ball ball) {
    return switch (kind.name()) {
      case "fgsm" -> Pgd.fast(ball);
      case "bim" -> Pgd.basic(ball);
      case "pgd" -> Pgd.of(ball, steps, seed);
      default -> throw new IllegalStateException("no way to make " + kind.name());
    };
  }

  /** The attack of that kind that looks for the nearest success. */
  Attack nearest(AttackKind kind) {
    throw new IllegalStateException("no way to make " + kind.name());
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
