package dev.semblance.adversarial.defend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.nn.Net;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Checkpoint;
import dev.semblance.core.train.Learner;
import dev.semblance.core.train.Listener;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.Training;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that is cut off goes on to the bits of one that was not. */
class ResumeTest {
  private static final int STEPS = 11;
  @TempDir Path folder;

  private static final class Cut extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static Function<Student, Learner> learner(String name) {
    return switch (name) {
      case "free" -> student -> new FreeLearner(student, Toy.BALL, 3, Toy.ROWS, 1, 8, 8);
      case "trades" ->
          student ->
              new RobustLearner(student, Defence.trades(Toy.BALL, 2), new WeightAdversary(0.01));
      case "mart" -> student -> new RobustLearner(student, Defence.mart(Toy.BALL, 2), null);
      case "fgsm" -> student -> new RobustLearner(student, Defence.fgsm(Toy.BALL), null);
      default -> student -> new RobustLearner(student, Defence.fast(Toy.BALL), null);
    };
  }

  private static Map<String, float[]> run(String name, Path where, boolean cut) throws IOException {
    try (Net net = Toy.convolutional();
        Student student = Toy.student(net, 3 * STEPS, 0.9);
        Learner learner = learner(name).apply(student)) {
      Training training =
          new Training(new Training.Plan(STEPS, 0, 3, null), Toy::batch, learner, null, where);
      if (cut) {
        training.listen(
            new Listener() {
              @Override
              public void onStep(long step, StepReport report, double seconds) {
                if (step == 7) {
                  throw new Cut();
                }
              }
            });
      }
      Checkpoint.Position position = training.resume();
      training.run(position);
      return Toy.values(learner.state());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fast", "fgsm", "trades", "mart", "free"})
  void ends_in_the_same_bits(String name) throws IOException {
    Map<String, float[]> straight = run(name, folder.resolve("straight"), false);
    Path broken = folder.resolve("broken");
    assertThatThrownBy(() -> run(name, broken, true)).isInstanceOf(Cut.class);
    Map<String, float[]> resumed = run(name, broken, false);
    assertThat(resumed.keySet()).isEqualTo(straight.keySet());
    straight.forEach((key, values) -> assertThat(resumed.get(key)).as(key).containsExactly(values));
  }

  @Test
  void what_free_training_carries_is_state_that_the_next_step_depends_on() {
    try (Net net = Toy.plain();
        Student student = Toy.student(net, 8, 0);
        Net other = Toy.plain();
        Student forgetful = Toy.student(other, 8, 0);
        FreeLearner learner = new FreeLearner(student, Toy.BALL, 2, Toy.ROWS, 1, 8, 8);
        FreeLearner blank = new FreeLearner(forgetful, Toy.BALL, 2, Toy.ROWS, 1, 8, 8);
        Scope scope = Scope.open()) {
      learner.step(Toy.batch(0));
      blank.step(Toy.batch(0));
      Ops.withoutGradient(
          () -> java.util.Objects.requireNonNull(blank.state().get("carried")).zero_());
      StepReport report = learner.step(Toy.batch(1));
      assertThat(report.items()).isEqualTo(2 * Toy.ROWS);
      assertThat(report.loss()).isNotEqualTo(blank.step(Toy.batch(1)).loss());
      Batch batch = Toy.batch(2);
      Batch shorter =
          new Batch(2, new long[] {1}, batch.images().narrow(0, 0, 1), Ops.longs(new long[] {0}));
      assertThatThrownBy(() -> learner.step(shorter)).hasMessageContaining("in every batch");
    }
  }
}
