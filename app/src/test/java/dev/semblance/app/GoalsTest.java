package dev.semblance.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.adversarial.goal.AllOf;
import dev.semblance.adversarial.goal.AnyOf;
import dev.semblance.adversarial.goal.Confident;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.adversarial.goal.LeastLikely;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.adversarial.goal.Not;
import dev.semblance.adversarial.goal.OutOfTop;
import dev.semblance.adversarial.goal.TargetClass;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoalsTest {
  private static final List<String> NAMES = List.of("cat", "lens cap", "dog", "7");

  private static Goal goal(String text) {
    return Goals.parse(null, text, NAMES);
  }

  @Test
  void everyFormIsItsGoal() {
    assertThat(Goals.parse(null, null, NAMES)).isEqualTo(new Misclassify());
    assertThat(goal("misclassify")).isEqualTo(new Misclassify());
    assertThat(goal("least-likely")).isEqualTo(new LeastLikely());
    assertThat(goal("target:lens cap")).isEqualTo(new TargetClass(1));
    assertThat(goal("target:2")).isEqualTo(new TargetClass(2));
    assertThat(goal("target:7")).as("a name before a number").isEqualTo(new TargetClass(3));
    assertThat(goal("out-of-top-3")).isEqualTo(new OutOfTop(3));
    assertThat(goal("confidence:0.9")).isEqualTo(new Confident(new Misclassify(), 0.9));
    assertThat(Goals.parse("dog", null, NAMES)).isEqualTo(new TargetClass(2));
    assertThat(Goals.parse("least-likely", "confidence:0.5", NAMES))
        .isEqualTo(new Confident(new LeastLikely(), 0.5));
  }

  @Test
  void orBindsWeakerThanAndWeakerThanNot() {
    assertThat(goal("out-of-top-2 and not target:cat or target:dog"))
        .isEqualTo(
            AnyOf.of(AllOf.of(new OutOfTop(2), new Not(new TargetClass(0))), new TargetClass(2)));
    assertThat(goal("not not misclassify")).isEqualTo(new Not(new Not(new Misclassify())));
  }

  @Test
  void aGoalIsToldInWords() {
    assertThat(Goals.text(goal("misclassify and not target:cat or confidence:0.9"), NAMES))
        .isEqualTo(
            "(any wrong class and not (class cat)) or any wrong class, with a probability above"
                + " 0.9");
    assertThat(Goals.text(goal("out-of-top-3"), NAMES))
        .isEqualTo("the class out of the 3 likeliest");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fool | --goal must be misclassify, least-likely, target:CLASS",
        "misclassify and | --goal must be misclassify",
        "out-of-top-4 | --goal out-of-top-K needs K from 1 to 3, got 4",
        "out-of-top-0 | --goal out-of-top-K needs K from 1 to 3, got 0",
        "confidence:1 | --goal confidence:P needs P above 0 and below 1, got 1",
        "confidence:high | --goal confidence:P needs P above 0 and below 1, got high",
        "target:horse | --target must be least-likely, a class name or a number from 0 to 3",
        "target:4 | --target must be least-likely, a class name or a number from 0 to 3",
      })
  void nonsenseIsRefusedInOneLine(String text, String message) {
    assertThatThrownBy(() -> goal(text)).isInstanceOf(Problem.class).hasMessageContaining(message);
  }

  @Test
  void aTargetGoesWithAConfidenceOnly() {
    assertThatThrownBy(() -> Goals.parse("cat", "out-of-top-2", NAMES))
        .hasMessageContaining("--target goes with no --goal but confidence:P");
  }
}
