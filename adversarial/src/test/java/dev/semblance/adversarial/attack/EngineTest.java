package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineTest {
  private static final int WIDTH = 16;
  private static final int N = 100;
  private final double[][] points = Points.uniform(N, WIDTH, 3);
  private final LinearModel model = LinearModel.random(4, WIDTH, 2, Box.UNIT);
  private final Pgd attack = Pgd.of(new Ball(Norm.LINF, 0.12), 15, 9);

  /** A model that throws as soon as an image's first value is in a range. */
  private Classifier throwing(double low, double high) {
    return Points.wrapped(
        model,
        images -> {
          for (double first : Ops.toDoubles(images.flatten(1, -1).select(1, 0))) {
            if (first >= low && first < high) {
              throw new IllegalStateException("first value is " + low + " or more\nat length");
            }
          }
          return images;
        },
        UnaryOperator.identity());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aModelThatThrowsOnSomeImagesLosesOnlyThose(boolean strict) {
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points);
      Engine engine = strict ? new Engine(32).withStrict() : new Engine(32);
      AttackResult whole = engine.run(attack, model, samples, new Misclassify());
      long before = model.rows;
      AttackResult result = engine.run(attack, throwing(0.3, 0.35), samples, new Misclassify());
      int clean = 0;
      int later = 0;
      for (int i = 0; i < N; i++) {
        Outcome outcome = result.outcomes().get(i);
        if (points[i][0] >= 0.3 && points[i][0] < 0.35) {
          assertThat(outcome.verdict()).isEqualTo(Verdict.GIVEN_UP);
          assertThat(outcome.reason()).isEqualTo("the model fails: first value is 0.3 or more");
          assertThat(outcome.steps()).isZero();
          clean++;
        } else if (Math.abs(points[i][0] - 0.325) < 0.025 + 0.12) {
          later += outcome.verdict() == Verdict.GIVEN_UP ? 1 : 0;
        } else {
          assertThat(outcome.verdict()).isEqualTo(whole.outcomes().get(i).verdict());
          assertThat(outcome.steps()).isEqualTo(whole.outcomes().get(i).steps());
        }
      }
      assertThat(clean).isPositive();
      assertThat(later).isPositive();
      assertThat(model.rows).isGreaterThan(before);
    }
  }

  @Test
  void aModelThatThrowsOnAllImagesIsNotAResult() {
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points);
      assertThatThrownBy(() -> attack.perturb(throwing(-9, 9), samples, new Misclassify()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the model fails: first value is -9.0 or more; so it does on all 100 images");
    }
  }

  @Test
  void aStopLeavesWhatIsDoneReadable() {
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points);
      AttackResult whole = new Engine(8).run(attack, model, samples, new Misclassify());
      List<Integer> told = new ArrayList<>();
      Engine engine = new Engine(8).withProgress(told::add).withStop(() -> told.size() == 20);
      AttackResult part = engine.run(attack, model, samples, new Misclassify());
      int untried = 0;
      for (int i = 0; i < N; i++) {
        Outcome outcome = part.outcomes().get(i);
        if (outcome.verdict() == Verdict.UNTRIED) {
          assertThat(outcome.robust()).isFalse();
          assertThat(outcome.reason()).startsWith("stopped");
          untried++;
        } else {
          assertThat(outcome).isEqualTo(whole.outcomes().get(i));
        }
      }
      assertThat(untried).isBetween(30, 90);
      assertThat(part.tried()).isEqualTo(N - untried);
      assertThat(part.correct()).isEqualTo(part.robust() + part.fooled());
      assertThat(part.robustAccuracy()).isEqualTo((double) part.robust() / part.tried());
      assertThat(told).hasSize(20).isSorted();
      assertThat(told.getLast()).isPositive();
    }
  }

  @Test
  void anInterruptIsAStopAndStaysSet() {
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points);
      Thread.currentThread().interrupt();
      AttackResult none = attack.perturb(model, samples, new Misclassify());
      assertThat(Thread.interrupted()).isTrue();
      assertThat(none.tried()).isZero();
      assertThat(none.robustAccuracy()).isNaN();
      assertThat(none.medianDistance()).isNaN();
      assertThat(none.adversarial().equal(samples.images())).isTrue();
    }
  }

  /** Wrong samples behind the stop are left out as well: the accuracy is that of the others. */
  @Test
  void aStopDoesNotCountWrongSamplesOfWhatItLeavesOut() {
    try (Scope scope = Scope.open()) {
      Samples right = Points.samples(model, points);
      Tensor labels = right.labels().clone();
      labels.narrow(0, 90, 10).copy_(labels.narrow(0, 90, 10).eq(Ops.scalar(0)));
      Samples samples = Samples.of(right.images(), labels);
      int[] calls = {0};
      Engine engine = new Engine(8).withStop(() -> calls[0]++ == 20);
      AttackResult part = engine.run(attack, model, samples, new Misclassify());
      assertThat(part.tried()).isBetween(1L, 80L);
      assertThat(part.count(Verdict.MISCLASSIFIED)).isZero();
    }
  }

  @Test
  void everyPlaceInTheBatchIsReadOnce() {
    Waiting loose = new Waiting(new int[] {4, 5, 6}, new long[] {0, 0, 0, 0, 8, 16, 3}, 8, false);
    assertThat(loose.take(0, 1, 2, 3, 7, 8)).containsExactly(4, 5);
    assertThat(loose.rest()).containsExactly(6);
    Waiting strict = new Waiting(new int[] {4, 5, 6}, new long[] {0, 0, 0, 0, 8, 16, 3}, 8, true);
    assertThat(strict.take()).containsExactly(4, 6);
    assertThat(strict.take(4)).isEmpty();
    assertThat(strict.take()).containsExactly(5);
    assertThat(strict.take()).isEmpty();
  }
}
