package dev.semblance.app;

import dev.semblance.adversarial.goal.AllOf;
import dev.semblance.adversarial.goal.AnyOf;
import dev.semblance.adversarial.goal.ClassGoal;
import dev.semblance.adversarial.goal.Confident;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.adversarial.goal.LeastLikely;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.adversarial.goal.Not;
import dev.semblance.adversarial.goal.OutOfTop;
import dev.semblance.adversarial.goal.TargetClass;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Goals as they are written on the command line. */
final class Goals {
  static final String FORMS =
      "misclassify, least-likely, target:CLASS, out-of-top-K, confidence:P,"
          + " and these joined by 'and', 'or' and 'not'";

  private static final String CONFIDENCE = "confidence:";
  private static final String TARGET = "target:";
  private static final String OUT = "out-of-top-";

  private final List<String> classNames;

  private Goals(List<String> classNames) {
    this.classNames = classNames;
  }

  /**
   * The goal of {@code --target} and {@code --goal}; any wrong answer where neither is given.
   *
   * @param classNames of the model
   */
  static Goal parse(@Nullable String target, @Nullable String goal, List<String> classNames) {
    Goals goals = new Goals(classNames);
    if (target == null) {
      return goal == null ? new Misclassify() : goals.any(goal.strip());
    }
    ClassGoal answer = goals.answer(target);
    if (goal == null) {
      return answer;
    }
    if (goal.startsWith(CONFIDENCE)) {
      return goals.confident(answer, goal);
    }
    throw Problem.usage(
        "--target goes with no --goal but confidence:P, got "
            + goal
            + "; write target:CLASS in it");
  }

  /** For people: what the model shall be brought to. */
  static String text(Goal goal, List<String> classNames) {
    return switch (goal) {
      case Misclassify misclassify -> "any wrong class";
      case LeastLikely least -> "the class that was least likely";
      case TargetClass target -> "class " + classNames.get(target.target());
      case OutOfTop out ->
          out.k() == 1 ? "any wrong class" : "the class out of the " + out.k() + " likeliest";
      case Confident sure ->
          text(sure.goal(), classNames) + ", with a probability above " + sure.probability();
      case AllOf all -> joined(all.goals(), " and ", classNames);
      case AnyOf some -> joined(some.goals(), " or ", classNames);
      case Not not -> "not (" + text(not.goal(), classNames) + ")";
    };
  }

  private static String joined(List<Goal> goals, String word, List<String> classNames) {
    return String.join(
        word,
        goals.stream()
            .map(
                goal -> {
                  String text = text(goal, classNames);
                  return goal instanceof AllOf || goal instanceof AnyOf ? "(" + text + ")" : text;
                })
            .toList());
  }

  private Goal any(String text) {
    List<Goal> parts = new ArrayList<>();
    for (String part : text.split(" or ", -1)) {
      parts.add(all(part.strip()));
    }
    return parts.size() == 1 ? parts.getFirst() : new AnyOf(parts);
  }

  private Goal all(String text) {
    List<Goal> parts = new ArrayList<>();
    for (String part : text.split(" and ", -1)) {
      parts.add(one(part.strip()));
    }
    return parts.size() == 1 ? parts.getFirst() : new AllOf(parts);
  }

  private Goal one(String text) {
    if (text.startsWith("not ")) {
      return new Not(one(text.substring(4).strip()));
    }
    if (text.startsWith(CONFIDENCE)) {
      return confident(new Misclassify(), text);
    }
    if (text.matches(OUT + "[0-9]{1,6}")) {
      int k = Integer.parseInt(text.substring(OUT.length()));
      if (k < 1 || k >= classNames.size()) {
        throw Problem.usage(
            "--goal out-of-top-K needs K from 1 to " + (classNames.size() - 1) + ", got " + k);
      }
      return new OutOfTop(k);
    }
    return switch (text) {
      case "misclassify" -> new Misclassify();
      case "least-likely" -> new LeastLikely();
      default -> {
        if (text.startsWith(TARGET)) {
          yield answer(text.substring(TARGET.length()));
        }
        throw Problem.usage("--goal must be " + FORMS + ", got " + text);
      }
    };
  }

  private Confident confident(ClassGoal answer, String text) {
    String number = text.substring(CONFIDENCE.length());
    double probability;
    try {
      probability = Double.parseDouble(number);
    } catch (NumberFormatException e) {
      probability = Double.NaN;
    }
    if (!(probability > 0 && probability < 1)) {
      throw Problem.usage("--goal confidence:P needs P above 0 and below 1, got " + number);
    }
    return new Confident(answer, probability);
  }

  private ClassGoal answer(String target) {
    if (target.equals("least-likely")) {
      return new LeastLikely();
    }
    int index = classNames.indexOf(target);
    if (index < 0 && target.matches("[0-9]{1,6}")) {
      index = Integer.parseInt(target);
    }
    if (index < 0 || index >= classNames.size()) {
      throw Problem.usage(
          "--target must be least-likely, a class name or a number from 0 to "
              + (classNames.size() - 1)
              + ", got "
              + target);
    }
    return new TargetClass(index);
  }
}
