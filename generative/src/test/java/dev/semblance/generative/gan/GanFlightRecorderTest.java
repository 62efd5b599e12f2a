package dev.semblance.generative.gan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.StepReport.Term;
import dev.semblance.generative.eval.ModeCount;
import dev.semblance.generative.gan.GanFlightRecorder.Fault;
import dev.semblance.generative.gan.GanFlightRecorder.Finding;
import dev.semblance.generative.gan.GanFlightRecorder.Limits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

final class GanFlightRecorderTest {
  private static final Limits LIMITS = new Limits(0.01, 100, 0.65, 0.1, 3);

  private static List<Term> terms(double loss, double discriminator, double generator) {
    return List.of(
        new Term("discriminator", loss),
        new Term("discriminator_gradient", discriminator),
        new Term("generator_gradient", generator));
  }

  private static List<Fault> faults(GanFlightRecorder recorder) {
    return recorder.findings().stream().map(Finding::fault).toList();
  }

  @Test
  void aFaultIsToldOnceWhenItHasLasted() {
    try (GanFlightRecorder recorder =
        new GanFlightRecorder(GanFamily.Loss.NON_SATURATING, LIMITS)) {
      List<String> lines = new ArrayList<>();
      recorder.tell(finding -> lines.add(finding.line()));
      for (long step = 0; step < 10; step++) {
        recorder.onTerms(step, terms(step == 2 ? 0.5 : 0.001, 1, 1));
        recorder.onTerms(step, terms(0.001, 1, 1)); // The same step again counts once.
        assertThat(recorder.findings()).hasSize(step < 5 ? 0 : 1);
        assertThat(recorder.isFailing()).isEqualTo(step >= 5);
        assertThat(recorder.isCalm()).isEqualTo(step == 2);
      }
      assertThat(lines).hasSize(1);
      assertThat(lines.getFirst())
          .startsWith("step 5: the discriminator has won")
          .contains("0.001, limit 0.01", "real_target=0.9")
          .doesNotContain("\n");
    }
  }

  @Test
  void eachPlayersGradientIsWatched() {
    try (GanFlightRecorder recorder = new GanFlightRecorder(GanFamily.Loss.HINGE, LIMITS)) {
      for (long step = 0; step < 6; step++) {
        recorder.onTerms(step, terms(1, step < 3 ? 101 : 99, step < 3 ? 5 : 1e4));
      }
      assertThat(faults(recorder))
          .containsExactly(Fault.DISCRIMINATOR_EXPLODES, Fault.GENERATOR_EXPLODES);
    }
  }

  @Test
  void aCriticMayMeetZero() {
    try (GanFlightRecorder recorder = new GanFlightRecorder(GanFamily.Loss.WASSERSTEIN, LIMITS)) {
      for (long step = 0; step < 6; step++) {
        recorder.onTerms(step, terms(-2, 1, 1));
      }
      assertThat(recorder.findings()).isEmpty();
    }
  }

  @Test
  void validationTellsADiscriminatorThatKnowsItsImages() {
    try (GanFlightRecorder recorder = new GanFlightRecorder(GanFamily.Loss.HINGE, LIMITS)) {
      recorder.onEvaluation(4, List.of(new Term("train_over_held_out", 0.64)));
      assertThat(recorder.findings()).isEmpty();
      recorder.onEvaluation(5, List.of(new Term("train_over_held_out", 0.66)));
      assertThat(faults(recorder)).containsExactly(Fault.DISCRIMINATOR_OVERFITS);
    }
  }

  @Test
  void classesMissingTwiceAreNamedOnce() {
    ModeCount wanted = ModeCount.uniform(3);
    ModeCount.Modes all = wanted.measure(labels(30, 36, 34));
    ModeCount.Modes one = wanted.measure(labels(97, 0, 3));
    ModeCount.Modes two = wanted.measure(labels(60, 0, 40));
    try (GanFlightRecorder recorder = new GanFlightRecorder(GanFamily.Loss.HINGE, LIMITS)) {
      recorder.onModes(1, all);
      recorder.onModes(2, one);
      assertThat(recorder.lost(one)).containsExactly(1, 2);
      recorder.onModes(3, all);
      recorder.onModes(4, one);
      assertThat(recorder.findings()).isEmpty();
      recorder.onModes(5, two);
      assertThat(faults(recorder)).containsExactly(Fault.MODES_LOST);
      assertThat(recorder.findings().getFirst().line()).contains("[1] of 3", "[60, 0, 40]");
      recorder.onModes(6, two);
      assertThat(recorder.findings()).hasSize(1);
      recorder.onModes(7, one);
      recorder.onModes(8, one);
      assertThat(recorder.findings().getLast().line()).contains("[1, 2] of 3", "[97, 0, 3]");
      recorder.onModes(9, all);
      recorder.onModes(10, two);
      recorder.onModes(11, two);
      assertThat(faults(recorder)).hasSize(3);
    }
  }

  /** As many of each class. */
  private static long[] labels(int... counts) {
    return IntStream.range(0, counts.length)
        .boxed()
        .flatMap(c -> Collections.nCopies(counts[c], (long) c).stream())
        .mapToLong(Long::longValue)
        .toArray();
  }

  /** Steps at such a rate that gradients explode. */
  private static final GanFamily FAILING =
      Games.with(
          GanFamily.gan(),
          "width",
          4,
          "latent",
          2,
          "loss",
          GanFamily.Loss.WASSERSTEIN,
          "rollback",
          2,
          "replay",
          4);

  @Test
  void goingBackBringsBackEveryBit() {
    try (Gan gan = FAILING.build(Games.SMALL, 1, 1);
        GanLearner learner = learner(FAILING, gan, 1e-3)) {
      assertThat(learner.rollBack()).isEmpty();
      step(learner, 0);
      assertThat(learner.rollBack()).isEmpty();
      step(learner, 1);
      Map<String, double[]> healthy = Games.values(learner.state());
      step(learner, 2);
      assertThat(learner.rollBack()).hasValue(1);
      Map<String, double[]> now = Games.values(learner.state());
      healthy.forEach(
          (name, was) -> {
            if (!name.equals("healthy.position")) {
              assertThat(now.get(name)).as(name).isEqualTo(was);
            }
          });
      assertThat(now.get("healthy.position")).containsExactly(1, 1);
    }
  }

  @Test
  void aFailingRunGoesBackByItselfAndSaysSo() {
    try (Gan gan = FAILING.build(Games.SMALL, 1, 1);
        GanLearner learner = learner(FAILING, gan, 1e-3)) {
      step(learner, 0);
      step(learner, 1);
      // From here on the discriminator's slopes are beyond all measure.
      Ops.withoutGradient(
          () -> {
            Tensor weight = gan.discriminatorWeights().parameters().get("output.weight");
            weight.mul_(Ops.scalar(1e6));
          });
      int patience = Limits.of().patience();
      for (int i = 0; i < patience; i++) {
        step(learner, 2 + i);
      }
      assertThat(Games.values(learner.state()).get("healthy.position")).containsExactly(1, 1);
      assertThat(learner.recorder().isFailing()).isFalse();
      List<Finding> findings = learner.recorder().findings();
      assertThat(findings.getLast().line()).startsWith("went back to the healthy state");
      for (double value : Games.values(gan.weights().all()).get("discriminator.output.weight")) {
        assertThat(Math.abs(value)).isLessThan(10);
      }
    }
  }

  private static GanLearner learner(GanFamily family, Gan gan, double rate) {
    return family.learner(gan, family.preprocessing(Games.SMALL), Games.course(rate, 0.9, 100));
  }

  private static void step(GanLearner learner, long step) {
    try (Scope scope = Scope.open()) {
      learner.step(Games.images(4, 1, step));
    }
  }

  @Test
  void limitsAreChecked() {
    assertThatThrownBy(() -> new Limits(Double.NaN, 100, 0.65, 0.1, 3))
        .hasMessageContaining("discriminatorLoss");
    assertThatThrownBy(() -> new Limits(0.1, 0, 0.65, 0.1, 3)).hasMessageContaining("gradientNorm");
    assertThatThrownBy(() -> new Limits(0.1, 1, 0.4, 0.1, 3)).hasMessageContaining("trainOver");
    assertThatThrownBy(() -> new Limits(0.1, 1, 0.5, 2, 3)).hasMessageContaining("share");
    assertThatThrownBy(() -> new Limits(0.1, 1, 0.5, 1, 0)).hasMessageContaining("patience");
  }
}
